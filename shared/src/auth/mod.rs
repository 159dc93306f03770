//! Authentication: bearer token → verified claims → [`Caller`], and the caller's permissions.
//!
//! A token passes these stages in this order, and the first failure names the error: size, shape,
//! key look-up, algorithm, one signature verification, claims.

mod algorithm;
#[cfg(test)]
mod attacks;
mod caller;
mod claim_path;
mod claims;
mod covers;
mod error;
mod id_token;
mod issuer;
mod key_material;
mod key_problem;
mod key_set;
mod own_token;
mod own_user;
mod permission;
mod permissions;
mod public_key;
mod publish;
mod remote_keys;
mod settings;
mod settings_json;
mod small_order;
#[cfg(test)]
mod testing;
mod token;

use std::sync::Arc;

pub use algorithm::Algorithm;
pub use caller::{Actor, Caller, SubjectKey};
pub use claim_path::ClaimPath;
pub use error::{TokenProblem, TokenRejection};
pub(crate) use id_token::{IdClaims, IdToken, IdTokenKeys, IdTokenProblem};
pub use issuer::KeySourceProblem;
pub use key_problem::KeyProblem;
pub use key_set::KeySetProblem;
pub use own_token::OwnToken;
pub use own_user::OwnUser;
pub use permission::{Permission, PermissionProblem};
pub use permissions::{Form, PermissionRules};
pub use public_key::PublicKey;
pub use publish::{PublishKeys, PublishedKeys};
pub use settings::{AuthSettings, IssuerSettings, KeySource};
pub use token::MAX_TOKEN_BYTES;

use self::{issuer::Issuer, token::UnverifiedToken};
pub use crate::connections::UrlProblem;
use crate::{identity::Timestamp, json::Members};

/// Verifies bearer tokens. Keys are parsed once, and clones share them.
#[derive(Debug, Clone)]
pub struct Authenticator {
    issuers: Arc<[Issuer]>,
}

impl Authenticator {
    /// Refuses a configured key set with any unusable key, so that a mistake stops the start and
    /// not the first login. The error holds the index of the issuer. [`Self::fetch_keys`] fetches
    /// the key sets at URLs later.
    pub fn new(settings: &AuthSettings) -> Result<Self, (usize, KeySourceProblem)> {
        let issuers = settings.issuers.iter().enumerate();
        let issuers = issuers.map(|(index, issuer)| Issuer::new(issuer).map_err(|error| (index, error)));
        Ok(Self { issuers: issuers.collect::<Result<_, _>>()? })
    }

    /// Trusts no issuer, so that it refuses every token.
    pub fn of_nobody() -> Self {
        Self { issuers: Arc::default() }
    }

    /// Fetches the key sets at URLs, so that the first request need not wait. After a failure, the
    /// first request that needs the keys tries again.
    pub async fn fetch_keys(&self, now: Timestamp) {
        futures_util::future::join_all(self.issuers.iter().map(|issuer| issuer.warm_up(now))).await;
    }

    /// The caller that an `Authorization` header proves. The header must be `Bearer`, in any case,
    /// and one token.
    ///
    /// The gateway joins repeated headers with a comma, so a comma is refused.
    pub async fn authenticate(&self, authorization: Option<&str>, now: Timestamp) -> Result<Caller, TokenRejection> {
        let header = authorization.ok_or(TokenProblem::TokenFormat("missing"))?;
        self.verify(bearer_token(header)?, now).await
    }

