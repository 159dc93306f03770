//! Personal data canaries: marked texts in every personal field, and a search for them wherever they must not be.

#[path = "binaries/build.rs"]
mod build;
#[path = "canaries/cage.rs"]
mod cage;
#[path = "canaries/endpoints.rs"]
mod endpoints;
#[path = "canaries/faults.rs"]
mod faults;
#[path = "canaries/finder.rs"]
mod finder;
#[path = "canaries/panics.rs"]
mod panics;
#[path = "canaries/processes.rs"]
mod processes;
#[path = "canaries/purge.rs"]
mod purge;
#[path = "canaries/wrong.rs"]
mod wrong;
