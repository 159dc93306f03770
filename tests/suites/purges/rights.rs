//! The callers that may queue, see and cancel a purge.

use std::time::Duration;

use roster_local::TokenRequest;
use serde_json::json;
use tests::{Answer, World, world::purge_path};

use crate::scene::*;

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Sends POST, GET and DELETE with one token, in this order.
async fn all_three(world: &World, person_id: &str, token: &str) -> [Answer; 3] {
    let path = purge_path(person_id);
    [world.post(&path, token, json!({})).await, world.get(&path, token).await, world.delete(&path, token).await]
}

fn statuses(answers: &[Answer; 3]) -> [u16; 3] {
    [answers[0].status, answers[1].status, answers[2].status]
}

/// Fails unless the answers refuse a caller without any of the permissions, and name all of them.
fn assert_without_permission(answers: &[Answer; 3]) {
    for answer in answers {
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"insufficient_permissions","desc":"Insufficient Permissions - Expected any of: purge:*:*, purge:person:admin, purge:person:self"}"#);
        }
        assert_eq!(answer.status, 403);
    }
}

/// Fails unless the answers refuse a caller with `purge:person:self`, and name the other
/// permissions.
fn assert_refused(answers: &[Answer; 3]) {
    for answer in answers {
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"insufficient_permissions","desc":"Insufficient Permissions - Expected any of: purge:*:*, purge:person:admin"}"#);
        }
        assert_eq!(answer.status, 403);
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    for method in ["POST", "GET", "DELETE"] {
        let answer = world.send(method, &purge_path(&user.person_id), &[], "{}").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "auth_token_format"), "{method}");
        assert_eq!(answer.json()["auth_success"], false);
    }
}

#[tokio::test]
async fn every_permission_that_covers_admin_is_enough_for_anybody() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    for permission in ["purge:*:*", "purge:person:admin", "purge:*", "purge:person:*", "*"] {
        let answers = all_three(&world, &user.person_id, &world.service(&[permission])).await;
        assert_eq!(statuses(&answers), [202, 200, 204], "{permission}");
    }
}

#[tokio::test]
async fn no_other_permission_is_enough() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let before = stored(&world, &user.person_id).await;
    for permissions in [&["user:*", "user:modify:any"][..], &["purge:person"], &["purge:other:admin"], &[]] {
        assert_without_permission(&all_three(&world, &user.person_id, &world.service(permissions)).await);
    }
    // A player without a permission may not purge its own person either.
    assert_without_permission(&all_three(&world, &user.person_id, &world.player(&user)).await);
    assert_eq!(stored(&world, &user.person_id).await, before);
}

#[tokio::test]
async fn permission_is_looked_at_before_the_request() {
    let world = without_worker().await;
    assert_without_permission(&all_three(&world, "not-a-uuid", &world.service(&["user:*"])).await);
}

#[tokio::test]
async fn self_is_enough_for_the_own_person() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let token = self_token(&world, &user);
    assert_eq!(statuses(&all_three(&world, &user.person_id, &token).await), [202, 200, 204]);
    let missing = world.get(&purge_path(&user.person_id), &token).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "purge_not_found"));
    let missing = world.delete(&purge_path(&user.person_id), &token).await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "purge_not_found"));
}

#[tokio::test]
async fn self_follows_the_same_table_as_admin() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let (path, token) = (purge_path(&user.person_id), self_token(&world, &user));
    let suggested = |time: i64| json!({ "suggested_purge_time": time });
    let first = world.post(&path, &token, suggested(world.now() + HOUR)).await.json();
    let queued = stored(&world, &user.person_id).await;
    write(&world, &user.person_id, &[("dispatches", n(3))]).await;
    let later = world.now() + 2 * HOUR;
    let second = world.post(&path, &token, suggested(later)).await.json();
    assert_eq!((unix(&second, "purge_on"), &second["created_on"]), (later, &first["created_on"]));
    let retimed = stored(&world, &user.person_id).await;
    assert_eq!(retimed["purge_id"], queued["purge_id"]);
    assert_eq!((number(&retimed, "dispatches"), number(&retimed, "due_on")), (0, later));
    let resent = world.post(&path, &token, json!({})).await;
    assert_eq!((resent.status, resent.json()), (202, second.clone()));

    begin(&world, &user.person_id).await;
    let mut begun = second;
    begun["status"] = json!("in_progress");
    let answers = all_three(&world, &user.person_id, &token).await;
    assert_eq!(statuses(&answers), [202, 200, 409]);
    assert_eq!((answers[0].json(), answers[1].json()), (begun.clone(), begun));
    assert_eq!(answers[2].code(), "purge_already_started");
}

