//! Every outcome without a row: refusals that all operations of a dialect share, which cost
//! nothing, and failures.

use std::collections::BTreeSet;

use roster_local::Options;
use serde_json::{Value, json};
use tests::{
    Answer, Fault, World,
    openapi::{Auth, Document, Operation},
    targets::Target,
    ways::{Call, ways},
};

use crate::{
    endpoints::{assert_one_line, rows},
    outcomes::{self, INVALID, outcomes},
    row::DONE,
    scene::{Seen, plain, prepared, world, world_with},
};

const FAILED_ATTEMPTS: usize = 6;
/// The outcome of an event that is not a request.
const UNREADABLE: &str = "bad_request";

/// The outcomes of an operation that have no row. The own refusals of an operation without any row
/// are left out, since they have no price yet.
fn left(operation: &Operation<'_>) -> BTreeSet<String> {
    let listed: BTreeSet<_> =
        rows().filter(|row| row.operation == operation.id).map(|row| row.outcome.to_owned()).collect();
    let mut left: BTreeSet<_> = outcomes(operation).difference(&listed).cloned().collect();
    if listed.is_empty() {
        let own = roster_local::functions::refusals(operation.function(), operation.path);
        left.retain(|outcome| outcome != DONE && own.iter().all(|(_, code)| code != outcome));
    } else {
        assert!(listed.contains(DONE), "{} has rows, and none for its success", operation.id);
    }
    left
}

/// A request on which an operation succeeds, with the first call to AWS that it makes. `None` if it
/// makes none, or only one for keys, which are then kept for ten minutes.
async fn succeeding(operation: &Operation<'_>, world: &World) -> Option<(String, Call, Option<String>)> {
    if let Some(row) = rows().find(|row| row.operation == operation.id && row.outcome == DONE) {
        let (call, authorization) = prepared(row, operation, world).await;
        return Some((row.calls.split(' ').next().expect("a call").to_owned(), call, Some(authorization)));
    }
    let (call, authorization) = plain(operation, world).await;
    Seen::begin(world);
    call.send(world, authorization.as_deref()).await;
    let first = world.operations(operation.function()).into_iter().find(|call| call != "GetPublicKey")?;
    let (call, authorization) = plain(operation, world).await;
    Some((first, call, authorization))
}

#[tokio::test]
async fn what_is_refused_before_anything_is_looked_up_costs_no_unit_and_no_call() {
    let options = Options { login_settings: Some(settings_with_a_poor_client()), ..Options::default() };
    let (world, document) = (world_with(options).await, Document::load());
    let target = Target::plain(&world).await;
    let mut refused = 0;
    for operation in document.catalogued() {
        for outcome in left(&operation).iter().filter(|outcome| !fails(outcome)) {
            let (call, authorization) = free(&world, &operation, &target, outcome);
            Seen::begin(&world);
            let answer = match outcome.as_str() {
                UNREADABLE => unreadable(&world, &operation).await,
                _ => send(&world, &call, authorization.as_deref(), outcome).await,
            };
            let seen = Seen::end(&world, operation.function()).await;
            let name = format!("{} {outcome}", operation.id);
            assert!(outcomes::is(&operation, outcome, &answer), "{name}: {} {}", answer.status, answer.text);
            assert_eq!((seen.calls.as_str(), seen.units.writes, seen.units.reads), ("", 0.0, 0.0), "{name}");
            assert_one_line(&name, &seen.lines);
            refused += 1;
        }
    }
    assert!(refused > 200, "{refused}");
}

