//! The effects of a change of state, and of two changes at the same time.

use std::time::Duration;

use futures_util::future::join_all;
use tests::{Answer, User, World};

use crate::{change, detail, get, path, post, state};

const ALREADY: &str = "User already inactive (COMMAND-5gunjw0cd7)";
const NOT_INACTIVE: &str = "User is not inactive (COMMAND-s5qqcz97hf)";
const NOT_ACTIVE: &str = "User is not active or initial (COMMAND-lgws8wtsqf)";
const NOT_LOCKED: &str = "User is not locked (COMMAND-olb9vb0oca)";

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap_or_default().to_owned()
}

/// Sends so many changes at the same time. Fails unless one gets a 200 and all others this text.
async fn one_wins(world: &World, user: &User, name: &str, many: usize, refused: &str) {
    let answers = join_all((0..many).map(|_| change(world, user, name))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(lost.iter().all(|answer| answer.status == 400 && message(answer) == refused), "{lost:?}");
}

#[tokio::test]
async fn of_simultaneous_changes_exactly_one_is_answered_200() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for (round, many) in [2, 10, 2, 10].into_iter().enumerate() {
        one_wins(&world, &user, "deactivate", many, ALREADY).await;
        assert_eq!(state(&world, &user).await, "USER_STATE_INACTIVE");
        one_wins(&world, &user, "reactivate", many, NOT_INACTIVE).await;
        one_wins(&world, &user, "lock", many, NOT_ACTIVE).await;
        assert_eq!(state(&world, &user).await, "USER_STATE_LOCKED");
        one_wins(&world, &user, "unlock", many, NOT_LOCKED).await;
        let sequence = detail(&get(&world, &user).await, "sequence");
        assert_eq!(sequence, (5 + 4 * round).to_string(), "one change each");
    }
}

#[tokio::test]
async fn the_sequence_counts_the_changes_and_a_refused_one_counts_for_nothing() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let before = get(&world, &user).await;
    assert_eq!(detail(&before, "sequence"), "1");
    let mut changed = detail(&before, "changeDate");
    for (name, sequence) in [("deactivate", "2"), ("reactivate", "3"), ("deactivate", "4")] {
        world.advance(Duration::from_secs(2));
        let answer = change(&world, &user, name).await;
        assert_eq!(detail(&answer, "sequence"), sequence);
        assert_eq!(detail(&answer, "creationDate"), detail(&before, "creationDate"));
        assert!(detail(&answer, "changeDate") > changed);
        changed = detail(&answer, "changeDate");
        world.advance(Duration::from_secs(2));
        assert_eq!(change(&world, &user, name).await.status, 400);
        let after = get(&world, &user).await;
        assert_eq!((detail(&after, "sequence"), detail(&after, "changeDate")), (sequence.to_owned(), changed.clone()));
    }
}

#[tokio::test]
async fn a_new_user_was_created_and_changed_at_the_same_time() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let answer = get(&world, &user).await;
    assert_eq!(detail(&answer, "changeDate"), detail(&answer, "creationDate"));
}

#[tokio::test]
async fn a_locked_user_can_be_deactivated_and_comes_back_active_without_a_hidden_lock() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    assert_eq!(change(&world, &user, "lock").await.status, 200);
    assert_eq!(state(&world, &user).await, "USER_STATE_LOCKED");
    let answer = change(&world, &user, "reactivate").await;
    assert_eq!((answer.status, message(&answer)), (400, NOT_INACTIVE.to_owned()));
    assert_eq!(change(&world, &user, "deactivate").await.status, 200);
    assert_eq!(state(&world, &user).await, "USER_STATE_INACTIVE");
    assert_eq!(change(&world, &user, "reactivate").await.status, 200);
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
}

/// The table has the state before, the change, and the state after or the refusal. A platform user
/// is never initial.
#[tokio::test]
async fn each_state_takes_the_changes_of_the_table_and_no_others() {
    let world = World::start().await;
    let states = [("ACTIVE", None), ("INACTIVE", Some("deactivate")), ("LOCKED", Some("lock"))];
    let table = [
        ("deactivate", [Ok("INACTIVE"), Err(ALREADY), Ok("INACTIVE")]),
        ("reactivate", [Err(NOT_INACTIVE), Ok("ACTIVE"), Err(NOT_INACTIVE)]),
        ("lock", [Ok("LOCKED"), Err(NOT_ACTIVE), Err(NOT_ACTIVE)]),
        ("unlock", [Err(NOT_LOCKED), Err(NOT_LOCKED), Ok("ACTIVE")]),
    ];
    for (name, expected) in table {
        for ((from, leads_there), expected) in states.into_iter().zip(expected) {
            let user = world.create("Steam", &format!("{from} {name}")).await;
            if let Some(first) = leads_there {
                assert_eq!(change(&world, &user, first).await.status, 200);
            }
            let answer = change(&world, &user, name).await;
            match expected {
                Ok(_) => assert_eq!(answer.status, 200, "{from} {name}: {}", answer.text),
                Err(text) => assert_eq!((answer.status, message(&answer)), (400, text.to_owned()), "{from} {name}"),
            }
            let then = expected.unwrap_or(from);
            assert_eq!(state(&world, &user).await, format!("USER_STATE_{then}"), "{from} {name}");
        }
    }
}

