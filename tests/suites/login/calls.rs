//! The calls to AWS that each outcome makes.

use serde_json::{Value, json};
use tests::{Fault, User, World};

use crate::scene::{INTROSPECT, LOGIN, LOGOUT, REVOKE, TOKEN, ask, enter, refresh, refreshed, send_form, world_of};

const FAILED_ATTEMPTS: usize = 6;

/// The calls of a function since the last time, sorted: those of one round trip have no order.
fn calls(world: &World, function: &str) -> Vec<String> {
    let mut operations = world.operations(function);
    operations.sort();
    operations
}

/// A world whose function has signed a token before, and so has read the public key.
async fn warm(members: Value) -> World {
    let world = world_of(members).await;
    for path in [LOGIN, TOKEN] {
        ask(&world, path, "local", json!({ "grant_type": "client_credentials" })).await;
    }
    // The first block of ids.
    world.create("PSN", "first").await;
    enter(&world, "first").await;
    world.calls.forget();
    world
}

/// An anonymous login without a session.
async fn pass(world: &World, id: &str) {
    let answer = ask(world, LOGIN, "game", json!({ "grant_type": "anon", "portal_access_token": id })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Two users of one person, where the player of the other one is played.
async fn played_by_another(world: &World) {
    let other = world.create("Steam", "42").await;
    let login = enter(world, "ada").await;
    let user = User {
        platform: "Anon".to_owned(),
        platform_user_id: "ada".to_owned(),
        player_uuid: login.player().to_owned(),
        player_id: 0,
        person_id: login.text("person_id").to_owned(),
    };
    world.link(&other, &user).await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let enabled = world.post("/users/v1/cross-progression/enable", &world.admin(), body).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
}

#[tokio::test]
async fn each_token_is_one_signature_even_the_first_after_a_start() {
    let world = world_of(json!({})).await;
    world.calls.forget();
    for (path, function) in [(LOGIN, "log-in"), (TOKEN, "issue-client-token")] {
        for _ in 0..2 {
            let answer = ask(&world, path, "local", json!({ "grant_type": "client_credentials" })).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(calls(&world, function), ["Sign"], "{path}");
        }
    }
}

#[tokio::test]
async fn a_first_login_is_a_read_and_a_transaction_and_at_times_a_lease_of_ids() {
    let world = world_of(json!({})).await;
    world.calls.forget();
    enter(&world, "first").await;
    assert_eq!(calls(&world, "log-in"), ["GetItem", "Sign", "TransactWriteItems", "UpdateItem"]);
    for id in ["a", "b"] {
        enter(&world, id).await;
        assert_eq!(calls(&world, "log-in"), ["GetItem", "Sign", "TransactWriteItems"]);
        pass(&world, &format!("{id} without a session")).await;
        assert_eq!(calls(&world, "log-in"), ["GetItem", "Sign", "TransactWriteItems"]);
    }
}

/// Two round trips: the identity, then the write beside the read of the person.
#[tokio::test]
async fn a_login_of_a_known_user_is_two_round_trips_with_one_write() {
    let world = warm(json!({})).await;
    enter(&world, "ada").await;
    world.calls.forget();
    for session in [true, false] {
        if session {
            enter(&world, "ada").await;
        } else {
            pass(&world, "ada").await;
        }
        let operations = world.operations("log-in");
        assert_eq!(operations[0], "GetItem");
        let mut beside = operations[1..3].to_vec();
        beside.sort();
        assert_eq!(
            (beside, &operations[3..]),
            (vec!["GetItem".to_owned(), "UpdateItem".to_owned()], &["Sign".to_owned()][..])
        );
    }
}

#[tokio::test]
async fn another_users_player_costs_a_third_round_trip() {
    let world = warm(json!({})).await;
    played_by_another(&world).await;
    world.calls.forget();
    let login = enter(&world, "ada").await;
    assert_eq!(calls(&world, "log-in"), ["GetItem", "GetItem", "GetItem", "Sign", "UpdateItem"]);
    refreshed(&world, login.refresh()).await;
    assert_eq!(calls(&world, "log-in"), ["GetItem", "GetItem", "GetItem", "Sign", "UpdateItem"]);
}

#[tokio::test]
async fn a_refresh_is_two_round_trips_with_one_write() {
    for mode in ["rotate", "stable"] {
        let world = warm(json!({ "refresh": { "mode": mode } })).await;
        let login = enter(&world, "ada").await;
        world.calls.forget();
        // The second time as if the answer had been lost.
        for _ in 0..2 {
            refreshed(&world, login.refresh()).await;
            assert_eq!(calls(&world, "log-in"), ["GetItem", "GetItem", "Sign", "UpdateItem"], "{mode}");
        }
    }
}

#[tokio::test]
async fn the_ninth_session_costs_a_refused_write_more() {
    let world = warm(json!({})).await;
    for _ in 0..8 {
        enter(&world, "ada").await;
    }
    world.calls.forget();
    for _ in 0..2 {
        enter(&world, "ada").await;
        assert_eq!(calls(&world, "log-in"), ["GetItem", "GetItem", "Sign", "UpdateItem", "UpdateItem"]);
    }
}

#[tokio::test]
async fn a_refused_login_signs_nothing() {
    let world = warm(json!({})).await;
    let login = enter(&world, "ada").await;
    crate::scene::change(&world, login.player(), "deactivate").await;
    world.calls.forget();
    ask(&world, LOGIN, "game", json!({ "grant_type": "anon", "portal_access_token": "ada" })).await;
    assert_eq!(calls(&world, "log-in"), ["GetItem", "GetItem", "UpdateItem"]);
    refresh(&world, "game", login.refresh()).await;
    assert_eq!(calls(&world, "log-in"), ["GetItem"]);
}

#[tokio::test]
async fn a_logout_is_one_write_and_an_introspection_one_read() {
    let world = warm(json!({})).await;
    let [login, other] = [enter(&world, "ada").await, enter(&world, "ada").await];
    world.calls.forget();
    let body = json!({ "refresh_token": login.refresh() }).to_string();
    world.send("POST", LOGOUT, &[("content-type", "application/json")], body).await;
    assert_eq!(calls(&world, "log-out"), ["UpdateItem"]);
    send_form(&world, REVOKE, "local", &format!("token={}", other.refresh())).await;
    assert_eq!(calls(&world, "log-out"), ["UpdateItem"]);
    for expected in [&["GetPublicKey", "UpdateItem"][..], &["UpdateItem"]] {
        send_form(&world, REVOKE, "local", &format!("token={}", other.access())).await;
        assert_eq!(calls(&world, "log-out"), expected);
    }
    for expected in [&["GetItem", "GetPublicKey"][..], &["GetItem"]] {
        send_form(&world, INTROSPECT, "local", &format!("token={}", other.access())).await;
        assert_eq!(calls(&world, "introspect-token"), expected);
    }
    for token in ["x", &world.admin()] {
        send_form(&world, INTROSPECT, "local", &format!("token={token}")).await;
        assert_eq!(calls(&world, "introspect-token"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn while_kms_is_away_no_token_is_issued_and_a_failed_attempt_is_repeated() {
    let world = warm(json!({})).await;
    let login = enter(&world, "ada").await;
    (0..FAILED_ATTEMPTS).for_each(|_| world.fault("log-in", "Sign", Fault::Throttled));
    let answer = refresh(&world, "game", login.refresh()).await;
    assert_eq!((answer.verdict(), answer.header("retry-after")), ((503, "unavailable".to_owned()), Some("1")));
    // The answer was lost, so the same token is good for five minutes.
    world.fault("log-in", "Sign", Fault::Throttled);
    refreshed(&world, login.refresh()).await;
}
