//! `GetUserByID` in each encoding: the fields of the answer, and the callers that may read it.

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{Answer, World};

use crate::{
    NO_ONE, change, get, post,
    proto::shown,
    wires::{Outcome, Wire, message_of},
};

const CALL: &str = "/zitadel.user.v2.UserService/GetUserByID";
const CALLS: [Wire; 3] = [Wire::ConnectJson, Wire::ConnectProto, Wire::GrpcWeb];
const NOT_FOUND: (&str, &str) = ("QUERY-Dfbg2", "User could not be found");
const NOT_PERMITTED: (&str, &str) = ("AUTH-AWfge", "No matching permissions found");

async fn send(world: &World, wire: Wire, user_id: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", wire.content_type())];
    headers.extend(authorization.as_deref().map(|authorization| ("authorization", authorization)));
    match wire {
        Wire::Rest => world.send("GET", &format!("/v2/users/{user_id}"), &headers, "").await,
        _ => world.send("POST", CALL, &headers, body).await,
    }
}

async fn ask(world: &World, wire: Wire, user_id: &str, token: &str) -> Answer {
    send(world, wire, user_id, Some(token), wire.body(user_id)).await
}

/// The user in a successful answer, in the form of REST.
fn read(wire: Wire, answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{wire:?}: {}", answer.text);
    match wire {
        Wire::ConnectProto => shown(&answer.bytes),
        Wire::GrpcWeb => shown(message_of(&answer.bytes)),
        _ => answer.json(),
    }
}

fn refused(wire: Wire, rest: u16, code: u64, (id, text): (&str, &str)) -> Outcome {
    let detail = Some((id.to_owned(), text.to_owned()));
    Outcome { status: wire.status(rest), code, message: format!("{text} ({id})"), detail, details: Value::Null }
}

#[tokio::test]
async fn a_call_shows_of_a_user_what_rest_shows() {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "Zoë" });
    let id = world.post("/users/v1/platform-user", &world.admin(), body).await.json()["player_uuid"].clone();
    let unnamed = world.create("Epic", "43").await;
    assert_eq!(change(&world, &unnamed, "lock").await.status, 200);
    for id in [id.as_str().unwrap(), &unnamed.player_uuid] {
        let rest = ask(&world, Wire::Rest, id, &world.admin()).await.json();
        assert_eq!(rest["user"]["human"]["userId"], id);
        for wire in CALLS {
            let answer = ask(&world, wire, id, &world.admin()).await;
            assert_eq!(read(wire, &answer), rest, "{wire:?}");
        }
    }
}

#[tokio::test]
async fn a_user_may_read_itself_without_a_permission_and_nobody_else() {
    let world = World::start().await;
    let (user, linked, other) =
        (world.create("Steam", "42").await, world.create("Epic", "42").await, world.create("PSN", "42").await);
    world.link(&user, &linked).await;
    let own = world.player(&user);
    for wire in [&[Wire::Rest][..], &CALLS].concat() {
        for spelling in [user.player_uuid.clone(), user.player_uuid.to_uppercase()] {
            let shown = read(wire, &ask(&world, wire, &spelling, &own).await);
            assert_eq!(shown, get(&world, &user).await.json(), "{wire:?}");
        }
        // Existing and missing users look the same, and so do other users of the caller's own
        // person.
        for stranger in [&*linked.player_uuid, &other.player_uuid, NO_ONE, "me"] {
            let answer = ask(&world, wire, stranger, &own).await;
            assert_eq!(wire.read(&answer), refused(wire, 403, 7, NOT_PERMITTED), "{wire:?} {stranger}");
        }
    }
}

#[tokio::test]
async fn reading_itself_costs_one_read_and_nothing_without_a_platform_user() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    world.operations("get-user");
    assert_eq!(ask(&world, Wire::Rest, &user.player_uuid, &world.player(&user)).await.status, 200);
    assert_eq!(world.operations("get-user"), ["GetItem"]);
    assert_eq!(ask(&world, Wire::Rest, &user.player_uuid, &world.service(&[])).await.status, 403);
    assert!(world.operations("get-user").is_empty());
}

#[tokio::test]
async fn a_user_that_is_not_active_may_not_read_itself() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let own = world.player(&user);
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        assert_eq!(change(&world, &user, off).await.status, 200);
        for wire in CALLS {
            let answer = ask(&world, wire, &user.player_uuid, &own).await;
            assert_eq!(wire.read(&answer), refused(wire, 403, 7, NOT_PERMITTED), "{off} {wire:?}");
        }
        let token = TokenRequest::new(["user.read"]).platform_user("Steam", "42");
        assert_eq!(ask(&world, Wire::Rest, &user.player_uuid, &world.token(token)).await.status, 200);
        assert_eq!(change(&world, &user, on).await.status, 200);
    }
}

