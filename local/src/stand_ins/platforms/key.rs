//! The key that signs the proofs of all platforms.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use shared::signing::PublishedKey;

use super::LocalPlatform;
use crate::{
    data::{DataFolder, PLATFORM_KEY},
    problem::Problem,
    stand_ins::rsa_keys::{RsaKey, RsaKeys},
};

/// The key. Each platform publishes it under a name of its own.
#[derive(Debug, Clone)]
pub(crate) struct PlatformKey {
    kept: RsaKeys,
    /// The key since the last rotation. It is not stored.
    newer: Arc<Mutex<Option<Arc<RsaKey>>>>,
}

impl PlatformKey {
    /// The key of a data folder. It is made when it is first used.
    pub(crate) fn of_folder(folder: &DataFolder) -> Self {
        Self { kept: RsaKeys::of_folder(folder), newer: Arc::default() }
    }

    /// A key that is not stored.
    pub(crate) fn in_memory() -> Self {
        Self { kept: RsaKeys::in_memory(), newer: Arc::default() }
    }

    /// Replaces the key. The old one is not published any more.
    pub(crate) fn rotate(&self) -> Result<(), Problem> {
        let new = Arc::new(RsaKey::unkept()?);
        *self.newer.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
        Ok(())
    }

    pub(super) fn current(&self) -> Result<Arc<RsaKey>, Problem> {
        let newer = self.newer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        newer.map_or_else(|| self.kept.get(PLATFORM_KEY), Ok)
    }

    /// The public key of this platform as a JSON Web Key Set.
    pub(super) fn key_set(&self, platform: LocalPlatform) -> Result<Value, Problem> {
        let key = self.current()?.published()?;
        let kid = kid(platform, &key);
        Ok(json!({
            "keys": [{ "kty": key.kty, "use": "sig", "alg": "RS256", "kid": kid, "n": key.n, "e": key.e }],
        }))
    }
}

/// The name of the key at this platform.
pub(super) fn kid(platform: LocalPlatform, key: &PublishedKey) -> String {
    format!("{}-{}", platform.name(), key.kid)
}
