//! A missing or wrong variable stops the start. The error is one line that names the variable.

use roster_local::{Bundle, Options};

/// The error of a bundle with these variables.
async fn refusal(variables: &[(&str, &str)]) -> String {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = Options { environment, ..Options::default() };
    let error = Bundle::start(options).await.expect_err("the bundle does not start").to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn a_missing_variable_is_named_with_what_it_should_be() {
    let variables = [
        ("AUTH_JWKS", "a JSON Web Key Set with the public keys of the token issuer"),
        ("AUTH_ISSUER", "the `iss` of the tokens"),
        ("AUTH_AUDIENCE", "the `aud` of the tokens"),
        ("AWS_REGION", "an AWS region, such as eu-west-1"),
        ("PERSONS_TABLE", "the name of a DynamoDB table"),
        ("USERS_TABLE", "the name of a DynamoDB table"),
        ("IDENTITIES_TABLE", "the name of a DynamoDB table"),
        ("RECEIPTS_TABLE", "the name of a DynamoDB table"),
        ("SEALS_TABLE", "the name of a DynamoDB table"),
        ("SEQUENCES_TABLE", "the name of a DynamoDB table"),
        ("PURGE_QUEUE_URL", "the URL of the purge queue"),
    ];
    for (name, should_be) in variables {
        // With login its own tokens would be enough, and it copies the audience.
        let error = refusal(&[(name, ""), ("LOGIN_ISSUER", ""), ("LOGIN_AUDIENCE", ""), ("LOGIN_KEYS", "")]).await;
        assert!(error.ends_with(&format!(": {name} is not set: it should be {should_be}")), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_key_set_that_cannot_be_used_is_named_and_not_quoted() {
    let symmetric = r#"{"keys":[{"kty":"oct","kid":"marker","k":"c2VjcmV0"}]}"#;
    for jwks in ["secret-marker", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"OKP"}]}"#, symmetric] {
        let error = refusal(&[("AUTH_JWKS", jwks)]).await;
        assert!(error.contains(": AUTH_JWKS cannot be used: it should be a JSON Web Key Set"), "{error}");
        assert!(!error.contains("secret-marker") && !error.contains("c2VjcmV0"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_duration_or_number_is_named_and_not_quoted() {
    let duration = "a duration such as 14d, 12h, 5m or 30s, at most 3653d";
    let variables = [
        ("PURGE_MAX_DELAY", "soon", duration),
        ("PURGE_MAX_DELAY", "-1d", duration),
        ("PURGE_DEFAULT_DELAY", "14", duration),
        ("PURGE_DEFAULT_DELAY", "1.5d", duration),
        ("PURGE_MIN_DELAY_SELF", "never", duration),
        ("PURGE_HEAD_START", "later", duration),
        ("DISPATCH_LEASE", "1w", duration),
        ("DISPATCH_CLOCK_SKEW", "5 s", duration),
        ("RECEIPT_RETENTION", "ages", duration),
        ("DISPATCH_LIMIT", "many", "a whole number"),
        ("DISPATCH_QUEUE_DEPTH", "-7", "a whole number"),
    ];
    for (name, value, should_be) in variables {
        let error = refusal(&[(name, value)]).await;
        let expected = format!(": {name} cannot be used: it should be {should_be}");
        assert!(error.ends_with(&expected), "{name}={value}: {error}");
    }
}

#[tokio::test]
async fn the_default_delay_is_no_longer_than_the_longest() {
    for variables in [
        &[("PURGE_DEFAULT_DELAY", "31d")][..],
        &[("PURGE_MAX_DELAY", "13d")],
        &[("PURGE_DEFAULT_DELAY", "2h"), ("PURGE_MAX_DELAY", "1h")],
    ] {
        let error = refusal(variables).await;
        let expected = ": PURGE_DEFAULT_DELAY cannot be used: it should be no longer than PURGE_MAX_DELAY";
        assert!(error.ends_with(expected), "{error}");
    }
    let equal = [("PURGE_DEFAULT_DELAY", "1h"), ("PURGE_MAX_DELAY", "1h")];
    let environment = equal.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Bundle::start(Options { environment, ..Options::default() }).await.expect("equal is no longer");
}

#[tokio::test]
async fn the_least_delay_of_an_own_purge_is_no_longer_than_the_longest() {
    for variables in [
        &[("PURGE_MIN_DELAY_SELF", "31d")][..],
        &[("PURGE_MIN_DELAY_SELF", "2h"), ("PURGE_MAX_DELAY", "1h"), ("PURGE_DEFAULT_DELAY", "1h")],
    ] {
        let error = refusal(variables).await;
        let expected = ": PURGE_MIN_DELAY_SELF cannot be used: it should be no longer than PURGE_MAX_DELAY";
        assert!(error.ends_with(expected), "{error}");
    }
    let equal = [("PURGE_MIN_DELAY_SELF", "30d")];
    let environment = equal.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Bundle::start(Options { environment, ..Options::default() }).await.expect("equal is no longer");
}

#[tokio::test]
async fn a_refusal_names_the_function_that_does_not_start() {
    let error = refusal(&[("PURGE_MAX_DELAY", "soon")]).await;
    assert!(error.starts_with("function queue-person-purge does not start: "), "{error}");
}
