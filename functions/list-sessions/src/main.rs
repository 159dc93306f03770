//! Runs `list-sessions` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(list_sessions::start)
}
