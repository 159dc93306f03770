//! RSA keys of 2,048 bits. They sign access tokens, and the proofs of the platforms.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use aws_lc_rs::{
    digest::{Digest, SHA256, digest},
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaSignatureEncoding},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use shared::signing::PublishedKey;

use crate::{data::DataFolder, problem::Problem};

/// The keys of everything in this process that has no data folder. Tests start hundreds of bundles,
/// and new keys for each would take minutes.
static IN_MEMORY: LazyLock<Made> = LazyLock::new(Made::default);

/// The keys that were used so far, by id.
type Made = Arc<Mutex<BTreeMap<&'static str, Arc<RsaKey>>>>;

/// The keys. Each is made when it is first used, since that takes a while. `Debug` shows nothing of
/// them.
#[derive(Clone)]
pub(crate) struct RsaKeys {
    folder: Option<DataFolder>,
    made: Made,
}

/// One key. `Debug` shows nothing of it.
pub(crate) struct RsaKey {
    pair: KeyPair,
}

impl RsaKeys {
    /// The keys of a data folder.
    pub(crate) fn of_folder(folder: &DataFolder) -> Self {
        Self { folder: Some(folder.clone()), made: Made::default() }
    }

    /// Keys that are not stored.
    pub(crate) fn in_memory() -> Self {
        Self { folder: None, made: Arc::clone(&IN_MEMORY) }
    }

    /// The key with this id. Callers that need a new key at the same time get the same one.
    pub(super) fn get(&self, id: &'static str) -> Result<Arc<RsaKey>, Problem> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = made.get(id) {
            return Ok(Arc::clone(key));
        }
        let key = match &self.folder {
            Some(folder) => folder.kept_key(&folder.rsa_key(id), RsaKey::generate, RsaKey::from_pkcs8)?,
            None => RsaKey::unkept()?,
        };
        let key = Arc::new(key);
        made.insert(id, Arc::clone(&key));
        Ok(key)
    }
}

impl RsaKey {
    /// A new random key that is not stored.
    pub(super) fn unkept() -> Result<Self, Problem> {
        Self::from_pkcs8(&Self::generate()?).ok_or_else(|| Problem::crypto("making a key"))
    }

    /// Makes a new random key. Returns its PKCS #8 bytes.
    fn generate() -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::crypto("making a key");
        let pkcs8: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?.as_der().map_err(failed)?;
        Ok(pkcs8.as_ref().to_vec())
    }

    /// Reads a key from its PKCS #8 bytes. `None` if they are not an RSA key of 2048 bits.
    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = KeyPair::from_pkcs8(pkcs8).ok()?;
        (pair.public_modulus_len() == KeySize::Rsa2048.len()).then_some(Self { pair })
    }

    /// The public key as X.509 `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }

    /// The public key as the members of a JSON Web Key.
    pub(crate) fn published(&self) -> Result<PublishedKey, Problem> {
        let der = self.public_key().map_err(|_| Problem::crypto("reading the key"))?;
        PublishedKey::from_der(&der).map_err(|error| Problem::failed("reading the key", &error))
    }

    /// Signs a digest of the encoding's own hash function.
    pub(super) fn sign_digest(
        &self,
        encoding: &'static RsaSignatureEncoding,
        hashed: &Digest,
    ) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign_digest(encoding, hashed, &mut signature)?;
        Ok(signature)
    }

    /// The RS256 signature over a message (RFC 7518 section 3.3).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Problem> {
        let signature = self.sign_digest(&RSA_PKCS1_SHA256, &digest(&SHA256, message));
        signature.map_err(|_| Problem::crypto("signing"))
    }

    /// A token with this header and these claims (RFC 7515 section 7.1). The header must name the
    /// algorithm RS256.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> Result<String, Problem> {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature = self.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for RsaKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKeys")
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_length_is_none_of_ours() {
        let longer: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa3072).unwrap().as_der().unwrap();
        assert!(RsaKey::from_pkcs8(longer.as_ref()).is_none());
    }
}
