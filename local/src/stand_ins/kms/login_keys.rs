//! The keys that sign access tokens, of the type `RSA_2048`.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use aws_lc_rs::{
    digest::Digest,
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    rsa::{KeyPair, KeySize},
    signature::{
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaSignatureEncoding,
    },
};

use crate::{
    data::{DataFolder, LOGIN_KEYS},
    problem::Problem,
};

/// The algorithms of a key of this type, as KMS names them.
const ALGORITHMS: [(&str, &RsaSignatureEncoding); 6] = [
    ("RSASSA_PKCS1_V1_5_SHA_256", &RSA_PKCS1_SHA256),
    ("RSASSA_PKCS1_V1_5_SHA_384", &RSA_PKCS1_SHA384),
    ("RSASSA_PKCS1_V1_5_SHA_512", &RSA_PKCS1_SHA512),
    ("RSASSA_PSS_SHA_256", &RSA_PSS_SHA256),
    ("RSASSA_PSS_SHA_384", &RSA_PSS_SHA384),
    ("RSASSA_PSS_SHA_512", &RSA_PSS_SHA512),
];

/// The keys of everything in this process that has no data folder. Tests start hundreds of bundles,
/// and new keys for each would take minutes.
static IN_MEMORY: LazyLock<Made> = LazyLock::new(Made::default);

/// The keys that were used so far, by id.
type Made = Arc<Mutex<BTreeMap<&'static str, Arc<LoginKey>>>>;

/// The keys. Each is made when it is first used, since that takes a while. `Debug` shows nothing of
/// them.
#[derive(Clone)]
pub(crate) struct LoginKeys {
    folder: Option<DataFolder>,
    made: Made,
}

/// One key. `Debug` shows nothing of it.
pub(crate) struct LoginKey {
    pair: KeyPair,
}

/// The ARNs of the keys in the local KMS that can sign access tokens. Bundles use the first one
/// unless `LOGIN_KEYS` asks for others.
pub fn login_keys() -> [String; LOGIN_KEYS.len()] {
    LOGIN_KEYS.map(super::arn)
}

impl LoginKeys {
    pub(super) fn of_folder(folder: &DataFolder) -> Self {
        Self { folder: Some(folder.clone()), made: Made::default() }
    }

    pub(super) fn in_memory() -> Self {
        Self { folder: None, made: Arc::clone(&IN_MEMORY) }
    }

    /// The key with this ARN.
    pub(crate) fn named(&self, arn: &str) -> Result<Arc<LoginKey>, Problem> {
        let id = LOGIN_KEYS.into_iter().find(|id| super::arn(id) == arn);
        self.get(id.ok_or_else(|| Problem::crypto("finding the key of LOGIN_KEYS"))?)
    }

    /// The key with this id. Callers that need a new key at the same time get the same one.
    pub(super) fn get(&self, id: &'static str) -> Result<Arc<LoginKey>, Problem> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = made.get(id) {
            return Ok(Arc::clone(key));
        }
        let key = match &self.folder {
            Some(folder) => folder.kept_key(&folder.login_key(id), LoginKey::generate, LoginKey::from_pkcs8)?,
            None => LoginKey::from_pkcs8(&LoginKey::generate()?).ok_or_else(|| Problem::crypto("making a key"))?,
        };
        let key = Arc::new(key);
        made.insert(id, Arc::clone(&key));
        Ok(key)
    }
}

impl LoginKey {
    /// Makes a new random key. Returns its PKCS #8 bytes.
    pub(super) fn generate() -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::crypto("making a key");
        let pkcs8: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?.as_der().map_err(failed)?;
        Ok(pkcs8.as_ref().to_vec())
    }

    /// Reads a key from its PKCS #8 bytes. `None` if they are not an RSA key of 2048 bits.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = KeyPair::from_pkcs8(pkcs8).ok()?;
        (pair.public_modulus_len() == KeySize::Rsa2048.len()).then_some(Self { pair })
    }

    pub(super) fn algorithms() -> Vec<&'static str> {
        ALGORITHMS.map(|(name, _)| name).into()
    }

    /// The public key as X.509 `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }

    /// Signs a digest of the algorithm's own hash function.
    pub(crate) fn sign_digest(&self, algorithm: &str, hashed: &Digest) -> Result<Vec<u8>, Unspecified> {
        let (_, encoding) = ALGORITHMS.into_iter().find(|(name, _)| *name == algorithm).ok_or(Unspecified)?;
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign_digest(encoding, hashed, &mut signature)?;
        Ok(signature)
    }
}

impl fmt::Debug for LoginKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginKeys")
    }
}

impl fmt::Debug for LoginKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginKey")
    }
}
