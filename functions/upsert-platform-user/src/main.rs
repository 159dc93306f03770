//! Runs `upsert-platform-user` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(upsert_platform_user::start)
}
