use std::{collections::BTreeMap, time::Duration};

use super::{algorithm::Algorithm, claim_path::ClaimPath, permissions::PermissionRules};
use crate::identity::Platform;

/// How far clocks may be apart where nothing else is said.
const USUAL_LEEWAY: Duration = Duration::from_secs(5);

/// What the environment says about tokens.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Who may sign tokens, each with a name of its own.
    pub issuers: Vec<IssuerSettings>,
}

/// One trusted issuer: its keys vouch for tokens of this name and audience, and for no others.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// What `iss` must be.
    pub issuer: String,
    /// Where the public keys come from.
    pub keys: KeySource,
    /// What the token must be meant for: one of these.
    pub audiences: Vec<String>,
    /// The claim that says so: a text or several (RFC 7519 section 4.1.3).
    pub audience_claim: ClaimPath,
    /// The algorithms whose keys are taken.
    pub algorithms: Vec<Algorithm>,
    /// Where permissions are, and how they are written.
    pub permissions: PermissionRules,
    /// The claim with the platform of the player who is logged in.
    pub platform: ClaimPath,
    /// Our platforms by the names that the issuer has for them. A name that is not listed is no platform of ours.
    pub platforms: Option<BTreeMap<String, Platform>>,
    /// The claim with the player's id there, or with an object of ids by the platform's name.
    pub platform_user_id: ClaimPath,
    /// How far the clocks of issuer and server may be apart.
    pub leeway: Duration,
    /// How long a token may live. `iat` is required with it.
    pub max_lifetime: Option<Duration>,
    /// Whether an access token may have `at_hash`, which is otherwise a mark of ID tokens.
    pub accepts_at_hash: bool,
}

/// Where the public keys of an issuer come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A JWK Set as it stands in the configuration (RFC 7517 section 5).
    Inline(String),
    /// The `https` URL of a JWK Set; `http` on a loopback address.
    Url(String),
}

impl AuthSettings {
    /// The short form: one issuer with its keys at hand, and claims by their usual names.
    pub fn short(jwks: impl Into<String>, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let keys = KeySource::Inline(jwks.into());
        Self { issuers: vec![IssuerSettings::usual(issuer.into(), keys, vec![audience.into()])] }
    }
}

impl IssuerSettings {
    /// An issuer whose claims have their usual names.
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
        }
    }
}
