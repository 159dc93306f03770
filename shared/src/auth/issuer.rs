use std::sync::Arc;

use super::{
    algorithm::Algorithm,
    error::{AuthError, KeysUnavailable},
    json::Members,
    key_client::UrlProblem,
    key_set::{KeySet, KeySetError},
    remote_keys::RemoteKeys,
    settings::{AudienceClaim, IssuerSettings, KeySource},
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
        let name = match self.settings.audience_claim {
            AudienceClaim::Aud => "aud",
            AudienceClaim::ClientId => "client_id",
        };
        let accepted = match claims.text(name) {
            Ok(audience) => audience.is_some_and(|audience| is_ours(&audience)),
            // One audience or several (RFC 7519 section 4.1.3).
            Err(_) if self.settings.audience_claim == AudienceClaim::Aud => {
                let audiences = claims.read::<Vec<Text<'_>>>(name).ok().flatten();
                audiences.is_some_and(|audiences| audiences.iter().any(|Text(audience)| is_ours(audience)))
            }
            Err(_) => false,
        };
        if accepted { Ok(()) } else { Err(AuthError::InvalidClaim(name)) }
    }
}
