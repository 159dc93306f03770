//! A player cannot purge itself while a user of its person is deactivated. Otherwise it could
//! return without the ban.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Fault, User, World, world::purge_path};

use crate::scene::*;

async fn change(world: &World, user: &User, verb: &str) {
    let path = format!("/v2/users/{}/{verb}", user.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200, "{verb}");
}

/// Creates a person with two users, and deactivates the second.
async fn with_a_ban(world: &World) -> (User, User) {
    let (user, banned) = (world.create("Google", "v").await, world.create("PSN", "u").await);
    world.link(&user, &banned).await;
    change(world, &banned, "deactivate").await;
    (user, banned)
}

async fn queue(world: &World, person_id: &str, token: &str, time: Option<i64>) -> Answer {
    let body = time.map_or_else(|| json!({}), |time| json!({ "suggested_purge_time": time }));
    world.post(&purge_path(person_id), token, body).await
}

fn assert_banned(answer: &Answer) {
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"insufficient_permissions","desc":"Insufficient Permissions - Expected any of: purge:*:*, purge:person:admin. A user of this person is deactivated; ask support."}"#);
    }
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn while_a_user_is_deactivated_no_user_of_the_person_may_purge_it() {
    let world = without_worker().await;
    let (user, banned) = with_a_ban(&world).await;
    let before = stored(&world, &user.person_id).await;
    for token in [self_token(&world, &user), self_token(&world, &banned)] {
        for time in [None, Some(world.now()), Some(world.now() + DAY)] {
            assert_banned(&queue(&world, &user.person_id, &token, time).await);
        }
    }
    assert_eq!(stored(&world, &user.person_id).await, before);
    let state = world.get(&format!("/v2/users/{}", banned.player_uuid), &world.admin()).await.json();
    assert_eq!(state["user"]["state"], "USER_STATE_INACTIVE");
    // After the reactivation it may.
    change(&world, &banned, "reactivate").await;
    for account in [&user, &banned] {
        assert_eq!(queue(&world, &user.person_id, &self_token(&world, account), None).await.status, 202);
    }
}

#[tokio::test]
async fn support_purges_a_person_with_a_deactivated_user() {
    let world = without_worker().await;
    for permission in ["purge:*:*", "purge:person:admin"] {
        let (user, _) = with_a_ban(&world).await;
        let answer = queue(&world, &user.person_id, &world.service(&[permission]), Some(world.now())).await;
        assert_eq!(answer.status, 202, "{permission}: {}", answer.text);
        let message = message(&world, &user.person_id).await;
        world.advance(Duration::from_secs(1));
        assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
        assert_eq!(world.purge_status(&user.person_id).await, "complete");
    }
}

#[tokio::test]
async fn a_lock_of_another_user_is_no_ban() {
    let world = without_worker().await;
    let (user, locked) = (world.create("Google", "v").await, world.create("PSN", "u").await);
    world.link(&user, &locked).await;
    change(&world, &locked, "lock").await;
    assert_eq!(queue(&world, &user.person_id, &self_token(&world, &user), None).await.status, 202);
    change(&world, &locked, "deactivate").await;
    assert_banned(&queue(&world, &user.person_id, &self_token(&world, &user), None).await);
}

#[tokio::test]
async fn of_the_most_users_each_one_counts() {
    let world = without_worker().await;
    let leader = world.create(PLATFORMS[0], "leader").await;
    let token = self_token(&world, &leader);
    let mut users = vec![leader.clone()];
    for platform in &PLATFORMS[1..] {
        let follower = world.create(platform, "follower").await;
        world.link(&leader, &follower).await;
        users.push(follower);
    }
    for banned in &users[1..] {
        change(&world, banned, "deactivate").await;
        assert_banned(&queue(&world, &leader.person_id, &token, None).await);
        change(&world, banned, "reactivate").await;
    }
    assert_eq!(queue(&world, &leader.person_id, &token, None).await.status, 202);
}

#[tokio::test]
async fn a_purge_queued_before_the_ban_keeps_its_time_and_may_be_shown_and_cancelled() {
    let world = without_worker().await;
    let (user, banned) = (world.create("Google", "v").await, world.create("PSN", "u").await);
    world.link(&user, &banned).await;
    let (path, token) = (purge_path(&user.person_id), self_token(&world, &user));
    let queued = queue(&world, &user.person_id, &token, Some(world.now() + DAY)).await.json();
    change(&world, &banned, "deactivate").await;
    let before = stored(&world, &user.person_id).await;
    for time in [None, Some(world.now()), Some(world.now() + 2 * DAY)] {
        assert_banned(&queue(&world, &user.person_id, &token, time).await);
    }
    assert_eq!(stored(&world, &user.person_id).await, before, "it is not re-timed");
    let shown = world.get(&path, &token).await;
    assert_eq!((shown.status, shown.json()), (200, queued.clone()));
    assert_eq!(world.get(&path, &world.admin()).await.json(), queued);
    assert_eq!(world.delete(&path, &token).await.status, 204);
    // It cannot be queued again.
    assert_banned(&queue(&world, &user.person_id, &token, None).await);
    for (method, token) in [("GET", &token), ("DELETE", &token)] {
        let answer = world.send(method, &path, &[("authorization", &format!("Bearer {token}"))], "").await;
        assert_eq!(answer.verdict(), (404, "purge_not_found".to_owned()), "{method}");
    }
}