#[tokio::test]
async fn own_purges_that_are_due_now_are_sent_at_once() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let answer = world
        .post(&purge_path(&user.person_id), &self_token(&world, &user), json!({ "suggested_purge_time": world.now() }))
        .await;
    assert_eq!(answer.status, 202);
    let message = message(&world, &user.person_id).await;
    world.advance(std::time::Duration::from_secs(1));
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
    // That person has no users any more.
    assert_refused(&all_three(&world, &user.person_id, &self_token(&world, &user)).await);
}

#[tokio::test]
async fn self_is_not_enough_for_others_and_does_not_tell_who_exists() {
    let world = without_worker().await;
    let (user, foreign) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    let token = self_token(&world, &user);
    post(&world, &foreign.person_id, json!({})).await;
    let before = stored(&world, &foreign.person_id).await;
    assert_refused(&all_three(&world, &foreign.person_id, &token).await);
    assert_refused(&all_three(&world, NOBODY, &token).await);
    assert_eq!(stored(&world, &foreign.person_id).await, before);
}

#[tokio::test]
async fn what_the_token_says_of_its_person_grants_nothing() {
    let world = without_worker().await;
    let (user, foreign) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    let claims = TokenRequest::new(["purge:person:self"]).person_id(&foreign.person_id);
    assert_refused(&all_three(&world, &foreign.person_id, &world.token(claims.clone())).await);
    let claims = claims.platform_user(&user.platform, &user.platform_user_id);
    assert_refused(&all_three(&world, &foreign.person_id, &world.token(claims.clone())).await);
    // The claim removes no right either.
    assert_eq!(statuses(&all_three(&world, &user.person_id, &world.token(claims)).await), [202, 200, 204]);
}

#[tokio::test]
async fn every_linked_user_speaks_for_the_person_until_it_is_unlinked() {
    let world = without_worker().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    world.link(&leader, &follower).await;
    let token = self_token(&world, &follower);
    assert_eq!(statuses(&all_three(&world, &leader.person_id, &token).await), [202, 200, 204]);
    assert_refused(&all_three(&world, &follower.person_id, &token).await);
    let unlink = json!({ "platform": "PSN", "platform_user_id": "2" });
    assert_eq!(world.post("/users/v1/unlink", &world.admin(), unlink).await.status, 200);
    assert_refused(&all_three(&world, &leader.person_id, &token).await);
    let own = world.find(&follower).await.unwrap();
    let own = own["person_id"].as_str().unwrap();
    assert_eq!(statuses(&all_three(&world, own, &token).await), [202, 200, 204]);
}

#[tokio::test]
async fn a_locked_user_has_no_person_of_its_own() {
    let world = without_worker().await;
    let (user, second) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    world.link(&user, &second).await;
    post(&world, &user.person_id, json!({})).await;
    let before = stored(&world, &user.person_id).await;
    let token = self_token(&world, &user);
    let change = async |verb: &str| {
        let path = format!("/v2/users/{}/{verb}", user.player_uuid);
        assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
    };
    change("lock").await;
    assert_refused(&all_three(&world, &user.person_id, &token).await);
    let retime = json!({ "suggested_purge_time": world.now() });
    assert_eq!(world.post(&purge_path(&user.person_id), &token, retime).await.status, 403);
    assert_eq!(stored(&world, &user.person_id).await, before);
    // Its permissions still count, and so does another user of the same person.
    let admin = TokenRequest::new(["purge:person:admin"]).platform_user("Steam", "1");
    assert_eq!(statuses(&all_three(&world, &user.person_id, &world.token(admin)).await), [202, 200, 204]);
    assert_eq!(statuses(&all_three(&world, &user.person_id, &self_token(&world, &second)).await), [202, 200, 204]);
    change("unlock").await;
    assert_eq!(statuses(&all_three(&world, &user.person_id, &token).await), [202, 200, 204]);
}

#[tokio::test]
async fn a_resend_for_oneself_leaves_the_dispatchers_lease_alone() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let (path, token) = (purge_path(&user.person_id), self_token(&world, &user));
    world.post(&path, &token, json!({ "suggested_purge_time": world.now() + 60 })).await;
    world.advance(Duration::from_secs(61));
    world.tick().await;
    let leased = stored(&world, &user.person_id).await;
    assert_eq!(number(&leased, "dispatches"), 1);
    assert_eq!(world.post(&path, &token, json!({})).await.status, 202);
    let after = stored(&world, &user.person_id).await;
    assert_eq!((&after["due_on"], &after["dispatches"]), (&leased["due_on"], &leased["dispatches"]));
}
