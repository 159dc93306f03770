//! Runs `introspect-token` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http_after(introspect_token::start)
}
