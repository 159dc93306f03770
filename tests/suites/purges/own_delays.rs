//! The shortest delay of a purge that a player queues for itself.

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{User, World, world::purge_path};

use crate::scene::*;

/// Queues a purge with this token. Returns how far ahead it is, in seconds, rounded down to a
/// minute.
async fn ahead(world: &World, user: &User, token: &str, time: Value) -> i64 {
    let answer = world.post(&purge_path(&user.person_id), token, json!({ "suggested_purge_time": time })).await;
    assert_eq!(answer.status, 202, "{time}: {}", answer.text);
    (unix(&answer.json(), "purge_on") - world.now() + 30).div_euclid(60) * 60
}

#[tokio::test]
async fn an_own_purge_is_never_before_the_least_delay() {
    let world = with_settings([("PURGE_MIN_DELAY_SELF", "2h")]).await;
    let now = world.now();
    for (index, (time, expected)) in [
        (json!(now - HOUR), 2 * HOUR),
        (json!(now), 2 * HOUR),
        (json!(now + HOUR), 2 * HOUR),
        (json!(now + 3 * HOUR), 3 * HOUR),
        (json!("9999-12-31T23:59:59Z"), 30 * DAY),
        (Value::Null, 14 * DAY),
    ]
    .into_iter()
    .enumerate()
    {
        let user = world.create("Steam", &index.to_string()).await;
        assert_eq!(ahead(&world, &user, &self_token(&world, &user), time.clone()).await, expected, "{time}");
    }
    assert_eq!(drain(&world).await, [""; 0], "none is sent at once");
}

#[tokio::test]
async fn without_a_time_the_greater_of_default_and_least_delay_applies() {
    let world = with_settings([("PURGE_DEFAULT_DELAY", "1h"), ("PURGE_MIN_DELAY_SELF", "2h")]).await;
    let user = world.create("Steam", "1").await;
    assert_eq!(ahead(&world, &user, &self_token(&world, &user), Value::Null).await, 2 * HOUR);
    let other = world.create("Steam", "2").await;
    assert_eq!(ahead(&world, &other, &world.admin(), Value::Null).await, HOUR);
}

#[tokio::test]
async fn an_own_purge_is_retimed_by_the_same_rule() {
    let world = with_settings([("PURGE_MIN_DELAY_SELF", "2h")]).await;
    let user = world.create("Steam", "1").await;
    let token = self_token(&world, &user);
    let now = world.now();
    for (time, expected) in [(now + 5 * HOUR, 5 * HOUR), (now, 2 * HOUR), (now + 3 * HOUR, 3 * HOUR)] {
        assert_eq!(ahead(&world, &user, &token, json!(time)).await, expected);
    }
    assert_eq!(ahead(&world, &user, &token, Value::Null).await, 3 * HOUR, "without a time it stays");
    // If support has queued a purge for soon, the player's own time puts it off.
    let other = world.create("Steam", "2").await;
    assert_eq!(ahead(&world, &other, &world.admin(), json!(now + HOUR)).await, HOUR);
    assert_eq!(ahead(&world, &other, &self_token(&world, &other), json!(now)).await, 2 * HOUR);
}

#[tokio::test]
async fn the_least_delay_is_for_those_who_may_only_purge_themselves() {
    let world = with_settings([("PURGE_MIN_DELAY_SELF", "2h")]).await;
    for (index, permission) in ["purge:*:*", "purge:person:admin", "purge:person:*"].into_iter().enumerate() {
        let user = world.create("Steam", &index.to_string()).await;
        let own = TokenRequest::new([permission, "purge:person:self"]).platform_user("Steam", index.to_string());
        for token in [world.service(&[permission]), world.token(own)] {
            assert_eq!(ahead(&world, &user, &token, json!(world.now())).await, 0, "{permission}");
        }
    }
}

#[tokio::test]
async fn by_default_there_is_no_least_delay() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    assert_eq!(ahead(&world, &user, &self_token(&world, &user), json!(world.now())).await, 0);
}
