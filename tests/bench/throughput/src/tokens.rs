//! Tokens by a key of our own, which Roster and the peers are told to trust.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::Failure;

/// Issuer and audience that a local bundle expects.
pub(crate) const ISSUER: &str = "roster-local";
pub(crate) const AUDIENCE: &str = "roster";
const KID: &str = "throughput";

/// A key, and the tokens that all connections share.
pub(crate) struct Tokens {
    key: Ed25519KeyPair,
    /// Everything is permitted.
    pub(crate) admin: String,
    /// Nothing is.
    pub(crate) nobody: String,
}

impl Tokens {
    pub(crate) fn new() -> Result<Self, Failure> {
        let key = Ed25519KeyPair::generate()?;
        let admin = sign(&key, &json!({ "permissions": ["user:*", "purge:*:*", "user.*"] }))?;
        let nobody = sign(&key, &json!({}))?;
        Ok(Self { key, admin, nobody })
    }

    /// The key set for whoever verifies.
    pub(crate) fn key_set(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": KID, "alg": "EdDSA", "use": "sig" }] })
            .to_string()
    }

    /// The token of a player without any permission.
    pub(crate) fn player(&self, platform: &str, platform_user_id: &str) -> Result<String, Failure> {
        sign(&self.key, &json!({ "platform": platform, "platform_user_id": platform_user_id }))
    }
}

fn sign(key: &Ed25519KeyPair, claims: &Value) -> Result<String, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut all = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "throughput", "iat": now, "exp": now + 3600 });
    if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
        all.extend(claims.clone());
    }
    let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": KID }).to_string();
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(all.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(key.try_sign(message.as_bytes())?);
    Ok(format!("Bearer {message}.{signature}"))
}
