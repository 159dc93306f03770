//! Runs `enable-cross-progression` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(enable_cross_progression::start)
}
