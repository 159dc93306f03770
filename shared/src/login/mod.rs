//! Login: its settings and clients, the proofs of platforms, and the tokens that it issues.

mod access_token;
mod client;
mod grant;
mod issuer;
mod platforms;
mod refresh_token;
mod settings;

use crate::auth::Actor;

pub use access_token::{AccessTokens, Bearer, IssuedToken, Player};
pub use client::{Client, Clients};
pub use grant::Grant;
pub use issuer::LoginIssuer;
pub use platforms::{Platforms, Proof, ProofProblem, Proven, Reason};
pub use refresh_token::{RefreshKey, RefreshTokens};
pub use settings::LoginSettings;

/// The parts that functions of login need.
#[derive(Debug)]
pub struct Login {
    /// The settings document.
    pub settings: LoginSettings,
    /// Issues access tokens.
    pub tokens: AccessTokens,
}

impl Login {
    /// The name of a client in audit lines. Its own tokens have the same.
    pub fn actor(&self, client: &Client) -> Actor {
        Actor::of(&self.tokens.issuer().issuer, client.client_id.as_str())
    }
}
