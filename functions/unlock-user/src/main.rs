//! Runs `unlock-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(unlock_user::start)
}
