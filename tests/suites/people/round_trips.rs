//! The round trips to `DynamoDB` of each endpoint without contention. One more is a failure.

use serde_json::{Value, json};
use tests::{Answer, User, World, world::link_body};

use super::support::*;

const FIND: &str = "find-platform-user";

/// Sends a POST that must succeed, and compares the calls of the path's function with these.
async fn posts(world: &World, path: &str, token: &str, body: Value, expected: &[&str]) {
    world.calls.forget();
    assert_success(&world.post(path, token, body).await);
    assert_calls(world, function(path), expected);
}

/// Does the same with a GET.
async fn gets(world: &World, function: &str, path: &str, token: &str, expected: &[&str]) {
    world.calls.forget();
    assert_success(&world.get(path, token).await);
    assert_calls(world, function, expected);
}

fn assert_success(answer: &Answer) {
    assert!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text);
}

/// Fails unless the calls since the last check are these, all of this function.
fn assert_calls(world: &World, function: &str, expected: &[&str]) {
    assert!(world.made().iter().all(|call| call.function == function));
    assert_eq!(world.operations(function), expected, "{function}");
}

fn function(path: &str) -> &'static str {
    match path {
        CREATE => "create-platform-user",
        ENABLE => "enable-cross-progression",
        DISABLE => "disable-cross-progression",
        LINK => "link-platform-user",
        UNLINK => "unlink-platform-user",
        other => panic!("no POST goes to {other}"),
    }
}

/// Creates a person with one user, and a person with a user on every platform.
async fn smallest_and_largest(world: &World) -> [Vec<User>; 2] {
    [person(world, "small", &["Steam"]).await, person(world, "large", &PLATFORMS).await]
}

