//! `AUTH_ISSUERS`, the long form of the settings: an error in it stops the start and is named.

use roster_local::{Bundle, Options};
use serde_json::json;

use crate::server::{key_set, new_key};

async fn refusal(variables: &[(&str, &str)]) -> String {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = Options { environment, ..Options::default() };
    Bundle::start(options).await.expect_err("the bundle does not start").to_string()
}

#[tokio::test]
async fn both_forms_together_are_refused() {
    let issuers = json!([{ "issuer": "i", "audience": "a", "jwks_url": "https://i.test/keys" }]).to_string();
    for (name, value) in [("AUTH_ISSUER", "i"), ("AUTH_AUDIENCE", "a"), ("AUTH_JWKS", "{}")] {
        let error = refusal(&[("AUTH_ISSUERS", &issuers), (name, value)]).await;
        let expected =
            format!("AUTH_ISSUERS cannot be used: it should be set without {name}, which is for a single issuer");
        assert!(error.ends_with(&expected), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_list_is_named_with_the_place_and_not_quoted() {
    let secret = r#"{"kty":"oct","kid":"k","k":"c2VjcmV0"}"#;
    let cases = [
        ("secret".to_owned(), "(a JSON array of 1 to 32 issuers)"),
        (
            r#"[{"issuer":"i","audience":"a"}]"#.into(),
            "([0].jwks_url: exactly one of `jwks` and `jwks_url` must be set)",
        ),
        (
            r#"[{"issuer":"i","audience":"a","jwks_url":"http://i.test/"}]"#.into(),
            "([0] jwks_url: an https URL; http only for a loopback address)",
        ),
        (
            format!(r#"[{{"issuer":"i","audience":"a","jwks":{{"keys":[{secret}]}}}}]"#),
            r#"([0] keys[0] (kid "k") is unusable: it is symmetric; only public keys belong here)"#,
        ),
        (
            format!(r#"[{{"issuer":"i","audience":"a","algorithms":["RS256"],"jwks":{}}}]"#, key_set(&[&new_key()])),
            "is unusable: its algorithm is not among the issuer's `algorithms`)",
        ),
        (
            r#"[{"issuer":"i","audience":"a","algorithms":["HS256"],"jwks_url":"https://i.test/"}]"#.into(),
            "need a key that every verifier would share: the issuer must use a key pair)",
        ),
        (
            r#"[{"issuer":"i","audience":"a","leeway":"6m","jwks_url":"https://i.test/"}]"#.into(),
            "([0].leeway: a duration such as 30s, at most 5m)",
        ),
        (
            r#"[{"issuer":"i","audience":"a","max_lifetime":3600,"jwks_url":"https://i.test/"}]"#.into(),
            "([0].max_lifetime: a duration such as 24h or 30m, at least 1s)",
        ),
    ];
    for (issuers, expected) in cases {
        let error = refusal(&[("AUTH_ISSUERS", &issuers)]).await;
        assert!(error.contains("AUTH_ISSUERS cannot be used: it should be a list of issuers ("), "{error}");
        assert!(error.ends_with(expected) && !error.contains("secret") && !error.contains("c2VjcmV0"), "{error}");
    }
}
