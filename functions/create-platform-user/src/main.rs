//! Runs `create-platform-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(create_platform_user::start)
}
