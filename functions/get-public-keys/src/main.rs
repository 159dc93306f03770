//! Runs `get-public-keys` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(get_public_keys::start)
}