#[tokio::test]
async fn a_purge_queued_before_the_ban_is_carried_out_unless_support_cancels_it() {
    let world = without_worker().await;
    for cancelled in [false, true] {
        let (user, banned) = (world.create("Google", "v").await, world.create("PSN", "u").await);
        world.link(&user, &banned).await;
        assert_eq!(
            queue(&world, &user.person_id, &self_token(&world, &user), Some(world.now() + 60)).await.status,
            202
        );
        change(&world, &banned, "deactivate").await;
        let message = message(&world, &user.person_id).await;
        if cancelled {
            assert_eq!(world.delete(&purge_path(&user.person_id), &world.service(&["purge:*:*"])).await.status, 204);
        }
        world.advance(Duration::from_mins(2));
        assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
        let expected = if cancelled { "purge_not_found" } else { "complete" };
        assert_eq!(world.purge_status(&user.person_id).await, expected);
    }
}

#[tokio::test]
async fn a_banned_user_of_another_person_is_no_reason() {
    let world = without_worker().await;
    let (user, banned) = with_a_ban(&world).await;
    let unlink = json!({ "platform": "PSN", "platform_user_id": "u" });
    assert_eq!(world.post("/users/v1/unlink", &world.player(&user), unlink).await.status, 200);
    assert_eq!(queue(&world, &user.person_id, &self_token(&world, &user), None).await.status, 202);
    // The ban has moved with its user.
    let found = world.find(&banned).await.unwrap();
    let own = found["person_id"].as_str().unwrap();
    assert_ne!(own, user.person_id);
    assert_banned(&queue(&world, own, &self_token(&world, &banned), None).await);
}

/// The answer to a player's request that reads before `meanwhile` and writes after it.
async fn told_after<F: Future<Output = ()>>(world: &World, user: &User, meanwhile: F) -> Answer {
    // The first attempt of the write gets no answer and changes nothing. The retry comes a second
    // later.
    world.fault("queue-person-purge", "TransactWriteItems", Fault::Silent);
    world.calls.forget();
    let token = self_token(world, user);
    let change = async {
        while !world.made().iter().any(|call| call.operation == "TransactWriteItems") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        meanwhile.await;
    };
    let (answer, ()) = tokio::join!(queue(world, &user.person_id, &token, Some(world.now())), change);
    assert_eq!(world.calls.faults_left(), 0);
    answer
}

#[tokio::test]
async fn a_ban_between_the_read_and_the_write_is_seen() {
    let world = without_worker().await;
    let (user, banned) = (world.create("Google", "v").await, world.create("PSN", "u").await);
    world.link(&user, &banned).await;
    let answer = told_after(&world, &user, change(&world, &banned, "deactivate")).await;
    assert_banned(&answer);
    assert!(!stored(&world, &user.person_id).await.contains_key("purge_id"));
}

#[tokio::test]
async fn a_banned_user_that_is_linked_between_the_read_and_the_write_is_seen() {
    let world = without_worker().await;
    let (user, banned) = (world.create("Google", "v").await, world.create("PSN", "u").await);
    change(&world, &banned, "deactivate").await;
    let answer = told_after(&world, &user, world.link(&user, &banned)).await;
    assert_banned(&answer);
    assert!(!stored(&world, &user.person_id).await.contains_key("purge_id"));
}

#[tokio::test]
async fn who_may_not_purge_a_person_is_not_told_of_its_bans() {
    let world = without_worker().await;
    let (user, _) = with_a_ban(&world).await;
    let stranger = world.create("Steam", "s").await;
    for token in [self_token(&world, &stranger), world.service(&["purge:person:self"]), world.player(&stranger)] {
        let answer = queue(&world, &user.person_id, &token, None).await;
        let desc = answer.json()["desc"].clone();
        assert!(answer.status == 403 && !desc.as_str().unwrap().contains("deactivated"), "{desc}");
        assert_eq!(answer.json()["error_code"], Value::from("insufficient_permissions"));
    }
}
