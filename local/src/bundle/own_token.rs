//! Access tokens of the bundle's own issuer, without a login.

use serde_json::{Value, json};
use shared::identity::Timestamp;

use super::Local;
use crate::{problem::Problem, stand_ins::LoginKeys};

/// The lifetime of a token whose claims say nothing else.
const LIFETIME: std::time::Duration = std::time::Duration::from_hours(1);

/// The subject of a token whose claims say nothing else.
const SUBJECT: &str = "developer";

/// A token with these claims, signed by the key that signs the tokens of logins (RFC 9068).
pub(super) fn sign(keys: &LoginKeys, local: &Local, claims: Value, now: Timestamp) -> Result<String, Problem> {
    let key = keys.named(local.login_key())?;
    let header = json!({ "typ": "at+jwt", "alg": "RS256", "kid": key.published()?.kid });
    key.token(&header, &completed(claims, local, now))
}

/// The claims, with usual values for those that every token has and these lack.
fn completed(mut claims: Value, local: &Local, now: Timestamp) -> Value {
    let usual = json!({
        "iss": local.login_issuer(),
        "aud": local.login_audience(),
        "sub": SUBJECT,
        "iat": now.round_down().as_unix(),
        "exp": now.plus(LIFETIME).round_down().as_unix(),
    });
    if let (Some(claims), Value::Object(usual)) = (claims.as_object_mut(), usual) {
        for (name, value) in usual {
            claims.entry(name).or_insert(value);
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use shared::auth::{AuthSettings, Authenticator, IssuerSettings, PublishKeys, PublishedKeys};

    use super::*;
    use crate::{
        bundle::environment::Endpoints,
        stand_ins::{Kms, login_keys},
    };

    const NOW: Timestamp = Timestamp::from_millis(1_742_896_414_000);

    #[derive(Debug)]
    struct Published(String);

    impl PublishKeys for Published {
        fn key_set(&self) -> PublishedKeys<'_> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    fn local(asked: BTreeMap<String, String>) -> Local {
        let endpoints = Endpoints { front: "http://127.0.0.1:8080".into(), ..Endpoints::default() };
        Local::new(String::new(), endpoints, asked)
    }

    /// A verifier that trusts the key with this ARN, as functions do.
    fn verifier(keys: &LoginKeys, local: &Local, arn: &str) -> Authenticator {
        let key = keys.named(arn).unwrap().published().unwrap();
        let published = Arc::new(Published(json!({ "keys": [key] }).to_string()));
        let own = IssuerSettings::own(local.login_issuer(), local.login_audience(), published);
        Authenticator::new(&AuthSettings { issuers: vec![own] }).unwrap()
    }

    #[tokio::test]
    async fn a_function_accepts_the_token_with_its_usual_claims() {
        let (keys, local) = (Kms::in_memory().unwrap().login_keys(), local(BTreeMap::new()));
        let player = "8f8b1a0e-3c52-4f0e-9c55-6f7d2a9c1e10";
        let token = sign(&keys, &local, json!({ "player_uuid": player }), NOW).unwrap();
        let [first, _] = login_keys();
        let caller = verifier(&keys, &local, &first).verify(&token, NOW).await.unwrap();
        assert_eq!(caller.player_uuid().map(|uuid| uuid.to_string()).as_deref(), Some(player));
    }

    #[tokio::test]
    async fn claims_that_are_there_are_kept() {
        let (keys, local) = (Kms::in_memory().unwrap().login_keys(), local(BTreeMap::new()));
        let [first, _] = login_keys();
        let verifier = verifier(&keys, &local, &first);
        for (claims, is_good) in [(json!({}), true), (json!({ "exp": 1 }), false), (json!({ "aud": "other" }), false)] {
            let token = sign(&keys, &local, claims.clone(), NOW).unwrap();
            assert_eq!(verifier.verify(&token, NOW).await.is_ok(), is_good, "{claims}");
        }
    }

    #[tokio::test]
    async fn the_first_key_signs() {
        let keys = Kms::in_memory().unwrap().login_keys();
        let [first, second] = login_keys();
        let local = local(BTreeMap::from([("LOGIN_KEYS".to_owned(), format!("{second},{first}"))]));
        let token = sign(&keys, &local, json!({}), NOW).unwrap();
        assert!(verifier(&keys, &local, &second).verify(&token, NOW).await.is_ok());
        assert!(verifier(&keys, &local, &first).verify(&token, NOW).await.is_err());
    }
}
