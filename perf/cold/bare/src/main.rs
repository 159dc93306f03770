//! Runs the bare function on AWS Lambda, as the other functions run.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(bare::start)
}