#[tokio::test]
async fn creating_is_one_call_and_one_more_when_a_block_is_leased() {
    let world = World::start().await;
    let body = |number: u32| json!({ "platform": "Steam", "platform_user_id": number.to_string() });
    for number in 0..24 {
        let leases = number == 0 || number == 8;
        let expected = if leases { &["UpdateItem", "TransactWriteItems"][..] } else { &["TransactWriteItems"] };
        posts(&world, CREATE, &world.admin(), body(number), expected).await;
    }
    assert_eq!(world.post(CREATE, &world.admin(), body(0)).await.status, 409);
    assert_calls(&world, function(CREATE), &["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn finding_is_two_calls_and_one_where_nobody_is_found() {
    let world = World::start().await;
    for users in smallest_and_largest(&world).await {
        gets(&world, FIND, &find_path(&users[0]), &world.admin(), &["GetItem", "BatchGetItem"]).await;
    }
    assert_eq!(world.find(&stranger("Steam")).await, Err(404));
    assert_calls(&world, FIND, &["GetItem"]);
}

#[tokio::test]
async fn finding_is_a_third_call_only_where_the_active_player_is_another_users() {
    let world = World::start().await;
    let users = person(&world, "large", &PLATFORMS).await;
    activate(&world, &users[0]).await;
    gets(&world, FIND, &find_path(&users[0]), &world.admin(), &["GetItem", "BatchGetItem"]).await;
    gets(&world, FIND, &find_path(&users[1]), &world.admin(), &["GetItem", "BatchGetItem", "BatchGetItem"]).await;
}

#[tokio::test]
async fn disabling_by_person_id_with_permission_is_one_call() {
    let world = World::start().await;
    for users in smallest_and_largest(&world).await {
        activate(&world, &users[0]).await;
        let body = json!({ "person_id": users[0].person_id });
        posts(&world, DISABLE, &world.service(&["user:modify:any"]), body.clone(), &["UpdateItem"]).await;
        assert_eq!(world.post(DISABLE, &world.admin(), body).await.status, 400);
        assert_calls(&world, function(DISABLE), &["UpdateItem"]);
    }
}

#[tokio::test]
async fn every_other_way_of_switching_is_two_calls() {
    let world = World::start().await;
    let by_permission = ["GetItem", "UpdateItem"];
    let checked = ["GetItem", "TransactWriteItems"];
    let by_oneself = ["GetItem", "TransactWriteItems"];
    let by_sibling = ["BatchGetItem", "TransactWriteItems"];
    for users in smallest_and_largest(&world).await {
        let (user, last) = (&users[0], &users[users.len() - 1]);
        let own = world.player(last);
        let by_pair = if users.len() == 1 { &by_oneself } else { &by_sibling };
        let ways: [(&str, Value, &[&str]); 4] = [
            (&world.admin(), pair(user), &by_permission),
            (&player_with(&world, user, &["user:*"]), json!({}), &by_permission),
            (&own, json!({}), &by_oneself),
            (&own, pair(user), by_pair),
        ];
        for (token, body, expected) in ways {
            // Enabling checks the player's user.
            let enabling = if expected == by_permission { &checked } else { expected };
            posts(&world, ENABLE, token, body.clone(), enabling).await;
            posts(&world, DISABLE, token, body, expected).await;
        }
        activate(&world, user).await;
        posts(&world, DISABLE, &own, json!({ "person_id": user.person_id }), &by_oneself).await;
    }
}

/// Creates two persons. The leader has a free place on only one platform.
async fn leaders(world: &World) -> [Vec<User>; 2] {
    let free = PLATFORMS.into_iter().filter(|platform| *platform != "Epic").collect::<Vec<_>>();
    [person(world, "small", &["Steam"]).await, person(world, "large", &free).await]
}

#[tokio::test]
async fn linking_and_unlinking_are_two_calls() {
    let world = World::start().await;
    let follower = world.create("Epic", "follower").await;
    let admin = world.admin();
    let (own, own_with_permission) = (world.player(&follower), player_with(&world, &follower, &["user:*"]));
    let batch = ["BatchGetItem", "TransactWriteItems"];
    let single = ["GetItem", "TransactWriteItems"];
    for users in leaders(&world).await {
        let leader = &users[users.len() - 1];
        posts(&world, LINK, &admin, link_body(leader, &follower), &batch).await;
        posts(&world, UNLINK, &admin, pair(&follower), &single).await;
        let by_id = json!({ "leader_person_id": leader.person_id });
        posts(&world, LINK, &own_with_permission, by_id, &batch).await;
        posts(&world, UNLINK, &own, json!({}), &single).await;
        let by_tokens = json!({ "scheme": "Bearer", "credentials": world.player(leader) });
        posts(&world, LINK, &own, by_tokens, &batch).await;
        posts(&world, UNLINK, &world.player(leader), pair(&follower), &batch).await;
    }
}

#[tokio::test]
async fn a_refused_link_takes_a_third_call_only_where_the_write_does_not_tell_the_order() {
    let world = World::start().await;
    let leader = world.create("Steam", "1").await;
    let same_platform = world.create("Steam", "2").await;
    let free = world.create("Epic", "3").await;
    let send = |leader: &User, follower: &User| {
        let (world, body) = (&world, link_body(leader, follower));
        async move {
            world.calls.forget();
            let answer = world.post(LINK, &world.admin(), body).await;
            (answer.code(), world.operations("link-platform-user"))
        }
    };
    let three = ["BatchGetItem", "TransactWriteItems", "BatchGetItem"];
    for (leader, follower, code, most) in [
        (&stranger("PSN"), &free, "leader_not_found", 1),
        (&leader, &stranger("PSN"), "account_not_found", 1),
        (&leader, &leader, "cannot_link_same_player", 1),
        (&leader, &same_platform, "platform_already_linked", 3),
    ] {
        let (told, made) = send(leader, follower).await;
        assert_eq!(told, code);
        assert!(
            made.len() <= most && three.starts_with(&made.iter().map(String::as_str).collect::<Vec<_>>()),
            "{made:?}"
        );
    }
    // Both persons prevent the link, and the failed write returns both.
    restrict(&world, &same_platform.person_id).await;
    let (told, made) = send(&leader, &same_platform).await;
    assert_eq!((&*told, made.len()), ("follower_has_restrictions", 2));
}

#[tokio::test]
async fn a_refused_unlink_takes_no_more_calls_than_one_that_is_done() {
    let world = World::start().await;
    for users in smallest_and_largest(&world).await {
        activate(&world, &users[0]).await;
        world.calls.forget();
        assert_eq!(world.post(UNLINK, &world.admin(), pair(&users[0])).await.status, 400);
        assert_calls(&world, function(UNLINK), &["GetItem", "TransactWriteItems"]);
    }
}

#[tokio::test]
async fn links_are_three_reads_whatever_the_size_of_the_person() {
    let world = World::start().await;
    for users in smallest_and_largest(&world).await {
        for token in [world.admin(), world.player(&users[0])] {
            let path = links_path(&users[0].player_uuid);
            gets(&world, "get-player-links", &path, &token, &["BatchGetItem"; 3]).await;
        }
    }
}

/// Makes every function read the keys of the own issuer, which it does with the first token of that
/// issuer.
async fn with_keys(world: &World, user: &User) {
    let token = world.own_player_with(user, &["user:*"]);
    for path in [CREATE, ENABLE, DISABLE, LINK, UNLINK] {
        world.post(path, &token, json!([1])).await;
    }
    world.get(&links_path(&user.player_uuid), &token).await;
}

#[tokio::test]
async fn a_token_of_the_own_issuer_takes_the_calls_of_another_issuers() {
    let world = World::start().await;
    let follower = world.create("Epic", "follower").await;
    with_keys(&world, &follower).await;
    let single = ["GetItem", "TransactWriteItems"];
    let batch = ["BatchGetItem", "TransactWriteItems"];
    for users in leaders(&world).await {
        let (user, leader) = (&users[0], &users[users.len() - 1]);
        let token = world.own_player(leader);
        for (body, calls) in [(json!({}), &single), (pair(user), &batch), (pair(leader), &batch)] {
            posts(&world, ENABLE, &token, body.clone(), calls).await;
            posts(&world, DISABLE, &token, body, calls).await;
        }
        activate(&world, user).await;
        posts(&world, DISABLE, &token, json!({ "person_id": user.person_id }), &single).await;
        gets(&world, "get-player-links", &links_path(&user.player_uuid), &token, &["BatchGetItem"; 3]).await;
        let own = world.own_player(&follower);
        let by_tokens = json!({ "scheme": "Bearer", "credentials": token });
        posts(&world, LINK, &own, by_tokens.clone(), &batch).await;
        posts(&world, UNLINK, &own, json!({}), &single).await;
        let mut named = by_tokens;
        named["follower_platform"] = json!(follower.platform);
        named["follower_platform_user_id"] = json!(follower.platform_user_id);
        posts(&world, LINK, &own, named, &batch).await;
        posts(&world, UNLINK, &token, pair(&follower), &batch).await;
    }
}

/// Only the record of the own user tells whether the account is its own.
#[tokio::test]
async fn a_link_that_is_refused_for_a_foreign_account_or_for_its_leader_reads_the_own_player_once() {
    let world = World::start().await;
    let (own, foreign) = (world.create("Epic", "1").await, world.create("Steam", "2").await);
    with_keys(&world, &own).await;
    let follower =
        |user: &User| json!({ "follower_platform": user.platform, "follower_platform_user_id": user.platform_user_id });
    for (user, code) in [(&own, "leader_not_found"), (&foreign, "insufficient_permissions")] {
        world.calls.forget();
        let answer = world.post(LINK, &world.own_player(&own), follower(user)).await;
        assert_eq!(answer.code(), code);
        assert_calls(&world, function(LINK), &["BatchGetItem"]);
        assert_eq!(world.post(LINK, &world.player(&own), follower(user)).await.code(), code);
        assert_calls(&world, function(LINK), &[]);
    }
}

#[tokio::test]
async fn the_first_token_of_the_own_issuer_reads_its_key_and_no_other_does() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    let token = world.own_player(&user);
    let first = ["GetPublicKey", "GetItem", "TransactWriteItems"];
    posts(&world, ENABLE, &token, json!({}), &first).await;
    posts(&world, DISABLE, &token, json!({}), &first).await;
    posts(&world, ENABLE, &token, json!({}), &first[1..]).await;
    posts(&world, DISABLE, &world.player(&user), json!({}), &first[1..]).await;
}

#[tokio::test]
async fn who_has_no_right_whatsoever_costs_no_call() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let nobody = world.service(&[]);
    world.calls.forget();
    let by_id = json!({ "person_id": user.person_id });
    for (path, body) in [(CREATE, pair(&user)), (ENABLE, pair(&user)), (DISABLE, by_id), (UNLINK, pair(&user))] {
        assert!(matches!(world.post(path, &nobody, body).await.status, 400 | 403));
    }
    assert_eq!(world.get(&find_path(&user), &nobody).await.status, 403);
    assert_eq!(world.get(&links_path(&user.player_uuid), &nobody).await.status, 403);
    assert!(world.made().is_empty());
}
