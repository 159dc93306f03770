//! Runs `reactivate-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(reactivate_user::start)
}
