//! Trusted issuers: where their keys come from, how they rotate, and what their tokens look like.

#[path = "keys/configuration.rs"]
mod configuration;
#[path = "keys/failures.rs"]
mod failures;
#[path = "keys/providers.rs"]
mod providers;
#[path = "keys/publishers.rs"]
mod publishers;
#[path = "keys/rotation.rs"]
mod rotation;
#[path = "keys/server.rs"]
mod server;
