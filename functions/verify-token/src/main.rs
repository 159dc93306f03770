//! Runs `verify-token` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(verify_token::start)
}
