use std::{borrow::Cow, time::Duration};

use super::{
    algorithm::Algorithm,
    claims::{NumericDate, may_be_id_token},
    remote_keys::{RemoteKeys, Source},
    token::UnverifiedToken,
};
use crate::{
    connections::{Outside, UrlProblem},
    identity::Timestamp,
    json::{Members, Text},
};

/// How long after `exp` a token is still accepted, since clocks differ.
const LATE: Duration = Duration::from_secs(5);
/// How far `iat` and `nbf` may lie ahead. The clocks of some platforms are seconds fast.
const EARLY: Duration = Duration::from_secs(30);

/// A token that a platform signed about an account (`OpenID` Connect Core section 2). Nothing in it
/// is proven.
pub(crate) struct IdToken<'a>(UnverifiedToken<'a>);

/// The published keys of a platform. They prove tokens of one algorithm.
#[derive(Debug)]
pub(crate) struct IdTokenKeys {
    keys: RemoteKeys,
    algorithm: Algorithm,
}

/// The reasons why a token is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdTokenProblem {
    /// Its form, algorithm or signature is wrong.
    Invalid,
    /// The platform publishes no key of this name.
    UnknownKey,
    /// There are no keys to judge it by now.
    KeysUnavailable,
}

impl<'a> IdToken<'a> {
    /// `None` if the form is wrong, or the header says that it is no ID token.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        UnverifiedToken::parse(text).ok().filter(UnverifiedToken::may_be_id_token).map(Self)
    }

    /// The claims. They count once the signature and [`IdClaims`] are checked.
    pub(crate) fn claims(&self) -> Option<Members<'_>> {
        self.0.claims()
    }
}

impl IdTokenKeys {
    /// The keys at this URL. They are fetched when a token first needs them. The name is for logs.
    pub(crate) fn new(name: &str, url: &str, algorithm: Algorithm) -> Result<Self, UrlProblem> {
        let source = Source::Url(Outside::new(url, Duration::ZERO)?);
        Ok(Self { keys: RemoteKeys::new(name, source, &[algorithm]), algorithm })
    }

    /// Refuses a token that no published key signed. No keys are fetched for a token of another
    /// algorithm.
    pub(crate) async fn check(&self, token: &IdToken<'_>, now: Timestamp) -> Result<(), IdTokenProblem> {
        let IdToken(token) = token;
        let kid = token.kid().ok().flatten().filter(|_| token.algorithm() == Some(self.algorithm));
        let kid = kid.ok_or(IdTokenProblem::Invalid)?;
        let keys = self.keys.keys(Some(kid), now).await.map_err(|_| IdTokenProblem::KeysUnavailable)?;
        let key = keys.find(Some(kid)).ok_or(IdTokenProblem::UnknownKey)?;
        token.check_signature(key).map_err(|_| IdTokenProblem::Invalid)
    }
}

/// The claims that every ID token has (`OpenID` Connect Core section 2).
pub(crate) struct IdClaims<'a> {
    iss: Cow<'a, str>,
    audiences: Vec<Cow<'a, str>>,
    expires: Timestamp,
    issued: Timestamp,
    not_before: Option<Timestamp>,
}

impl<'a> IdClaims<'a> {
    /// `None` if one is missing or mistyped, or the claims name another kind of token. A platform may
    /// take its access tokens too.
    pub(crate) fn read(claims: &Members<'a>, or_access: bool) -> Option<Self> {
        if !may_be_id_token(claims, or_access) {
            return None;
        }
        let audiences = match claims.text("aud") {
            Ok(audience) => vec![audience?],
            Err(_) => claims.read::<Vec<Text<'_>>>("aud").ok()??.into_iter().map(|Text(one)| one).collect(),
        };
        Some(Self {
            iss: claims.text("iss").ok()??,
            audiences,
            expires: claims.read::<NumericDate>("exp").ok()??.0,
            issued: claims.read::<NumericDate>("iat").ok()??.0,
            not_before: claims.read::<NumericDate>("nbf").ok()?.map(|NumericDate(time)| time),
        })
    }

    /// The issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.iss
    }

    /// Whether the token is for these audiences and for no other (`OpenID` Connect Core section
    /// 3.1.3.7).
    pub(crate) fn is_for(&self, ours: &[String]) -> bool {
        !self.audiences.is_empty() && self.audiences.iter().all(|audience| ours.iter().any(|own| own == audience))
    }

    /// Whether the token is valid at this time.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        let has_begun = |time: Timestamp| time <= now.plus(EARLY);
        now < self.expires.plus(LATE) && has_begun(self.issued) && self.not_before.is_none_or(has_begun)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(claims: &Value) -> Option<bool> {
        let json = claims.to_string();
        let now = Timestamp::from_millis(1_000_000);
        let ours = ["a".to_owned(), "b".to_owned()];
        let claims = Members::parse(&json).unwrap();
        IdClaims::read(&claims, false).map(|claims| claims.is_for(&ours) && claims.is_valid_at(now))
    }

    fn with(changes: &Value) -> Option<bool> {
        let mut claims = json!({ "iss": "i", "aud": "a", "exp": 1060, "iat": 1000 });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        read(&claims)
    }

    #[test]
    fn clocks_may_differ_by_seconds() {
        let cases = [
            (json!({ "exp": 996 }), true),
            (json!({ "exp": 995 }), false),
            (json!({ "iat": 1030 }), true),
            (json!({ "iat": 1030.5 }), false),
            (json!({ "nbf": 1030 }), true),
            (json!({ "nbf": 1031 }), false),
        ];
        for (changes, is_good) in cases {
            assert_eq!(with(&changes), Some(is_good), "{changes}");
        }
    }

    #[test]
    fn every_audience_must_be_ours() {
        let cases = [
            (json!(["a"]), true),
            (json!(["a", "b"]), true),
            (json!("b"), true),
            (json!(["a", "c"]), false),
            (json!([]), false),
            (json!("c"), false),
            (json!("A"), false),
        ];
        for (aud, is_good) in cases {
            assert_eq!(with(&json!({ "aud": aud })), Some(is_good), "{aud}");
        }
    }

    #[test]
    fn a_token_lacks_no_claim_and_denies_nothing_by_its_kind() {
        for name in ["iss", "aud", "exp", "iat"] {
            assert_eq!(with(&json!({ name: null })), None, "{name}");
        }
        for changes in [json!({ "aud": [1] }), json!({ "exp": "1060" }), json!({ "nbf": null }), json!({ "iss": 1 })] {
            assert_eq!(with(&changes), None, "{changes}");
        }
        let others = ["Bearer", "access", "at+jwt", "Refresh", "Logout", "session_token", ""];
        for (name, kind) in ["typ", "token_use", "token_type"].iter().flat_map(|name| others.map(|kind| (name, kind))) {
            assert_eq!(with(&json!({ *name: kind })), None, "{name} {kind}");
        }
        for changes in [json!({ "events": {} }), json!({ "typ": ["id"] }), json!({ "token_use": null })] {
            assert_eq!(with(&changes), None, "{changes}");
        }
        for (name, kind) in [("typ", "ID"), ("typ", "id_token"), ("token_use", "id"), ("typ", "JWT")] {
            assert_eq!(with(&json!({ name: kind })), Some(true), "{name} {kind}");
        }
    }
}
