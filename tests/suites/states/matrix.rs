//! Each change of state has the same rules and texts in each encoding.

use futures_util::future::join;
use serde_json::Value;
use tests::{Answer, Fault, World, logs};

use crate::{
    NO_ONE, change, get, state,
    wires::{CHANGES, Change, Outcome, WIRES, Wire},
};

const FAILED_ATTEMPTS: usize = 6;

/// Every change in every encoding.
fn everywhere() -> impl Iterator<Item = (Change, Wire)> {
    CHANGES.into_iter().flat_map(|change| WIRES.into_iter().map(move |wire| (change, wire)))
}

fn error(wire: Wire, rest: u16, code: u64, message: impl Into<String>) -> Outcome {
    Outcome { status: wire.status(rest), code, message: message.into(), detail: None, details: Value::Null }
}

fn with_id(wire: Wire, rest: u16, code: u64, (id, text): (&str, &str)) -> Outcome {
    let detail = Some((id.to_owned(), text.to_owned()));
    Outcome { detail, ..error(wire, rest, code, format!("{text} ({id})")) }
}

/// Creates a user in the state in which this change begins.
async fn ready(world: &World, of: Change, wire: Wire) -> tests::User {
    let user = world.create("Steam", &format!("{} {wire:?}", of.verb)).await;
    for verb in of.before {
        assert_eq!(change(world, &user, verb).await.status, 200, "{verb}");
    }
    user
}

#[tokio::test]
async fn a_change_is_made_once_and_answers_the_details_that_the_user_then_has() {
    let world = World::start().await;
    for (of, wire) in everywhere() {
        let user = ready(&world, of, wire).await;
        let done = wire.ask(&world, of, &user.player_uuid).await;
        let now = get(&world, &user).await.json()["details"].clone();
        assert_eq!((done.code, &done.details), (0, &now), "{} {wire:?}: {done:?}", of.verb);
        let again = wire.ask(&world, of, &user.player_uuid).await;
        assert_eq!(again, with_id(wire, 400, 9, of.refused), "{} {wire:?}", of.verb);
        assert_eq!(get(&world, &user).await.json()["details"], now, "a refusal changes nothing");
    }
}

#[tokio::test]
async fn an_unknown_user_is_not_found_with_the_id_of_the_change() {
    let world = World::start().await;
    for (of, wire) in everywhere() {
        for user_id in [NO_ONE, "69629023906488334", &"a".repeat(200)] {
            let expected = with_id(wire, 404, 5, (of.unknown, "User could not be found"));
            assert_eq!(wire.ask(&world, of, user_id).await, expected, "{} {wire:?} {user_id}", of.verb);
        }
    }
}

#[tokio::test]
async fn who_is_not_proven_is_told_so_before_anything_of_the_user() {
    let world = World::start().await;
    let long = "a".repeat(201);
    let good = format!("Bearer {}", world.admin());
    let twice = format!("{good},{good}");
    let (bad_header, bad_token) = (("AUTH-toLo1", "invalid auth header"), ("AUTH-7fs1e", "Errors.Token.Invalid"));
    let cases = [
        (Some(""), bad_header),
        (Some("Bearer"), bad_header),
        (Some("Basic eDp5"), bad_header),
        (Some(&*twice), bad_header),
        (Some("Bearer x.y.z"), bad_token),
    ];
    for (of, wire) in everywhere() {
        let expected = |refused: Option<_>| {
            refused.map_or_else(|| error(wire, 401, 16, "auth header missing"), |(_, it)| with_id(wire, 401, 16, it))
        };
        for case in cases.map(Some).into_iter().chain([None]) {
            let authorization = case.and_then(|(authorization, _)| authorization);
            let answer = wire.send(&world, of, &long, authorization, wire.body(&long)).await;
            let expected = expected(case);
            assert_eq!(wire.read(&answer), expected, "{} {wire:?}", of.verb);
            let header = (!wire.is_web()).then_some(&*expected.message);
            assert_eq!(answer.header("www-authenticate"), header, "every 401 carries it");
        }
    }
}

#[tokio::test]
async fn the_length_of_the_id_is_judged_after_the_token_and_before_the_permission() {
    let world = World::start().await;
    let nobody = format!("Bearer {}", world.service(&[]));
    for (of, wire) in everywhere() {
        for user_id in ["", &*"a".repeat(201), &*"\u{1F3AE}".repeat(201)] {
            if !wire.is_call() && !user_id.starts_with('a') {
                continue;
            }
            let answer = wire.send(&world, of, user_id, Some(&nobody), wire.body(user_id)).await;
            let text = "value length must be between 1 and 200 runes, inclusive";
            let expected = error(wire, 400, 3, format!("invalid {}Request.UserId: {text}", of.call));
            assert_eq!(wire.read(&answer), expected, "{} {wire:?}", of.verb);
        }
    }
}

