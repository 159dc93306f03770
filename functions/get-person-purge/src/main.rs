//! Runs `get-person-purge` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(get_person_purge::start)
}
