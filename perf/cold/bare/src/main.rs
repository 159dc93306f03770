//! Runs the bare function as the others run on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(bare::start)
}
