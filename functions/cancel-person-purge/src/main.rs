//! Runs `cancel-person-purge` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(cancel_person_purge::start)
}
