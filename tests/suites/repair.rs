//! After a restore from a backup: `roster repair` brings nobody back who was purged, and loses nobody who was not.

#[path = "repair/agreement.rs"]
mod agreement;
#[path = "repair/bench.rs"]
mod bench;
#[path = "repair/crashes.rs"]
mod crashes;
#[path = "repair/examples.rs"]
mod examples;
#[path = "repair/histories.rs"]
mod histories;
#[path = "repair/undecided.rs"]
mod undecided;
