//! Runs `seal-receipts` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_task(seal_receipts::start)
}
