//! Runs `log-in` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http_after(log_in::start)
}
