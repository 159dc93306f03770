//! Signs access tokens: the development key of the local bundle, and the keys of tests.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An Ed25519 key that signs tokens. `Debug` shows its name only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    /// The same key, as tokens are signed with it.
    private: EncodingKey,
    kid: String,
}

/// Why there is no key or no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The random source or the signer failed.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The bytes are something else.
    #[error("not a private key of its kind in PKCS #8 DER")]
    NotAKey,
}

impl SigningKey {
    /// Draws a new key: its PKCS #8 bytes, to be kept where only the owner reads, and its `kid`.
    pub fn generate() -> Result<(Vec<u8>, String), SigningError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| SigningError::Crypto)?;
        let pkcs8 = pair.to_pkcs8().map_err(|_| SigningError::Crypto)?;
        Ok((pkcs8.as_ref().to_vec(), thumbprint(pair.public_key().as_ref())))
    }

    /// The key in these bytes. The same bytes have the same `kid`.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, SigningError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| SigningError::NotAKey)?;
        let kid = thumbprint(pair.public_key().as_ref());
        Ok(Self { pair, private: EncodingKey::from_ed_der(pkcs8), kid })
    }

    /// A secret that only who has this key can make: the same for the same purpose, as signatures by Ed25519 are.
    pub(crate) fn secret(&self, purpose: &str) -> Result<String, SigningError> {
        let signature = self.pair.try_sign(purpose.as_bytes()).map_err(|_| SigningError::Crypto)?;
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(signature.as_ref())))
    }

    /// The name that tokens carry in their header.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key set for whoever verifies: this key's public half.
    pub fn public_jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig" });
        json!({ "keys": [jwk] }).to_string()
    }

    /// A token with exactly these claims.
    pub fn sign(&self, claims: &Value) -> Result<String, SigningError> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &self.private).map_err(|_| SigningError::Crypto)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The name of a public key by its content (RFC 7638 section 3, RFC 8037 appendix A.3).
fn thumbprint(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::{
        auth::{AuthSettings, Authenticator},
        identity::Timestamp,
    };

    use super::*;

    #[tokio::test]
    async fn a_kept_key_signs_what_its_public_half_verifies() {
        let (pkcs8, kid) = SigningKey::generate().unwrap();
        let key = SigningKey::from_pkcs8(&pkcs8).unwrap();
        assert_eq!(key.kid(), kid);
        let settings = AuthSettings::short(key.public_jwks(), "i", "a");
        let token = key.sign(&json!({ "iss": "i", "aud": "a", "sub": "s", "exp": 1000 })).unwrap();
        assert!(Authenticator::new(&settings).unwrap().verify(&token, Timestamp::from_millis(0)).await.is_ok());
    }

    #[test]
    fn the_name_is_the_thumbprint_of_rfc_8037() {
        let public_key = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public_key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn other_bytes_are_no_key() {
        assert_eq!(SigningKey::from_pkcs8(b"key").unwrap_err(), SigningError::NotAKey);
    }
}
