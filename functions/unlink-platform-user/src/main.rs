//! Runs `unlink-platform-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(unlink_platform_user::start)
}
