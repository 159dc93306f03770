//! The platforms on this machine: one issuer plays Google, Apple, Epic, Nintendo, Steam, Discord
//! and Twitch. Its proofs have the claims of the real ones, and a key of this machine signs them.

mod claims;
mod key;
mod request;
mod server;
mod steam;

pub(crate) use key::PlatformKey;
pub use request::{LocalPlatform, PlatformTokenRequest};
pub(crate) use server::PlatformServer;
pub(crate) use steam::{STEAM_APP, STEAM_KEY, STEAM_PATH};

/// The client id for which proofs are made, at every platform that has client ids.
pub(crate) const PLATFORM_AUDIENCE: &str = "local";
/// The game for which proofs of `nintendo_switch` are made.
pub(crate) const NINTENDO_GAME: &str = "0100000000000001";
