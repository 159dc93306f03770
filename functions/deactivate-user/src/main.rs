//! Runs `deactivate-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(deactivate_user::start)
}
