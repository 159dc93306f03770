//! Runs `dispatch-due-purges` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_task(dispatch_due_purges::start)
}
