//! Development tokens and their claims.

mod key_set;
mod signing;

use std::time::Duration;

use serde_json::{Value, json};
use shared::identity::Timestamp;

pub use signing::SigningKey;

pub(crate) use key_set::key_set;

/// The issuer (`iss`) of development tokens, unless `AUTH_ISSUER` names another.
pub(crate) const ISSUER: &str = "roster-local";
/// The audience (`aud`) of development tokens, unless `AUTH_AUDIENCE` names another.
pub(crate) const AUDIENCE: &str = "roster";
/// Permissions that cover every endpoint.
pub const ALL_PERMISSIONS: [&str; 3] = ["user:*", "purge:*:*", "user.*"];

/// The claims of a development token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    permissions: Vec<String>,
    subject: String,
    platform_user: Option<(String, String)>,
    person_id: Option<String>,
    expires_in: Duration,
}

impl TokenRequest {
    /// A token with these permissions that is valid for an hour.
    pub fn new<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: permissions.into_iter().map(Into::into).collect(),
            subject: "developer".to_owned(),
            platform_user: None,
            person_id: None,
            expires_in: Duration::from_hours(1),
        }
    }

    /// Sets the subject (`sub`).
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Sets the platform user that is logged in.
    #[must_use]
    pub fn platform_user(mut self, platform: impl Into<String>, platform_user_id: impl Into<String>) -> Self {
        self.platform_user = Some((platform.into(), platform_user_id.into()));
        self
    }

    /// Sets the person that the issuer takes the user for. It grants nothing.
    #[must_use]
    pub fn person_id(mut self, person_id: impl Into<String>) -> Self {
        self.person_id = Some(person_id.into());
        self
    }

    /// Sets how long the token is valid.
    #[must_use]
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = expires_in;
        self
    }

    pub(crate) fn claims(&self, issuer: &str, audience: &str, now: Timestamp) -> Value {
        let (now, expiry) = (now.round_down(), now.plus(self.expires_in).round_down());
        let mut claims = json!({
            "iss": issuer,
            "aud": audience,
            "sub": self.subject,
            "iat": now.as_unix(),
            "exp": expiry.as_unix(),
            "ver": 1,
            "token_type": "access",
            "permissions": self.permissions,
        });
        if let Some(claims) = claims.as_object_mut() {
            if let Some((platform, platform_user_id)) = &self.platform_user {
                claims.insert("platform".into(), json!(platform));
                claims.insert("platform_user_id".into(), json!(platform_user_id));
            }
            if let Some(person_id) = &self.person_id {
                claims.insert("person_id".into(), json!(person_id));
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_claims_stay_absent() {
        let now = Timestamp::from_millis(1_000_999);
        let bare = TokenRequest::new(["user:*"]).claims("i", "a", now);
        let expected = json!({
            "iss": "i", "aud": "a", "sub": "developer", "iat": 1000, "exp": 4600, "ver": 1,
            "token_type": "access", "permissions": ["user:*"],
        });
        assert_eq!(bare, expected);
        let player = TokenRequest::new::<&str>([]).platform_user("Steam", "42").person_id("p").claims("i", "a", now);
        assert_eq!((&player["platform"], &player["platform_user_id"]), (&json!("Steam"), &json!("42")));
        assert_eq!(player["person_id"], "p");
    }
}
