//! Runs `lock-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(lock_user::start)
}
