//! Runs `queue-person-purge` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http_after(queue_person_purge::start)
}
