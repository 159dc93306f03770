use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    algorithm::Algorithm,
    claim_path::ClaimPath,
    error::{KeysUnavailable, TokenProblem},
    key_set::{KeySet, KeySetProblem},
    remote_keys::{RemoteKeys, Source},
    settings::{IssuerSettings, KeySource},
};
use crate::{
    connections::{Outside, UrlProblem},
    identity::Timestamp,
    json::{Members, OneText, Text},
};

/// One trusted issuer, with its keys.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) settings: IssuerSettings,
    keys: Keys,
    was_warned_of_shared_secret: AtomicBool,
}

/// The claim with the audience (RFC 7519 section 4.1.3).
const AUD: &str = "aud";

#[derive(Debug)]
enum Keys {
    Inline(Arc<KeySet>),
    Remote(Box<RemoteKeys>),
}

/// The reasons why an issuer cannot be trusted, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySourceProblem {
    /// The configured key set is unusable.
    #[error(transparent)]
    KeySet(#[from] KeySetProblem),
    /// The URL of the key set is refused.
    #[error("jwks_url: {0}")]
    Url(#[from] UrlProblem),
}

impl Issuer {
    pub(super) fn new(settings: &IssuerSettings) -> Result<Self, KeySourceProblem> {
        let keys = match &settings.keys {
            KeySource::Inline(key_set) => Keys::Inline(Arc::new(KeySet::parse(key_set, &settings.algorithms)?)),
            KeySource::Url(url) => {
                let url = Outside::new(url, Duration::ZERO)?;
                // The keys are fetched before the first request, so missing roots show at the start.
                url.open()?;
                let source = Source::Url(url);
                Keys::Remote(Box::new(RemoteKeys::new(&settings.issuer, source, &settings.algorithms)))
            }
            KeySource::Lazy(keys) => {
                let source = Source::Lazy(Arc::clone(keys));
                Keys::Remote(Box::new(RemoteKeys::new(&settings.issuer, source, &settings.algorithms)))
            }
        };
        Ok(Self { settings: settings.clone(), keys, was_warned_of_shared_secret: AtomicBool::new(false) })
    }

    /// Whether the settings of this issuer allow the algorithm.
    pub(super) fn may_sign_with(&self, algorithm: Option<Algorithm>) -> bool {
        algorithm.is_some_and(|algorithm| self.settings.algorithms.contains(&algorithm))
    }

    /// The keys for a token of this issuer with this `kid`.
    pub(super) async fn keys(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, KeysUnavailable> {
        match &self.keys {
            Keys::Inline(keys) => Ok(Arc::clone(keys)),
            Keys::Remote(keys) => keys.keys(kid, now).await,
        }
    }

    /// Fetches the keys before the first request, unless they are fetched lazily.
    pub(super) async fn warm_up(&self, now: Timestamp) {
        match &self.settings.keys {
            KeySource::Inline(_) | KeySource::Lazy(_) => {}
            KeySource::Url(_) => {
                // A failure is logged, and the first request that needs the keys tries again.
                let _ = self.keys(None, now).await;
            }
        }
    }

    /// The keys that are already loaded, for a token that will be refused.
    pub(super) fn known_keys(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        match &self.keys {
            Keys::Inline(keys) => Some(Arc::clone(keys)),
            Keys::Remote(keys) => keys.known(now),
        }
    }

    /// Refuses a token without an audience. Refuses also a token whose `aud` names only others,
    /// whatever the configured audience claim holds (RFC 7519 section 4.1.3).
    pub(super) fn check_audience(&self, claims: &Members<'_>) -> Result<(), TokenProblem> {
        let claim = &self.settings.audience_claim;
        let is_aud = claim.is_named(AUD);
        let names_us = || {
            let audience = claim.read::<OneText<'_>>(claims).ok().flatten();
            audience.is_some_and(|OneText(audience)| self.is_ours(&audience))
        };
        if !is_aud && !names_us() {
            return Err(TokenProblem::InvalidClaim(audience_name(claim)));
        }
        let needs_aud = is_aud || claims.has(AUD);
        if needs_aud && !self.is_in_aud(claims) { Err(TokenProblem::InvalidClaim(AUD)) } else { Ok(()) }
    }

    fn is_ours(&self, audience: &str) -> bool {
        self.settings.audiences.iter().any(|ours| ours == audience)
    }

    /// Whether `aud` is our audience, or a list with it (RFC 7519 section 4.1.3).
    fn is_in_aud(&self, claims: &Members<'_>) -> bool {
        if let Ok(audience) = claims.text(AUD) {
            return audience.is_some_and(|audience| self.is_ours(&audience));
        }
        let audiences = claims.read::<Vec<Text<'_>>>(AUD).ok().flatten();
        audiences.is_some_and(|audiences| audiences.iter().any(|Text(audience)| self.is_ours(audience)))
    }

    /// Warns the operator, once, that tokens of this issuer are signed with a shared secret. This
    /// deployment signs with a key pair only, so such a token of its own name is forged.
    pub(super) fn warn_of_shared_secret(&self) {
        if self.was_warned_of_shared_secret.swap(true, Ordering::Relaxed) {
            return;
        }
        let advice = if self.settings.is_own {
            "so it is forged: this deployment signs with a key pair only"
        } else {
            "and the issuer must change to a key pair"
        };
        let issuer = &self.settings.issuer;
        tracing::warn!(issuer, "a token of the issuer is signed with a shared secret (HS256), {advice}");
    }
}

/// The name of the audience claim in errors: its own if it is a usual one, otherwise `aud`.
fn audience_name(claim: &ClaimPath) -> &'static str {
    const USUAL: [&str; 6] = ["azp", "client_id", "cid", "appid", "org_id", "tId"];
    USUAL.into_iter().find(|name| claim.is_named(name)).unwrap_or(AUD)
}
