//! Runs `answer-unrouted` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(answer_unrouted::start)
}
