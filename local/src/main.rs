//! `roster`: the whole bundle on one machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    roster_local::cli::run()
}
