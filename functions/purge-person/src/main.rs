//! Runs `purge-person` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_batch(purge_person::start)
}
