//! After a restore from a backup: `roster repair` brings nobody back who was purged, and loses nobody who was not.

mod agreement;
mod crashes;
mod examples;
mod histories;
mod scene;
mod undecided;
