//! Trusted issuers: where their keys come from, how they rotate, and what their tokens look like.

#[path = "keys/configuration.rs"]
mod configuration;
#[path = "keys/failures.rs"]
mod failures;
#[path = "keys/hosted.rs"]
mod hosted;
#[path = "keys/one_key.rs"]
mod one_key;
#[path = "keys/own_servers.rs"]
mod own_servers;
#[path = "keys/provider.rs"]
mod provider;
#[path = "keys/publishers.rs"]
mod publishers;
#[path = "keys/rotation.rs"]
mod rotation;
#[path = "keys/server.rs"]
mod server;
#[path = "keys/spellings.rs"]
mod spellings;
#[path = "keys/times.rs"]
mod times;
