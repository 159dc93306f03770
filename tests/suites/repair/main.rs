//! `roster repair` after a restore from a backup: purged users do not come back, and no other user
//! is lost.

mod agreement;
mod crashes;
mod examples;
mod histories;
mod scene;
mod undecided;
