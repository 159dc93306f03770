//! A function with a wrong environment stops before it takes an event.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{World, binaries::binary, runtime_api::Function};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Starts a function with one variable changed or removed. It must stop and name that variable.
async fn refuses(world: &World, name: &str, variable: &str, value: Option<&str>) {
    let mut variables: BTreeMap<_, _> = world.bundle.environment(name).unwrap().clone();
    assert!(variables.remove(variable).is_some() || value.is_some(), "{name} has no {variable} to lose");
    variables.extend(value.map(|value| (variable.to_owned(), value.to_owned())));
    let (code, said) = Function::start(binary(name), &variables).await.ended().await;
    assert_eq!(code, Some(1), "{name} without a good {variable}: {said}");
    let problem = if value.is_some_and(|value| !value.is_empty()) { "cannot be used" } else { "is not set" };
    let start = format!("{variable} {problem}: it should be ");
    assert!(said.starts_with(&start) && said.ends_with('\n'), "{name}: {said}");
    assert_eq!(said.lines().count(), 1, "{name}: {said}");
    let shown = value.is_some_and(|value| !value.is_empty() && said.contains(value));
    assert!(!shown, "{name}: {said}");
}

/// The functions that verify no tokens of trusted issuers.
const NO_BEARER_TOKENS: [&str; 8] = [
    "dispatch-due-purges",
    "get-public-keys",
    "introspect-token",
    "issue-client-token",
    "log-in",
    "log-out",
    "purge-person",
    "seal-receipts",
];

/// The functions of login that read the settings.
const OF_LOGIN: [&str; 4] = ["introspect-token", "issue-client-token", "log-in", "log-out"];

#[tokio::test]
async fn a_missing_variable_stops_every_function_that_needs_it_with_one_line_that_names_it() {
    let world = World::start().await;
    for name in roster_local::functions::names().filter(|name| *name != "answer-unrouted") {
        if !["get-public-keys", "issue-client-token", "verify-token"].contains(&name) {
            refuses(&world, name, "PERSONS_TABLE", None).await;
        }
        if !NO_BEARER_TOKENS.contains(&name) {
            refuses(&world, name, "AUTH_JWKS", Some("")).await;
        }
    }
}

#[tokio::test]
async fn each_variable_that_must_be_there_is_named_when_it_is_not() {
    let world = World::start().await;
    for variable in [
        "AUTH_AUDIENCE",
        "AUTH_ISSUER",
        "AUTH_JWKS",
        "AWS_ACCESS_KEY_ID",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "IDENTITIES_TABLE",
        "PERSONS_TABLE",
        "PURGE_QUEUE_URL",
        "RECEIPTS_TABLE",
        "SEALS_TABLE",
        "SEQUENCES_TABLE",
        "SUBJECT_HASH_SECRET",
        "USERS_TABLE",
    ] {
        refuses(&world, "queue-person-purge", variable, None).await;
    }
    refuses(&world, "seal-receipts", "SEAL_KEY_ID", None).await;
    for variable in ["LOGIN_ISSUER", "LOGIN_AUDIENCE", "LOGIN_KEYS"] {
        refuses(&world, "get-public-keys", variable, None).await;
        refuses(&world, "log-in", variable, None).await;
    }
    for name in OF_LOGIN {
        refuses(&world, name, "LOGIN_SECRET", None).await;
    }
}