#[tokio::test]
async fn what_fails_costs_its_tries_and_no_unit_and_its_one_line_has_the_cause() {
    let document = Document::load();
    let mut failed = BTreeSet::new();
    for operation in document.catalogued() {
        for outcome in left(&operation).iter().filter(|outcome| fails(outcome)) {
            let world = world().await;
            let Some((first, call, authorization)) = succeeding(&operation, &world).await else { continue };
            failed.insert(operation.function());
            let expected = if outcome == "unavailable" {
                (0..FAILED_ATTEMPTS).for_each(|_| world.fault(operation.function(), &first, Fault::Throttled));
                [first.as_str(); FAILED_ATTEMPTS].join(" ")
            } else {
                world.calls.deny(operation.function());
                first
            };
            Seen::begin(&world);
            let answer = call.send(&world, authorization.as_deref()).await;
            let seen = Seen::end(&world, operation.function()).await;
            let name = format!("{} {outcome}", operation.id);
            assert!(outcomes::is(&operation, outcome, &answer), "{name}: {} {}", answer.status, answer.text);
            assert_eq!(seen.calls, expected, "{name}");
            assert_eq!((seen.units.writes, seen.units.reads, seen.refused), (0.0, 0.0, 0.0), "{name}");
            assert_one_line(&name, &seen.lines);
            let line: Value = serde_json::from_str(&seen.lines[0]).unwrap();
            let (level, kind, cause) = match outcome.as_str() {
                "unavailable" => ("WARN", "throttled", "every attempt failed: 400 ThrottlingException"),
                _ => (
                    "ERROR",
                    "fault",
                    "the service refused the call, or its answer was not understood: AccessDeniedException",
                ),
            };
            assert_eq!((&line["level"], &line["kind"]), (&json!(level), &json!(kind)), "{name}");
            assert_eq!(line["cause"], cause, "{name}");
        }
    }
    let without_calls = document.catalogued().into_iter().map(|operation| operation.function());
    let without_calls: BTreeSet<_> = without_calls.filter(|function| !failed.contains(function)).collect();
    assert_eq!(without_calls, BTreeSet::from(["get-public-keys", "verify-token"]));
}

#[tokio::test]
async fn a_purge_that_could_not_be_sent_is_said_in_the_one_line_of_its_request() {
    let world = world().await;
    let target = Target::plain(&world).await;
    (0..FAILED_ATTEMPTS).for_each(|_| world.fault("queue-person-purge", "SendMessage", Fault::QueueThrottled));
    Seen::begin(&world);
    assert_eq!(world.purge_now(&target.user.person_id).await.status, 202);
    let seen = Seen::end(&world, "queue-person-purge").await;
    assert_one_line("a purge that was not sent", &seen.lines);
    let line: Value = serde_json::from_str(&seen.lines[0]).unwrap();
    assert_eq!((&line["level"], &line["status"]), (&json!("WARN"), &json!(202)), "{line}");
    assert!(line["cause"].as_str().unwrap().starts_with("a due purge was not sent"), "{line}");
}

#[tokio::test]
async fn an_unknown_path_or_method_costs_nothing_and_writes_one_line() {
    let world = world().await;
    for (method, path, status) in [("GET", "/", 404), ("DELETE", "/users/v1/link", 405), ("PUT", "/v2/users/x", 405)] {
        Seen::begin(&world);
        assert_eq!(world.send(method, path, &[], "").await.status, status, "{method} {path}");
        let seen = Seen::end(&world, "answer-unrouted").await;
        assert_eq!(seen.calls, "", "{method} {path}");
        assert_one_line(path, &seen.lines);
    }
}

/// Whether an outcome is a failure on our side, which no input causes.
fn fails(outcome: &str) -> bool {
    matches!(outcome, "unavailable" | "internal" | "internal_error")
}

/// Sends a raw `"` in the query, which the gateway passes on. No HTTP client here sends one, so
/// this makes the event.
async fn unreadable(world: &World, operation: &Operation<'_>) -> Answer {
    let key = format!("{} {}", operation.method, operation.path);
    let event = json!({
        "rawPath": operation.path, "rawQueryString": "\"", "headers": { "content-type": "application/json" },
        "requestContext": { "http": { "method": operation.method }, "requestId": "r-1", "routeKey": key },
    });
    let answer = world.bundle.invoke(operation.function(), event).await.expect("an answer");
    let text = answer["body"].as_str().expect("a body").to_owned();
    let status = answer["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status");
    Answer { status, headers: hyper::HeaderMap::new(), bytes: text.clone().into(), text }
}

async fn send(world: &World, call: &Call, authorization: Option<&str>, outcome: &str) -> Answer {
    if outcome != "unsupported_compression" {
        return call.send(world, authorization).await;
    }
    let headers = [("content-type", call.content_type), ("content-encoding", "br")];
    let authorization = authorization.map(|value| ("authorization", value));
    let headers: Vec<_> = headers.into_iter().chain(authorization).collect();
    world.send(&call.method, &call.path, &headers, call.body.clone()).await
}

