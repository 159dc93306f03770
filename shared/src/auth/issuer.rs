use std::sync::Arc;

use super::{
    algorithm::Algorithm,
    claim_path::ClaimPath,
    error::{AuthError, KeysUnavailable},
    json::Members,
    key_client::UrlProblem,
    key_set::{KeySet, KeySetError},
    remote_keys::RemoteKeys,
    settings::{IssuerSettings, KeySource},
};
use crate::{identity::Timestamp, json::Text};

/// One trusted issuer, with its keys.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) settings: IssuerSettings,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Inline(Arc<KeySet>),
    Remote(Box<RemoteKeys>),
}

/// Why an issuer cannot be trusted, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySourceError {
    /// The key set at hand is unusable.
    #[error(transparent)]
    KeySet(#[from] KeySetError),
    /// The URL of the key set is refused.
    #[error("jwks_url: {0}")]
    Url(#[from] UrlProblem),
}

impl Issuer {
    pub(super) fn new(settings: &IssuerSettings) -> Result<Self, KeySourceError> {
        let keys = match &settings.keys {
            KeySource::Inline(key_set) => Keys::Inline(Arc::new(KeySet::parse(key_set, &settings.algorithms)?)),
            KeySource::Url(url) => {
                Keys::Remote(Box::new(RemoteKeys::new(&settings.issuer, url, &settings.algorithms)?))
            }
        };
        Ok(Self { settings: settings.clone(), keys })
    }

    /// Whether a token of this issuer can be signed so.
    pub(super) fn may_sign_with(&self, algorithm: Option<Algorithm>) -> bool {
        algorithm.is_some_and(|algorithm| self.settings.algorithms.contains(&algorithm))
    }

    /// The keys for a token of this issuer that names this one.
    pub(super) async fn keys(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, KeysUnavailable> {
        match &self.keys {
            Keys::Inline(keys) => Ok(Arc::clone(keys)),
            Keys::Remote(keys) => keys.keys(kid, now).await,
        }
    }

    /// The keys that are here, for a token that is to be refused.
    pub(super) fn known_keys(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        match &self.keys {
            Keys::Inline(keys) => Some(Arc::clone(keys)),
            Keys::Remote(keys) => keys.known(now),
        }
    }

    /// A token without an audience is for nobody in particular, and refused.
    pub(super) fn check_audience(&self, claims: &Members<'_>) -> Result<(), AuthError> {
        let is_ours = |audience: &str| self.settings.audiences.iter().any(|ours| ours == audience);
        let claim = &self.settings.audience_claim;
        let accepted = if let Ok(audience) = claim.read::<Text<'_>>(claims) {
            audience.is_some_and(|Text(audience)| is_ours(&audience))
        } else {
            // One audience or several (RFC 7519 section 4.1.3).
            let audiences = claim.read::<Vec<Text<'_>>>(claims).ok().flatten();
            audiences.is_some_and(|audiences| audiences.iter().any(|Text(audience)| is_ours(audience)))
        };
        if accepted { Ok(()) } else { Err(AuthError::InvalidClaim(audience_name(claim))) }
    }
}

/// What an error calls the claim with the audience: a usual one by its name, and any other as RFC 7519 does.
fn audience_name(claim: &ClaimPath) -> &'static str {
    const USUAL: [&str; 5] = ["aud", "azp", "client_id", "cid", "appid"];
    USUAL.into_iter().find(|name| claim.is_named(name)).unwrap_or("aud")
}