#[tokio::test]
async fn a_wrong_value_is_named_and_not_shown() {
    let world = World::start().await;
    for (name, variable, value) in [
        ("create-platform-user", "AUTH_JWKS", "secrets"),
        ("create-platform-user", "AUTH_JWKS", r#"{"keys":[]}"#),
        ("dispatch-due-purges", "DISPATCH_CLOCK_SKEW", "soonish"),
        ("dispatch-due-purges", "DISPATCH_LEASE", "15 minutes"),
        ("dispatch-due-purges", "DISPATCH_LIMIT", "many"),
        ("dispatch-due-purges", "DISPATCH_QUEUE_DEPTH", "-1"),
        ("purge-person", "BACKUP_RETENTION", "a month"),
        ("purge-person", "RECEIPT_RETENTION", "forever"),
        ("queue-person-purge", "PURGE_DEFAULT_DELAY", "14 days"),
        ("queue-person-purge", "PURGE_DEFAULT_DELAY", "3649d"),
        ("queue-person-purge", "PURGE_HEAD_START", "1.5m"),
        ("queue-person-purge", "PURGE_MAX_DELAY", "99999d"),
        ("queue-person-purge", "PURGE_MIN_DELAY_SELF", "3649d"),
        ("queue-person-purge", "SUBJECT_HASH_SECRET", "nowhere"),
        ("introspect-token", "LOGIN_SECRET", "nowhere"),
        ("issue-client-token", "LOGIN_SECRET", "nowhere"),
        ("log-in", "LOGIN_SECRET", "nowhere"),
        ("log-out", "LOGIN_SECRET", "nowhere"),
        ("get-user", "LOGIN_ISSUER", "http://api.example.com"),
        ("log-in", "LOGIN_ISSUER", "https://api.example.com/"),
        ("get-user", "LOGIN_KEYS", "alias/login"),
        ("issue-client-token", "LOGIN_KEYS", "arn:aws:kms:eu-west-1:123456789012:alias/login"),
    ] {
        refuses(&world, name, variable, Some(value)).await;
    }
}

/// Starts a function whose secrets all have this text. Returns what it says when it stops.
pub(crate) async fn said_with_secret(world: &World, name: &str, text: &str) -> String {
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut variables = world.bundle.environment(name).unwrap().clone();
    let url = format!("http://{}", server.local_addr().unwrap());
    variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), url);
    let body = json!({ "SecretString": text }).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let function = Function::start(binary(name), &variables).await;
    let (mut connection, _) = server.accept().await.unwrap();
    assert!(connection.read(&mut [0; 8192]).await.unwrap() > 0);
    connection.write_all(answer.as_bytes()).await.unwrap();
    let (code, said) = function.ended().await;
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{name}: {said}");
    said
}

#[tokio::test]
async fn a_secret_that_is_wrong_names_its_member_and_shows_no_value() {
    let world = World::start().await;
    let start = "LOGIN_SECRET cannot be used: it should be the ARN of a secret with the settings of login (";
    let settings = |changes: Value| {
        let key = json!({ "id": 1, "secret": "zqsecret7k2v9xw3zqsecret7k2v9xw3zqsecret7k2v" });
        let mut settings = json!({ "refresh": { "keys": [key] }, "clients": [] });
        settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        settings.to_string()
    };
    let client = json!({ "client_id": "zqclient", "secret_sha256": ["zqsecret"], "grants": ["anon"] });
    for (text, member) in [
        ("zqsecret".to_owned(), ""),
        (settings(json!({ "clients": [client] })), "clients[0].secret_sha256"),
        (settings(json!({ "refresh": { "keys": [{ "id": 1, "secret": "zqsecret" }] } })), "refresh.keys[0].secret"),
        (settings(json!({ "access_token_lifetime": "zqsecret" })), "access_token_lifetime"),
    ] {
        for name in OF_LOGIN {
            let said = said_with_secret(&world, name, &text).await;
            assert!(said.starts_with(start) && said.contains(member), "{name}: {said}");
            assert!(!said.contains("zq"), "{name}: {said}");
        }
    }
    let said = said_with_secret(&world, "queue-person-purge", "zqsecret").await;
    let expected = "SUBJECT_HASH_SECRET cannot be used: it should be the ARN of a secret of at least 32 bytes\n";
    assert_eq!(said, expected);
}

#[tokio::test]
async fn the_issuer_of_login_must_not_be_trusted_a_second_time() {
    let world = World::start().await;
    for name in ["get-user", "list-sessions", "verify-token"] {
        let mut variables = world.bundle.environment(name).unwrap().clone();
        variables.insert("AUTH_ISSUER".to_owned(), variables["LOGIN_ISSUER"].clone());
        let (code, said) = Function::start(binary(name), &variables).await.ended().await;
        let expected = "LOGIN_ISSUER cannot be used: it should be another name than those of the trusted issuers\n";
        assert_eq!((code, said.as_str()), (Some(1), expected), "{name}");
    }
}
