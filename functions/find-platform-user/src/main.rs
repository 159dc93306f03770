//! Runs `find-platform-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(find_platform_user::start)
}
