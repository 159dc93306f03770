//! Runs `link-platform-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(link_platform_user::start)
}
