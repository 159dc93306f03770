use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{algorithm::Algorithm, claim_path::ClaimPath, permissions::PermissionRules, publish::PublishKeys};
use crate::identity::Platform;

/// The default difference allowed between the clocks of issuer and server.
const USUAL_LEEWAY: Duration = Duration::from_secs(5);

/// The settings of authentication, from the environment.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// The trusted issuers. Their names are distinct.
    pub issuers: Vec<IssuerSettings>,
}

/// One trusted issuer. Its keys prove only tokens of this issuer for these audiences.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// The required value of `iss`.
    pub issuer: String,
    /// The source of its public keys.
    pub keys: KeySource,
    /// The accepted audiences. A token must name one of them.
    pub audiences: Vec<String>,
    /// The claim that names the audience: a text, or several (RFC 7519 section 4.1.3).
    pub audience_claim: ClaimPath,
    /// The accepted algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The claim with the permissions, and how to read it.
    pub permissions: PermissionRules,
    /// The claim with the platform of the logged-in player.
    pub platform: ClaimPath,
    /// Our platforms by the issuer's names. A token with another name has no platform user.
    pub platforms: Option<BTreeMap<String, Platform>>,
    /// The claim with the player's id on the platform: the id, or an object of ids by platform.
    pub platform_user_id: ClaimPath,
    /// The difference allowed between the clocks of issuer and server.
    pub leeway: Duration,
    /// The longest lifetime of a token. If set, `iat` is required.
    pub max_lifetime: Option<Duration>,
    /// Whether an access token may have `at_hash`, which usually marks ID tokens.
    pub accepts_at_hash: bool,
    /// Whether the tokens are those of this deployment. Only they name the own player by the claim
    /// `player_uuid`.
    pub is_own: bool,
}

/// The source of an issuer's public keys.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A JWK Set in the configuration itself (RFC 7517 section 5).
    Inline(String),
    /// The `https` URL of a JWK Set. `http` is allowed for a loopback address.
    Url(String),
    /// A source that is asked when a token first needs the keys, and not at the start.
    Lazy(Arc<dyn PublishKeys>),
}

impl AuthSettings {
    /// The short form: one issuer with its keys in the configuration, and the usual claim names.
    pub fn short(jwks: impl Into<String>, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let keys = KeySource::Inline(jwks.into());
        Self { issuers: vec![IssuerSettings::usual(issuer.into(), keys, vec![audience.into()])] }
    }
}

impl IssuerSettings {
    /// The issuer of this deployment's own login: its tokens are signed by RSA keys in KMS.
    pub fn own(issuer: impl Into<String>, audience: impl Into<String>, keys: Arc<dyn PublishKeys>) -> Self {
        Self {
            algorithms: vec![Algorithm::Rs256],
            is_own: true,
            ..Self::usual(issuer.into(), KeySource::Lazy(keys), vec![audience.into()])
        }
    }

    /// An issuer whose claims have the usual names.
    pub(super) fn usual(issuer: String, keys: KeySource, audiences: Vec<String>) -> Self {
        Self {
            issuer,
            keys,
            audiences,
            audience_claim: ClaimPath::name("aud"),
            algorithms: Algorithm::ALL.to_vec(),
            permissions: PermissionRules::default(),
            platform: ClaimPath::name("platform"),
            platforms: None,
            platform_user_id: ClaimPath::name("platform_user_id"),
            leeway: USUAL_LEEWAY,
            max_lifetime: None,
            accepts_at_hash: false,
            is_own: false,
        }
    }
}
