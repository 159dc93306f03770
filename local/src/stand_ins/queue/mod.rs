//! The queue on loopback, and the poller that feeds functions from it as Lambda's event source
//! mapping does.
//!
//! Messages are in memory only. Nothing is lost when the process ends: a message is a hint, and the
//! dispatcher sends every due purge again when its lease ends.

mod event;
mod poller;
mod server;

pub(crate) use poller::{Poller, Source};
pub(crate) use server::{QueueAddress, QueueServer, ensure};
