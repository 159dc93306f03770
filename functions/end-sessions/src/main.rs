//! Runs `end-sessions` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(end_sessions::start)
}
