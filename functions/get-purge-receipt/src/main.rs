//! Runs `get-purge-receipt` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(get_purge_receipt::start)
}
