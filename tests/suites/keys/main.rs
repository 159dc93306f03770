//! Trusted issuers: the sources of their keys, the rotation of keys, and the forms of their tokens.

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
