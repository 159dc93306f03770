//! The harness of the suites: a whole bundle in this process, an HTTP client, and a record of every
//! call to AWS.

pub mod binaries;
pub mod broken;
pub mod calls;
pub mod canary;
pub mod client;
pub mod docs;
pub mod endpoints;
pub mod engines;
pub mod events;
pub mod faults;
pub mod json_schema;
pub mod keys;
pub mod logs;
pub mod meter;
pub mod openapi;
pub mod platforms;
pub mod random;
pub mod roles;
pub mod roster;
pub mod runtime_api;
pub mod site;
pub mod sizes;
pub mod tables;
pub mod targets;
pub mod watch;
pub mod ways;
pub mod weather;
pub mod world;

pub use calls::Call;
pub use client::Answer;
pub use faults::Fault;
pub use world::{PLATFORMS, User, World};

/// The time of the system's clock, in seconds since the Unix epoch.
pub fn unix_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("a clock after 1970").as_secs()
}

/// Prints a line also if the test passes. Rust's test runner hides the output of `println!`.
pub fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{line}").ok();
}
