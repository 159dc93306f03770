//! Runs `disable-cross-progression` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(disable_cross_progression::start)
}