#[tokio::test]
async fn without_permission_an_existing_and_a_missing_user_get_the_same_bytes() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let nobody = format!("Bearer {}", world.service(&["user.read", "user.delete", "purge:*:*"]));
    let own = format!("Bearer {}", world.player(&user));
    for (of, wire) in everywhere() {
        let mut answers = Vec::new();
        for (user_id, token) in [(&*user.player_uuid, &nobody), (NO_ONE, &nobody), (&user.player_uuid, &own)] {
            let answer = wire.send(&world, of, user_id, Some(token), wire.body(user_id)).await;
            let expected = with_id(wire, 403, 7, ("AUTH-AWfge", "No matching permissions found"));
            assert_eq!(wire.read(&answer), expected, "{} {wire:?}", of.verb);
            answers.push(answer.bytes);
        }
        assert!(answers.iter().all(|bytes| *bytes == answers[0]), "{} {wire:?}", of.verb);
    }
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
}

#[tokio::test]
async fn a_malformed_body_is_refused_before_the_token_is_read_and_is_not_quoted() {
    let world = World::start().await;
    let json: [&[u8]; 5] = [b"{", b"[]", b"alice", b"{\"userId\":alice}", b"{\"a\":\xFF}"];
    let named: [&[u8]; 4] = [b"", b"{\"userId\":7}", b"{\"userId\":\"alice\",\"user_id\":\"alice\"}", b"[\"alice\"]"];
    let proto: [&[u8]; 4] = [b"\x0A\x09alice", b"\x08", b"\x0A\x01\xFF", b"alice"];
    let web: [&[u8]; 6] = [
        b"",
        b"\0\0\0\0",
        b"\0\0\0\0\x07\x0A\x09alice",
        b"\0\0\0\0\x06\x0A\x05alice",
        b"\0\0\0\0\x08\x0A\x05alice",
        b"\x80\0\0\0\x07\x0A\x05alice",
    ];
    for (of, wire) in everywhere() {
        let bodies = match wire {
            Wire::Rest => json.to_vec(),
            Wire::ConnectJson => [&json[..], &named].concat(),
            Wire::ConnectProto => proto.to_vec(),
            Wire::RestGrpcWeb | Wire::GrpcWeb => web.to_vec(),
        };
        for body in bodies {
            let answer = wire.send(&world, of, NO_ONE, None, body.to_vec()).await;
            let outcome = wire.read(&answer);
            let expected = error(wire, 400, 3, outcome.message.clone());
            assert_eq!(outcome, expected, "{} {wire:?} {body:?}", of.verb);
            assert!(!outcome.message.is_empty() && !outcome.message.contains("alice"), "{}", outcome.message);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_the_encoding_of_the_request() {
    let world = World::start().await;
    for (of, wire) in everywhere() {
        let answer = wire.send(&world, of, NO_ONE, None, vec![b'x'; 65_537]).await;
        let expected = error(wire, 413, 8, "Request body is larger than 65536 bytes");
        assert_eq!(wire.read(&answer), expected, "{} {wire:?}", of.verb);
    }
}

/// The log line of a request.
fn line(answer: &Answer) -> Value {
    let id = answer.header("apigw-requestid").unwrap();
    let logged = logs::text();
    let lines = logged.lines().filter(|line| line.contains(id)).map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.filter(|line: &Value| line["message"] == "request").collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_5xx_names_its_request_and_the_log_shows_it_where_http_says_200() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let admin = format!("Bearer {}", world.admin());
    for (of, wire) in everywhere() {
        (0..FAILED_ATTEMPTS).for_each(|_| world.fault(&of.function(), "UpdateItem", Fault::ServerError));
        let answer = wire.send(&world, of, &user.player_uuid, Some(&admin), wire.body(&user.player_uuid)).await;
        let id = answer.header("apigw-requestid").unwrap();
        let expected = error(wire, 503, 14, format!("Try again (request {id})"));
        assert_eq!(wire.read(&answer), expected, "{} {wire:?}", of.verb);
        assert_eq!(answer.header("retry-after"), (!wire.is_web()).then_some("1"));
        let line = line(&answer);
        assert_eq!((&line["status"], &line["code"]), (&503.into(), &"unavailable".into()), "{line}");
        let sent = if wire.is_web() { 200.into() } else { Value::Null };
        assert_eq!((&line["sent_status"], &line["action"]), (&sent, &of.function().into()), "{line}");
    }
}

#[tokio::test]
async fn of_two_simultaneous_changes_over_any_two_encodings_exactly_one_is_made() {
    let world = World::start().await;
    for first in WIRES {
        for second in WIRES {
            let user = world.create("Steam", &format!("{first:?} {second:?}")).await;
            let deactivate = CHANGES[0];
            let id = &user.player_uuid;
            let (one, other) = join(first.ask(&world, deactivate, id), second.ask(&world, deactivate, id)).await;
            let (won, lost, by) = if one.code == 0 { (one, other, second) } else { (other, one, first) };
            assert_eq!((won.code, lost), (0, with_id(by, 400, 9, deactivate.refused)), "{first:?} {second:?}");
            assert_eq!(get(&world, &user).await.json()["details"]["sequence"], "2");
        }
    }
}
