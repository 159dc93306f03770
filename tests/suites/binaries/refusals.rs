//! A function with a wrong environment stops before it takes an event.

use std::collections::BTreeMap;

use tests::{World, binaries::binary, runtime_api::Function};

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

#[tokio::test]
async fn a_missing_variable_stops_every_function_that_needs_it_with_one_line_that_names_it() {
    let world = World::start().await;
    for name in roster_local::functions::names().filter(|name| *name != "answer-unrouted") {
        if !["get-public-keys", "verify-token"].contains(&name) {
            refuses(&world, name, "PERSONS_TABLE", None).await;
        }
        if !["dispatch-due-purges", "get-public-keys", "purge-person", "seal-receipts"].contains(&name) {
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
    ] {
        refuses(&world, name, variable, Some(value)).await;
    }
}
