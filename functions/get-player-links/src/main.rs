//! Runs `get-player-links` on AWS Lambda.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::run_http(get_player_links::start)
}