#[tokio::test]
async fn the_own_player_may_read_itself_without_a_permission_and_nobody_else() {
    let world = World::start().await;
    let [user, linked, other] =
        [world.create("Steam", "42").await, world.create("Epic", "42").await, world.create("PSN", "42").await];
    world.link(&user, &linked).await;
    let own = world.own_player(&user);
    for wire in [&[Wire::Rest][..], &CALLS].concat() {
        let shown = read(wire, &ask(&world, wire, &user.player_uuid, &own).await);
        assert_eq!(shown, get(&world, &user).await.json(), "{wire:?}");
        for stranger in [&*linked.player_uuid, &other.player_uuid, NO_ONE, "me"] {
            let answer = ask(&world, wire, stranger, &own).await;
            assert_eq!(wire.read(&answer), refused(wire, 403, 7, NOT_PERMITTED), "{wire:?} {stranger}");
        }
        for change_of_state in [("deactivate", "reactivate"), ("lock", "unlock")] {
            let (off, on) = change_of_state;
            assert_eq!(change(&world, &user, off).await.status, 200);
            let answer = ask(&world, wire, &user.player_uuid, &own).await;
            assert_eq!(wire.read(&answer), refused(wire, 403, 7, NOT_PERMITTED), "{off} {wire:?}");
            assert_eq!(change(&world, &user, on).await.status, 200);
        }
    }
    world.operations("get-user");
    assert_eq!(ask(&world, Wire::Rest, &user.player_uuid, &own).await.status, 200);
    assert_eq!(world.operations("get-user"), ["GetItem"]);
    let client = world.own_token(json!({ "sub": "game" }));
    assert_eq!(ask(&world, Wire::Rest, &user.player_uuid, &client).await.status, 403);
    assert!(world.operations("get-user").is_empty());
}

#[tokio::test]
async fn a_token_whose_account_contradicts_its_player_is_no_good_for_that_player() {
    let world = World::start().await;
    let (user, other) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    let token = |account: &tests::User| {
        world.own_token(json!({
            "player_uuid": user.player_uuid, "platform": account.platform,
            "platform_user_id": account.platform_user_id,
        }))
    };
    for wire in [&[Wire::Rest][..], &CALLS].concat() {
        let answer = ask(&world, wire, &user.player_uuid, &token(&other)).await;
        let unauthenticated = refused(wire, 401, 16, ("AUTH-7fs1e", "Errors.Token.Invalid"));
        assert_eq!(wire.read(&answer), unauthenticated, "{wire:?}");
        // The account beside the player is not the own user.
        let answer = ask(&world, wire, &other.player_uuid, &token(&other)).await;
        assert_eq!(wire.read(&answer), refused(wire, 403, 7, NOT_PERMITTED), "{wire:?}");
        read(wire, &ask(&world, wire, &user.player_uuid, &token(&user)).await);
    }
}

#[tokio::test]
async fn the_same_account_on_another_platform_or_created_anew_is_not_itself() {
    let world = World::start().await;
    let (steam, epic) = (world.create("Steam", "42").await, world.create("Epic", "42").await);
    assert_eq!(ask(&world, Wire::Rest, &steam.player_uuid, &world.player(&epic)).await.status, 403);
    world.purge_now(&steam.person_id).await;
    world.purged(&steam.person_id).await;
    let anew = world.create("Steam", "42").await;
    assert_eq!(ask(&world, Wire::Rest, &steam.player_uuid, &world.player(&anew)).await.status, 403);
    assert_eq!(ask(&world, Wire::Rest, &anew.player_uuid, &world.player(&anew)).await.status, 200);
}

#[tokio::test]
async fn a_call_is_checked_in_the_order_of_the_other_calls() {
    let world = World::start().await;
    let (nobody, reader) = (world.service(&["user.write"]), world.service(&["user.read"]));
    let long = "a".repeat(201);
    for wire in CALLS {
        let malformed = wire.read(&send(&world, wire, "", None, b"\x0A\x09x".to_vec()).await);
        assert_eq!((malformed.status, malformed.code), (wire.status(400), 3), "{wire:?}");
        let unproven = wire.read(&send(&world, wire, "", None, wire.body(&long)).await);
        assert_eq!((unproven.code, &*unproven.message, unproven.detail), (16, "auth header missing", None), "{wire:?}");
        for user_id in ["", &long] {
            let length = wire.read(&ask(&world, wire, user_id, &nobody).await);
            let text = "invalid GetUserByIDRequest.UserId: value length must be between 1 and 200 runes, inclusive";
            assert_eq!((length.code, &*length.message), (3, text), "{wire:?}");
        }
        let forbidden = wire.read(&ask(&world, wire, NO_ONE, &nobody).await);
        assert_eq!(forbidden, refused(wire, 403, 7, NOT_PERMITTED), "{wire:?}");
        for user_id in [NO_ONE, "me", &"a".repeat(200)] {
            let unknown = wire.read(&ask(&world, wire, user_id, &reader).await);
            assert_eq!(unknown, refused(wire, 404, 5, NOT_FOUND), "{wire:?}");
        }
    }
}

/// The body of a GET has no meaning (RFC 9110, 9.3.1).
#[tokio::test]
async fn over_rest_no_body_is_read() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let authorization = format!("Bearer {}", world.admin());
    let headers = [("authorization", &*authorization), ("content-type", "application/json")];
    let path = format!("/v2/users/{}", user.player_uuid);
    assert_eq!(world.send("GET", &path, &headers, "{").await.status, 200);
    let refused = post(&world, &path, &world.admin(), "{}").await;
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET")));
}