/// A request with this outcome, and its `Authorization` header.
fn free(world: &World, operation: &Operation<'_>, target: &Target, outcome: &str) -> (Call, Option<String>) {
    let good = ways(operation, target).remove(0);
    let admin = operation.authorization(&world.admin());
    if let Some(token) = bad_token(world, outcome) {
        return (good, token.map(|token| format!("Bearer {token}")));
    }
    let long = "a".repeat(201);
    let user = |id: &str| {
        let user = tests::User { player_uuid: id.to_owned(), ..target.user.clone() };
        let named = Target { user, ..target.clone() };
        Call {
            body: json!({ "userId": id }).to_string().into_bytes(),
            ..if operation.is_call() { good.clone() } else { ways(operation, &named).remove(0) }
        }
    };
    let call = match outcome {
        "insufficient_permissions" if operation.auth() == Auth::Client => {
            return (good, Some(format!("Basic {POOR_CLIENT}")));
        }
        "insufficient_permissions" | "AUTH-AWfge" => {
            return (good, Some(format!("Bearer {}", world.service(&[]))));
        }
        "client_credentials_invalid" => return (good, None),
        "AUTH-toLo1" => return (good, Some("Basic eDp5".to_owned())),
        "request_too_large" => Call { body: vec![b' '; 65_537], ..good },
        "invalid_user_id" => user(&long),
        "malformed_body" => Call { body: b"{".to_vec(), ..good },
        "unsupported_content_type" => Call { content_type: "application/grpc", ..good },
        "unsupported_compression" | UNREADABLE => good,
        INVALID => invalid(good),
        unknown => panic!("{}: give {unknown} a row, or teach this suite that it is free", operation.id),
    };
    (call, admin)
}

/// `poor:local` in base64: a client without a permission.
const POOR_CLIENT: &str = "cG9vcjpsb2NhbA==";

/// Settings of login with the client `local` and with another one without a permission. Both have
/// the secret `local`.
fn settings_with_a_poor_client() -> String {
    let client = |id: &str, permissions: &[&str]| {
        json!({
            "client_id": id, "permissions": permissions, "grants": ["anon", "refresh", "client_credentials"],
            "secret_sha256": ["25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6"],
        })
    };
    let key = json!({ "id": 1, "secret": "YlgyVDlrUTJtWjdjVjFuTDZwUjhzRDNmRzVoSjB5VWI=" });
    let clients = [client("local", &["token:introspect"]), client("poor", &[])];
    json!({ "refresh": { "keys": [key] }, "clients": clients, "platforms": { "anon": {} } }).to_string()
}

/// The same call with invalid input.
fn invalid(good: Call) -> Call {
    match good.path.split_once('?') {
        Some((path, _)) => Call { path: path.to_owned(), ..good },
        None if good.body.is_empty() => Call { path: no_uuid(&good.path), ..good },
        None => Call { body: b"{".to_vec(), ..good },
    }
}

/// The path with another word instead of its uuid.
fn no_uuid(path: &str) -> String {
    let parts = path.split('/').map(|part| if uuid::Uuid::try_parse(part).is_ok() { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A token with this outcome, if the outcome is about the token. The inner `None` stands for no
/// token.
fn bad_token(world: &World, outcome: &str) -> Option<Option<String>> {
    let signed = |changes: Value| {
        let mut claims = json!({ "iss": "roster-local", "aud": "roster", "sub": "x", "exp": world.now() + 60 });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        world.bundle.signing_key().sign(&claims).unwrap()
    };
    let another_key =
        || roster_local::SigningKey::from_pkcs8(&roster_local::SigningKey::generate().unwrap().0).unwrap();
    Some(Some(match outcome {
        "auth_token_format" | "no_token" => return Some(None),
        "auth_not_jwt" | "AUTH-7fs1e" => "x".to_owned(),
        "auth_malformed_access" => "..".to_owned(),
        "auth_invalid_version" => signed(json!({ "ver": 2 })),
        "auth_invalid_key_id" => another_key().sign(&json!({})).unwrap(),
        "auth_token_sig_invalid" => {
            format!("{}AAAA", signed(json!({})).rsplit_once('.').map(|(signed, _)| format!("{signed}.")).unwrap())
        }
        "auth_token_expired" => signed(json!({ "exp": 1 })),
        "auth_token_invalid_claim" => signed(json!({ "aud": "elsewhere" })),
        "auth_token_invalid_type" => signed(json!({ "token_type": "refresh" })),
        "auth_token_unknown" => "a".repeat(8193),
        _ => return None,
    }))
}
