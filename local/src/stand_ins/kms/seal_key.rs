//! The key that signs seals, of the type `ECC_NIST_P256`.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    digest::Digest,
    encoding::{AsDer, PublicKeyX509Der},
    error::Unspecified,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};

use crate::{data::DataFolder, problem::Problem};

/// A P-256 key that signs seals. `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct SealKey {
    pair: Arc<EcdsaKeyPair>,
}

impl SealKey {
    /// Makes a new random key. Returns its PKCS #8 bytes.
    fn generate() -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::crypto("making a key");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?;
        Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
    }

    /// Reads a key from its PKCS #8 bytes. `None` if they are not a P-256 key.
    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok()?;
        Some(Self { pair: Arc::new(pair) })
    }

    /// The folder's key, or a new one if it has none.
    pub(super) fn of_folder(folder: &DataFolder) -> Result<Self, Problem> {
        folder.kept_key(&folder.seal_key(), Self::generate, Self::from_pkcs8)
    }

    /// A new key that is not stored.
    pub(crate) fn in_memory() -> Result<Self, Problem> {
        Self::from_pkcs8(&Self::generate()?).ok_or_else(|| Problem::crypto("making a key"))
    }

    /// The name of the key: an ARN, as on AWS.
    pub(crate) fn arn() -> String {
        super::arn("seal-key")
    }

    /// The public key as X.509 `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }

    /// Signs a digest of SHA-256.
    pub(crate) fn sign_digest(&self, hashed: &Digest) -> Result<Vec<u8>, Unspecified> {
        Ok(self.pair.sign_digest(hashed)?.as_ref().to_vec())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}
