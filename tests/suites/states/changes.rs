//! What a change of state does, and what two of them do to each other.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use tests::{Answer, User, World};

use crate::{change, detail, get, path, post, state};

const ALREADY: &str = "User already inactive (COMMAND-5gunjw0cd7)";
const NOT_INACTIVE: &str = "User is not inactive (COMMAND-s5qqcz97hf)";

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap_or_default().to_owned()
}

async fn put_state(world: &World, user: &User, state: &str) {
    let update = world.bundle.dynamodb().update_item().table_name("UsersTable");
    let update = update.key("player_uuid", AttributeValue::S(user.player_uuid.clone()));
    let update = update.update_expression("SET #state = :state").expression_attribute_names("#state", "state");
    update.expression_attribute_values(":state", AttributeValue::S(state.into())).send().await.unwrap();
}

/// This many at the same time: one is answered 200, all others with this text.
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
        let sequence = detail(&get(&world, &user).await, "sequence");
        assert_eq!(sequence, (3 + 2 * round).to_string(), "one change each");
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
    put_state(&world, &user, "locked").await;
    assert_eq!(state(&world, &user).await, "USER_STATE_LOCKED");
    let answer = change(&world, &user, "reactivate").await;
    assert_eq!((answer.status, message(&answer)), (400, NOT_INACTIVE.to_owned()));
    assert_eq!(change(&world, &user, "deactivate").await.status, 200);
    assert_eq!(state(&world, &user).await, "USER_STATE_INACTIVE");
    assert_eq!(change(&world, &user, "reactivate").await.status, 200);
    assert_eq!(state(&world, &user).await, "USER_STATE_ACTIVE");
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
    for (function, name) in [("deactivate-user", "deactivate"), ("reactivate-user", "reactivate")] {
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
async fn an_inactive_user_s_token_has_no_person_of_its_own_and_keeps_its_permissions() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let own = world.player(&user);
    let enable = "/users/v1/cross-progression/enable";
    change(&world, &user, "deactivate").await;
    let answer = world.post(enable, &own, serde_json::json!({})).await;
    assert_eq!(answer.verdict(), (400, "cannot_modify_person".to_owned()));
    let token = roster_local::TokenRequest::new(["user:modify:any"]).platform_user("Steam", "42");
    assert_eq!(world.post(enable, &world.token(token), serde_json::json!({})).await.status, 200);
    change(&world, &user, "reactivate").await;
    let disable = "/users/v1/cross-progression/disable";
    assert_eq!(world.post(disable, &own, serde_json::json!({})).await.status, 200);
}
