//! Runs `issue-client-token` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http_after(issue_client_token::start)
}
