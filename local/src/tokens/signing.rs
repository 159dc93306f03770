//! Signs access tokens with the development key of the local bundle, and with the keys of tests.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{data::DataFolder, problem::Problem};

/// An Ed25519 key that signs tokens. `Debug` shows only its name.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    /// The same key, in the form that the token library needs.
    private: EncodingKey,
    kid: String,
}

impl SigningKey {
    /// Makes a new random key. Returns its PKCS #8 bytes, which must be kept private, and its
    /// `kid`.
    pub fn generate() -> Result<(Vec<u8>, String), Problem> {
        let failed = |_| Problem::crypto("making a key");
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let pkcs8 = pair.to_pkcs8().map_err(failed)?;
        Ok((pkcs8.as_ref().to_vec(), thumbprint(pair.public_key().as_ref())))
    }

    /// Reads a key from its PKCS #8 bytes. `None` if they are not an Ed25519 key. The same bytes
    /// always have the same `kid`.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let kid = thumbprint(pair.public_key().as_ref());
        Some(Self { pair, private: EncodingKey::from_ed_der(pkcs8), kid })
    }

    /// The folder's development key, or a new one if it has none.
    pub(crate) fn of_folder(folder: &DataFolder) -> Result<Self, Problem> {
        folder.kept_key(&folder.key(), || Ok(Self::generate()?.0), Self::from_pkcs8)
    }

    /// A new key that is not stored.
    pub(crate) fn in_memory() -> Result<Self, Problem> {
        let (pkcs8, _) = Self::generate()?;
        Self::from_pkcs8(&pkcs8).ok_or_else(|| Problem::crypto("making a key"))
    }

    /// Derives a secret that only the holder of this key can make. The same purpose always gives
    /// the same secret, since an Ed25519 signature is deterministic.
    pub(crate) fn secret(&self, purpose: &str) -> Result<String, Problem> {
        let signature = self.pair.try_sign(purpose.as_bytes()).map_err(|_| Problem::crypto("making a secret"))?;
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(signature.as_ref())))
    }

    /// The name of the key (`kid`) in the header of tokens.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JSON Web Key Set.
    pub fn public_jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig" });
        json!({ "keys": [jwk] }).to_string()
    }

    /// Signs a token with exactly these claims.
    pub fn sign(&self, claims: &Value) -> Result<String, Problem> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &self.private).map_err(|_| Problem::crypto("signing the token"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The thumbprint of a public key, which is its name (RFC 7638 section 3, RFC 8037 appendix A.3).
fn thumbprint(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;
    use shared::{
        auth::{AuthSettings, Authenticator},
        identity::Timestamp,
    };
    use uuid::Uuid;

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
        assert!(SigningKey::from_pkcs8(b"key").is_none());
    }

    #[test]
    fn the_key_is_kept_private_and_stays_the_same() {
        let path = std::env::temp_dir().join(format!("roster-keys-{}", Uuid::new_v4()));
        let folder = DataFolder::open(&path).unwrap();
        let first = SigningKey::of_folder(&folder).unwrap();
        assert_eq!(SigningKey::of_folder(&folder).unwrap().kid(), first.kid());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.key()).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(folder.key(), "not a key").unwrap();
        let error = SigningKey::of_folder(&folder).unwrap_err().to_string();
        assert!(error.contains("dev-key.pk8") && error.contains("delete it"), "{error}");
        fs::remove_dir_all(path).unwrap();
    }
}