#[tokio::test]
async fn the_resource_owner_follows_the_user_to_another_person() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    world.link(&leader, &follower).await;
    let answer = change(&world, &follower, "deactivate").await;
    assert_eq!(detail(&answer, "resourceOwner"), leader.person_id);
    assert_eq!(state(&world, &leader).await, "USER_STATE_ACTIVE", "one user and not its person");
}

#[tokio::test]
async fn each_request_is_one_round_trip() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for (function, name) in [
        ("deactivate-user", "deactivate"),
        ("reactivate-user", "reactivate"),
        ("lock-user", "lock"),
        ("unlock-user", "unlock"),
    ] {
        world.operations(function);
        assert_eq!(change(&world, &user, name).await.status, 200);
        assert_eq!(world.operations(function), ["UpdateItem"]);
        assert_eq!(change(&world, &user, name).await.status, 400);
        assert_eq!(world.operations(function), ["UpdateItem"], "a refusal needs no second call");
    }
    get(&world, &user).await;
    assert_eq!(world.operations("get-user"), ["GetItem"]);
    let unknown = post(&world, &path("me", "deactivate"), &world.admin(), "").await;
    assert_eq!((unknown.status, world.operations("deactivate-user").len()), (404, 0));
}

#[tokio::test]
async fn an_inactive_or_locked_user_s_token_has_no_person_of_its_own_and_keeps_its_permissions() {
    let world = World::start().await;
    let (user, friend) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    let own = world.player(&user);
    let friend = serde_json::json!({ "platform": friend.platform, "platform_user_id": friend.platform_user_id });
    let (enable, disable) = ("/users/v1/cross-progression/enable", "/users/v1/cross-progression/disable");
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        assert_eq!(change(&world, &user, off).await.status, 200);
        let answer = world.post(enable, &own, serde_json::json!({})).await;
        assert_eq!(answer.verdict(), (400, "cannot_modify_person".to_owned()), "{off}");
        let links = world.get(&format!("/users/v2/player/{}/links", user.player_uuid), &own).await;
        assert_eq!(links.status, 403, "{off}: {}", links.text);
        let token = roster_local::TokenRequest::new(["user:modify:any"]).platform_user("Steam", "42");
        let permitted = world.token(token);
        // A player with an inactive user cannot be made active.
        assert_eq!(world.post(enable, &permitted, serde_json::json!({})).await.code(), "cannot_modify_person");
        assert_eq!(world.post(enable, &permitted, friend.clone()).await.status, 200, "{off}");
        assert_eq!(world.post(disable, &permitted, friend.clone()).await.status, 200, "{off}");
        assert_eq!(change(&world, &user, on).await.status, 200);
        assert_eq!(world.post(enable, &own, serde_json::json!({})).await.status, 200, "{on}");
        assert_eq!(world.post(disable, &own, serde_json::json!({})).await.status, 200, "{on}");
    }
}

#[tokio::test]
async fn a_locked_user_s_token_neither_shows_nor_queues_its_purge_and_links_nobody() {
    let world = World::start().await;
    let (user, friend) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    let request = roster_local::TokenRequest::new(["purge:person:self"]).platform_user("Steam", "42");
    let own = world.token(request);
    let purge = tests::world::purge_path(&user.person_id);
    assert_eq!(change(&world, &user, "lock").await.status, 200);
    assert_eq!(world.post(&purge, &own, serde_json::json!({})).await.status, 403);
    assert_eq!(world.get(&purge, &own).await.status, 403);
    let credentials = serde_json::json!({ "scheme": "Bearer", "credentials": world.player(&user) });
    let linked = world.post("/users/v1/link", &world.player(&friend), credentials.clone()).await;
    assert_eq!(linked.status, 400, "{}", linked.text);
    assert_eq!(change(&world, &user, "unlock").await.status, 200);
    assert_eq!(world.post("/users/v1/link", &world.player(&friend), credentials).await.status, 200);
    assert_eq!(world.post(&purge, &own, serde_json::json!({})).await.status, 202);
}

#[tokio::test]
async fn a_locked_user_is_purged_with_its_person() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    assert_eq!(change(&world, &user, "lock").await.status, 200);
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    world.purged(&user.person_id).await;
    assert_eq!(get(&world, &user).await.status, 404);
    let answer = change(&world, &user, "unlock").await;
    assert_eq!((answer.status, message(&answer)), (404, "User could not be found (COMMAND-x377t913pw)".to_owned()));
    assert!(world.items("UsersTable").await.is_empty());
}
