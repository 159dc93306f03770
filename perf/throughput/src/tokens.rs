//! Tokens that a new key signs. Roster and the peers are set up to trust it.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::Failure;

/// Issuer and audience that a local bundle expects.
pub(crate) const ISSUER: &str = "roster-local";
pub(crate) const AUDIENCE: &str = "roster";
const KID: &str = "throughput";

/// A key, and the tokens that all connections share.
pub(crate) struct Tokens {
    key: EncodingKey,
    /// The public key as a JSON Web Key Set.
    pub(crate) key_set: String,
    /// A token with every permission.
    pub(crate) admin: String,
    /// A token without a permission.
    pub(crate) nobody: String,
}

impl Tokens {
    pub(crate) fn new() -> Result<Self, Failure> {
        let key = EncodingKey::from_ed_der(Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref());
        let admin = sign(&key, &json!({ "permissions": ["user:*", "purge:*:*", "user.*"] }))?;
        let nobody = sign(&key, &json!({}))?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        jwk.common.key_id = Some(KID.to_owned());
        Ok(Self { key, key_set: json!({ "keys": [jwk] }).to_string(), admin, nobody })
    }

    /// The token of a player without a permission.
    pub(crate) fn player(&self, platform: &str, platform_user_id: &str) -> Result<String, Failure> {
        sign(&self.key, &json!({ "platform": platform, "platform_user_id": platform_user_id }))
    }
}

fn sign(key: &EncodingKey, claims: &Value) -> Result<String, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut all = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "throughput", "iat": now, "exp": now + 3600 });
    if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
        all.extend(claims.clone());
    }
    let header = Header { kid: Some(KID.to_owned()), ..Header::new(Algorithm::EdDSA) };
    Ok(format!("Bearer {}", encode(&header, &all, key)?))
}
