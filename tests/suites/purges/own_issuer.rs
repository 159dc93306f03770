//! Purges of the own person by tokens of the deployment's own issuer, which name the player.

use serde_json::{Value, json};
use tests::{Answer, User, World, world::purge_path};

use crate::scene::*;

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn own_token(world: &World, user: &User) -> String {
    world.own_player_with(user, &["purge:person:self"])
}

/// Sends POST, GET and DELETE with one token, in this order.
async fn all_three(world: &World, person_id: &str, token: &str) -> [Answer; 3] {
    let path = purge_path(person_id);
    [world.post(&path, token, json!({})).await, world.get(&path, token).await, world.delete(&path, token).await]
}

fn seen(answers: [Answer; 3]) -> [(u16, String); 3] {
    answers.map(|answer| (answer.status, answer.text))
}

fn assert_done(answers: &[Answer; 3]) {
    assert_eq!([answers[0].status, answers[1].status, answers[2].status], [202, 200, 204]);
}

/// Fails unless this user is refused about that person, as with a token of another issuer.
async fn assert_refused(world: &World, person_id: &str, user: &User) {
    let expected = seen(all_three(world, person_id, &self_token(world, user)).await);
    assert!(expected.iter().all(|(status, text)| *status == 403 && text.contains("insufficient_permissions")));
    assert_eq!(seen(all_three(world, person_id, &own_token(world, user)).await), expected);
}

async fn change(world: &World, user: &User, change: &str) {
    let path = format!("/v2/users/{}/{change}", user.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
}

#[tokio::test]
async fn the_own_player_queues_sees_and_cancels_the_purge_of_its_person() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let token = own_token(&world, &user);
    assert_done(&all_three(&world, &user.person_id, &token).await);
    for answer in [
        world.get(&purge_path(&user.person_id), &token).await,
        world.delete(&purge_path(&user.person_id), &token).await,
    ] {
        assert_eq!(answer.verdict(), (404, "purge_not_found".into()));
    }
    let without = all_three(&world, &user.person_id, &world.own_player(&user)).await;
    assert!(without.iter().all(|answer| answer.verdict() == (403, "insufficient_permissions".into())));
}

#[tokio::test]
async fn a_foreign_and_a_missing_person_are_refused_alike() {
    let world = without_worker().await;
    let (user, foreign) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    post(&world, &foreign.person_id, json!({})).await;
    let before = stored(&world, &foreign.person_id).await;
    assert_refused(&world, &foreign.person_id, &user).await;
    assert_refused(&world, NOBODY, &user).await;
    assert_eq!(stored(&world, &foreign.person_id).await, before);
}

#[tokio::test]
async fn the_token_speaks_for_the_person_of_now_after_a_link_and_after_an_unlink() {
    let world = without_worker().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    let token = own_token(&world, &follower);
    world.link(&leader, &follower).await;
    assert_done(&all_three(&world, &leader.person_id, &token).await);
    assert_refused(&world, &follower.person_id, &follower).await;
    assert_eq!(world.post("/users/v1/unlink", &token, json!({})).await.status, 200);
    assert_refused(&world, &leader.person_id, &follower).await;
    let found = world.find(&follower).await.unwrap();
    assert_done(&all_three(&world, found["person_id"].as_str().unwrap(), &token).await);
}

#[tokio::test]
async fn a_user_that_is_not_active_proves_nothing() {
    let world = without_worker().await;
    let (user, second) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    world.link(&user, &second).await;
    post(&world, &user.person_id, json!({})).await;
    let before = stored(&world, &user.person_id).await;
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        change(&world, &user, off).await;
        assert_refused(&world, &user.person_id, &user).await;
        change(&world, &user, on).await;
    }
    assert_eq!(stored(&world, &user.person_id).await, before);
    assert_done(&all_three(&world, &user.person_id, &own_token(&world, &user)).await);
}

#[tokio::test]
async fn a_person_with_a_deactivated_user_cannot_purge_itself() {
    let world = without_worker().await;
    let (user, banned) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    world.link(&user, &banned).await;
    change(&world, &banned, "deactivate").await;
    let path = purge_path(&user.person_id);
    let expected = world.post(&path, &self_token(&world, &user), json!({})).await;
    let answer = world.post(&path, &own_token(&world, &user), json!({})).await;
    assert_eq!((answer.status, &answer.text), (403, &expected.text));
    assert!(answer.text.contains("A user of this person is deactivated"), "{}", answer.text);
}

#[tokio::test]
async fn a_purged_players_token_proves_nothing_after_its_account_was_created_anew() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    let message = message(&world, &user.person_id).await;
    world.advance(std::time::Duration::from_secs(1));
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_refused(&world, &user.person_id, &user).await;
    let anew = world.create("Steam", "1").await;
    for answer in all_three(&world, &anew.person_id, &own_token(&world, &user)).await {
        assert_eq!(answer.verdict(), (403, "insufficient_permissions".into()));
    }
    assert_done(&all_three(&world, &anew.person_id, &own_token(&world, &anew)).await);
}

#[tokio::test]
async fn an_account_that_contradicts_the_player_is_refused() {
    let world = without_worker().await;
    let (user, other) = (world.create("Steam", "1").await, world.create("PSN", "2").await);
    let claims = |account: &User, permission: &str| -> Value {
        json!({
            "player_uuid": user.player_uuid, "platform": account.platform,
            "platform_user_id": account.platform_user_id, "permissions": [permission],
        })
    };
    let contradiction = world.own_token(claims(&other, "purge:person:self"));
    for person_id in [&user.person_id, &other.person_id, NOBODY] {
        for answer in all_three(&world, person_id, &contradiction).await {
            assert_eq!(answer.verdict(), (403, "auth_token_invalid_claim".into()), "{person_id}");
            let body = answer.json();
            assert_eq!(body["desc"], "Token contained invalid claim value: player_uuid");
            assert_eq!(body["auth_success"], false);
        }
    }
    assert_done(&all_three(&world, &user.person_id, &world.own_token(claims(&user, "purge:person:self"))).await);
    // With the permission for any person, the own user is not read.
    assert_done(&all_three(&world, &user.person_id, &world.own_token(claims(&other, "purge:person:admin"))).await);
}

#[tokio::test]
async fn own_purges_take_the_calls_of_another_issuers_token_and_reading_one_takes_one_call_less() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let functions = ["queue-person-purge", "get-person-purge", "cancel-person-purge"];
    let (path, own) = (purge_path(&user.person_id), own_token(&world, &user));
    // The first token of the own issuer makes a function read its key.
    all_three(&world, &user.person_id, &own).await;
    let written = vec!["BatchGetItem", "TransactWriteItems"];
    for (token, read) in [(self_token(&world, &user), vec!["BatchGetItem", "GetItem"]), (own, vec!["BatchGetItem"])] {
        for (function, calls) in functions.into_iter().zip([written.clone(), read, written.clone()]) {
            world.calls.forget();
            match function {
                "queue-person-purge" => world.post(&path, &token, json!({})).await,
                "get-person-purge" => world.get(&path, &token).await,
                _ => world.delete(&path, &token).await,
            };
            assert_eq!(world.operations(function), calls, "{function}");
        }
    }
}