    /// The caller that a bare token proves. Fetches the issuer's keys if the token names an unknown
    /// one.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, TokenRejection> {
        let token = UnverifiedToken::parse(token)?;
        let claims = token.claims();
        let issuer = self.prove(&token, claims.as_ref(), now).await?;
        let claims = claims.as_ref().ok_or(TokenProblem::MalformedAccess)?;
        Ok(claims::read_caller(claims, issuer, now)?)
    }

    /// The claims of a token that this deployment issued. A token of another issuer is refused,
    /// even if the issuer is trusted.
    pub async fn verify_own(&self, token: &str, now: Timestamp) -> Result<OwnToken, TokenRejection> {
        let token = UnverifiedToken::parse(token)?;
        let claims = token.claims().ok_or(TokenProblem::MalformedAccess)?;
        // No keys of another issuer are fetched to refuse its token.
        if !self.named_by(&claims).is_some_and(|issuer| issuer.settings.is_own) {
            return Err(TokenProblem::InvalidClaim("iss").into());
        }
        let issuer = self.prove(&token, Some(&claims), now).await?;
        let caller = claims::read_caller(&claims, issuer, now)?;
        Ok(OwnToken::read(&claims, caller)?)
    }

    /// The issuer whose key signed the token.
    async fn prove<'a>(
        &'a self,
        token: &UnverifiedToken<'_>,
        claims: Option<&Members<'_>>,
        now: Timestamp,
    ) -> Result<&'a Issuer, TokenRejection> {
        let kid = token.kid()?;
        let (issuer, keys) = match claims.and_then(|claims| self.named_by(claims)) {
            Some(issuer) if issuer.may_sign_with(token.algorithm()) => (issuer, issuer.keys(kid, now).await?),
            // This token will be refused, so no keys are fetched for it.
            Some(issuer) => {
                if token.is_symmetric() {
                    issuer.warn_of_shared_secret();
                }
                (issuer, issuer.known_keys(now).ok_or(TokenProblem::InvalidKeyId)?)
            }
            None => kid.and_then(|kid| self.with_key_of(kid, now)).ok_or(TokenProblem::InvalidKeyId)?,
        };
        let key = keys.find(kid).ok_or(TokenProblem::InvalidKeyId)?;
        token.check_signature(key)?;
        token.check_type()?;
        Ok(issuer)
    }

    /// The issuer that the token names. Only the keys of this issuer can prove it (RFC 8725 section
    /// 3.8).
    fn named_by(&self, claims: &Members<'_>) -> Option<&Issuer> {
        let name = claims.text("iss").ok().flatten()?;
        self.issuers.iter().find(|issuer| issuer.settings.issuer == name)
    }

    /// An issuer that has this key, for a token of an unknown issuer. Its signature is still
    /// checked, so that a forged token and a token of the wrong issuer get different codes.
    fn with_key_of(&self, kid: &str, now: Timestamp) -> Option<(&Issuer, Arc<key_set::KeySet>)> {
        let with_keys = self.issuers.iter().filter_map(|issuer| Some((issuer, issuer.known_keys(now)?)));
        with_keys.into_iter().find(|(_, keys)| keys.find(Some(kid)).is_some())
    }
}

fn bearer_token(header: &str) -> Result<&str, TokenProblem> {
    let mut words = header.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("Bearer") && !token.contains(',') => Ok(token),
        _ => Err(TokenProblem::TokenFormat("expected Bearer and one token")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        testing::{self, NOW, TestKey},
        *,
    };

    fn token() -> String {
        TestKey::ed25519().token(&testing::claims())
    }

    fn authenticate(header: &str) -> Result<Caller, TokenProblem> {
        testing::at_once(testing::authenticator().authenticate(Some(header), NOW))
    }

    #[test]
    fn every_allowed_algorithm_proves_a_caller() {
        for key in TestKey::all() {
            let caller = testing::verify(&key.token(&testing::claims()));
            assert!(caller.is_ok(), "{}: {caller:?}", key.alg);
        }
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert!(authenticate(&format!("{scheme} {}", token())).is_ok());
        }
    }

    #[test]
    fn an_absent_header_is_missing() {
        let refused = testing::at_once(testing::authenticator().authenticate(None, NOW)).unwrap_err();
        assert_eq!(refused, TokenProblem::TokenFormat("missing"));
    }

    #[test]
    fn a_header_is_bearer_and_one_token() {
        let token = token();
        let headers = [
            String::new(),
            "Bearer".into(),
            "Bearer ".into(),
            token.clone(),
            format!("Basic {token}"),
            format!("Bearer{token}"),
            format!("Bearer {token} {token}"),
            format!("Bearer {token},Bearer {token}"),
            format!("Bearer {token}, Bearer {token}"),
            format!("Bearer {token},"),
        ];
        for header in headers {
            assert_eq!(authenticate(&header).unwrap_err(), TokenProblem::TokenFormat("expected Bearer and one token"));
        }
    }

    #[test]
    fn a_key_set_is_refused_as_a_whole_when_one_key_is_unusable() {
        let keys = json!({ "keys": [TestKey::ed25519().jwk(), { "kty": "oct", "kid": "s", "k": "AAAA" }] });
        assert!(Authenticator::new(&AuthSettings::short(keys.to_string(), "", "")).is_err());
    }

    #[test]
    fn no_debug_output_shows_what_a_token_says() {
        let caller = authenticate(&format!("Bearer {}", token())).unwrap();
        let shown = format!("{caller:?}");
        for secret in [testing::SUBJECT, testing::PLATFORM_USER_ID, "user:platform:create"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
