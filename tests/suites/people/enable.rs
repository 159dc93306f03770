//! Enabling and disabling: a person has one active player or none.

use serde_json::{Value, json};
use tests::World;

use super::{
    support::*,
    tables::{consistent, items},
};

#[tokio::test]
async fn enabling_makes_the_named_users_player_the_active_one_for_all_of_the_person() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    assert_done(&world.post(ENABLE, &world.admin(), pair(&users[1])).await);
    for user in &users {
        let found = world.find(user).await.unwrap();
        assert_eq!(found["active_player_uuid"], users[1].player_uuid.as_str());
        assert_eq!(found["active_player_id"], users[1].player_id);
        assert_eq!(found["player_uuid"], user.player_uuid.as_str());
    }
    consistent(&world).await;
}

#[tokio::test]
async fn enabling_another_while_one_is_active_switches() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    for user in [&users[0], &users[1], &users[0]] {
        assert_done(&world.post(ENABLE, &world.player(user), json!({})).await);
        assert_eq!(active(&world, &users[1]).await, user.player_uuid.as_str());
    }
}

#[tokio::test]
async fn enabling_the_active_one_again_is_refused() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    activate(&world, &user).await;
    for (token, body) in [(world.admin(), pair(&user)), (world.player(&user), json!({}))] {
        let answer = world.post(ENABLE, &token, body).await;
        let desc = "Player is already the cross progression player";
        assert_refusal(&answer, "already_cross_progression_player", desc);
    }
    assert_eq!(active(&world, &user).await, user.player_uuid.as_str());
}

#[tokio::test]
async fn disabling_clears_the_active_player_for_all_of_the_person() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let before = world.find(&users[1]).await.unwrap();
    activate(&world, &users[1]).await;
    assert_done(&world.post(DISABLE, &world.admin(), pair(&users[0])).await);
    assert_eq!(world.find(&users[1]).await.unwrap(), before);
    consistent(&world).await;
}

#[tokio::test]
async fn disabling_what_is_not_enabled_is_refused_the_first_time_and_the_second() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let by_id = json!({ "person_id": user.person_id });
    let ways = [(world.admin(), by_id.clone()), (world.admin(), pair(&user)), (world.player(&user), by_id)];
    for (token, body) in ways.into_iter().chain([(world.player(&user), json!({}))]) {
        let desc = "Player is not the cross progression player";
        assert_refusal(&world.post(DISABLE, &token, body.clone()).await, "not_cross_progression_player", desc);
        activate(&world, &user).await;
        assert_done(&world.post(DISABLE, &token, body.clone()).await);
        assert_refusal(&world.post(DISABLE, &token, body).await, "not_cross_progression_player", desc);
    }
}

#[tokio::test]
async fn switching_leaves_the_platform_users_themselves_alone() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let tables = async || (items(&world, "UsersTable").await, items(&world, "IdentitiesTable").await);
    let before = tables().await;
    activate(&world, &users[0]).await;
    activate(&world, &users[1]).await;
    assert_done(&world.post(DISABLE, &world.admin(), pair(&users[0])).await);
    assert_eq!(tables().await, before);
    assert_eq!((before.0.len(), before.1.len()), (2, 2));
}

#[tokio::test]
async fn a_pending_purge_does_not_stop_anybody_from_switching() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    restrict(&world, &user.person_id).await;
    assert_done(&world.post(ENABLE, &world.player(&user), json!({})).await);
    assert_done(&world.post(DISABLE, &world.player(&user), json!({})).await);
    assert_eq!(world.purge_status(&user.person_id).await, "queued");
}

#[tokio::test]
async fn enabling_knows_no_person_id() {
    let world = World::start().await;
    let (own, other) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let body = json!({ "person_id": other.person_id });
    assert_done(&world.post(ENABLE, &player_with(&world, &own, &["user:*"]), body).await);
    assert_eq!(active(&world, &own).await, own.player_uuid.as_str());
    assert_eq!(active(&world, &other).await, Value::Null);
}
