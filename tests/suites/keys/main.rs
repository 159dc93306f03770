//! Trusted issuers: where their keys come from, how they rotate, and what their tokens look like.

mod configuration;
mod failures;
mod hosted;
mod one_key;
mod own_servers;
mod provider;
mod publishers;
mod rotation;
mod server;
mod spellings;
mod times;
