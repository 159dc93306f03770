//! The compiled functions behind a Runtime API.

#[path = "binaries/build.rs"]
mod build;
#[path = "binaries/events.rs"]
mod events;
#[path = "binaries/failures.rs"]
mod failures;
#[path = "binaries/output.rs"]
mod output;
#[path = "binaries/refusals.rs"]
mod refusals;
#[path = "binaries/tour.rs"]
mod tour;
