//! Who is calling: bearer token → verified claims → [`Caller`], and what a caller may do.
//!
//! A token passes the stages in this order, and the first that fails names the error (reference/rallyhere.md,
//! "Errors"): size, shape, key look-up, algorithm, one signature verification, claims.

mod caller;
mod claims;
mod covers;
mod error;
mod json;
mod key_set;
mod permission;
mod public_key;
#[cfg(test)]
mod testing;
mod token;

pub use caller::{Actor, Caller};
pub use error::AuthError;
pub use key_set::KeySetError;
pub use permission::{InsufficientPermissions, Permission};
pub use public_key::{KeyProblem, PublicKey};
pub use token::MAX_TOKEN_BYTES;

use self::{key_set::KeySet, token::UnverifiedToken};
use crate::identity::Timestamp;

/// Where the public keys of an issuer come from. Key sets by URL will be another variant: `Issuer` holds its keys behind
/// one look-up by `kid`, which then may have to wait.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A JWK Set as it stands in the configuration (RFC 7517 section 5).
    Inline(String),
}

/// What the environment says about tokens.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Where the public keys come from.
    pub keys: KeySource,
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
}

/// Verifies bearer tokens. Keys are parsed once.
#[derive(Debug)]
pub struct Authenticator {
    issuer: Issuer,
}

/// One trusted issuer: its keys vouch for tokens of this name and audience, and for no others.
#[derive(Debug)]
struct Issuer {
    keys: KeySet,
    name: String,
    audience: String,
}

impl Authenticator {
    /// Refuses a key set that is not usable as a whole, so that a typo shows at start and not at the first login.
    pub fn new(settings: &AuthSettings) -> Result<Self, KeySetError> {
        let KeySource::Inline(key_set) = &settings.keys;
        let keys = KeySet::parse(key_set)?;
        Ok(Self { issuer: Issuer { keys, name: settings.issuer.clone(), audience: settings.audience.clone() } })
    }

    /// The caller that an `Authorization` header proves: `Bearer` in any case and one token (reference/rallyhere.md).
    ///
    /// The gateway joins repeated headers with a comma, so a comma means several and is refused.
    pub fn authenticate(&self, authorization: Option<&str>, now: Timestamp) -> Result<Caller, AuthError> {
        let header = authorization.ok_or(AuthError::TokenFormat("missing"))?;
        self.verify(bearer_token(header)?, now)
    }

    /// The caller that a bare token proves.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, AuthError> {
        let token = UnverifiedToken::parse(token)?;
        let key = token.kid().and_then(|kid| self.issuer.keys.find(kid)).ok_or(AuthError::InvalidKeyId)?;
        let claims = token.claims_signed_by(key)?;
        claims::read_caller(&claims, &self.issuer, now)
    }
}

fn bearer_token(header: &str) -> Result<&str, AuthError> {
    let mut words = header.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("Bearer") && !token.contains(',') => Ok(token),
        _ => Err(AuthError::TokenFormat("expected Bearer and one token")),
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

    fn authenticate(header: &str) -> Result<Caller, AuthError> {
        testing::authenticator().authenticate(Some(header), NOW)
    }

    #[test]
    fn every_allowed_algorithm_proves_a_caller() {
        for key in TestKey::all() {
            let caller = testing::authenticator().verify(&key.token(&testing::claims()), NOW);
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
        let refused = testing::authenticator().authenticate(None, NOW).unwrap_err();
        assert_eq!(refused, AuthError::TokenFormat("missing"));
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
            assert_eq!(authenticate(&header).unwrap_err(), AuthError::TokenFormat("expected Bearer and one token"));
        }
    }

    #[test]
    fn a_key_set_is_refused_as_a_whole_when_one_key_is_unusable() {
        let keys = json!({ "keys": [TestKey::ed25519().jwk(), { "kty": "oct", "kid": "s", "k": "AAAA" }] });
        let settings =
            AuthSettings { keys: KeySource::Inline(keys.to_string()), issuer: String::new(), audience: String::new() };
        assert!(Authenticator::new(&settings).is_err());
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
