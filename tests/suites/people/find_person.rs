//! The person that a request to disable targets: by `person_id`, else by platform and id, else by
//! the token.

use serde_json::{Value, json};
use tests::{User, World};

use super::{support::*, tables::items};

/// Creates three persons, each with an active player.
async fn three(world: &World) -> [User; 3] {
    let users = [world.create("Steam", "1").await, world.create("Epic", "2").await, world.create("PSN", "3").await];
    for user in &users {
        activate(world, user).await;
    }
    users
}

/// For each of them, whether it still has an active player.
async fn still_active(world: &World, users: &[User; 3]) -> Vec<bool> {
    let mut still = Vec::new();
    for user in users {
        still.push(active(world, user).await != Value::Null);
    }
    still
}

#[tokio::test]
async fn the_person_is_found_by_person_id_then_by_the_pair_then_by_the_token() {
    let world = World::start().await;
    let users = three(&world).await;
    let [by_id, by_pair, by_token] = &users;
    let token = player_with(&world, by_token, &["user:modify:any"]);
    let mut body = pair(by_pair);
    body["person_id"] = json!(by_id.person_id);
    assert_done(&world.post(DISABLE, &token, body).await);
    assert_eq!(still_active(&world, &users).await, [false, true, true]);
    assert_done(&world.post(DISABLE, &token, pair(by_pair)).await);
    assert_eq!(still_active(&world, &users).await, [false, false, true]);
    assert_done(&world.post(DISABLE, &token, json!({})).await);
    assert_eq!(still_active(&world, &users).await, [false, false, false]);
}

#[tokio::test]
async fn person_id_wins_over_a_pair_that_disagrees_even_when_only_one_of_them_is_there() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    activate(&world, &user).await;
    let mut missing_person = pair(&user);
    missing_person["person_id"] = json!(NOBODY);
    let answer = world.post(DISABLE, &world.admin(), missing_person).await;
    assert_eq!(answer.verdict(), refused("account_not_found"));
    let mut missing_pair = pair(&stranger("Epic"));
    missing_pair["person_id"] = json!(user.person_id);
    assert_done(&world.post(DISABLE, &world.admin(), missing_pair).await);
}

#[tokio::test]
async fn an_own_person_id_beside_a_foreign_pair_is_ones_own_person() {
    let world = World::start().await;
    let users = three(&world).await;
    let [own, foreign, _] = &users;
    let mut body = pair(foreign);
    body["person_id"] = json!(own.person_id);
    assert_done(&world.post(DISABLE, &world.player(own), body).await);
    assert_eq!(still_active(&world, &users).await, [false, true, true]);
}

/// Bodies that name nobody.
fn names_nobody() -> Vec<Value> {
    vec![
        json!({ "platform": "Steam" }),
        json!({ "platform_user_id": "1" }),
        json!({ "platform_user_id": "" }),
        json!({ "platform": "Steam", "platform_user_id": null }),
        json!({ "platform": null, "platform_user_id": "1", "person_id": null }),
        json!({ "unknown": "field" }),
    ]
}

#[tokio::test]
async fn half_a_pair_falls_through_to_the_token() {
    let world = World::start().await;
    let users = three(&world).await;
    let [named, own, _] = &users;
    assert_eq!((&*named.platform, &*named.platform_user_id), ("Steam", "1"));
    for body in names_nobody() {
        assert_done(&world.post(DISABLE, &world.player(own), body.clone()).await);
        assert_eq!(still_active(&world, &users).await, [true, false, true], "{body}");
        assert_done(&world.post(ENABLE, &world.player(own), body.clone()).await);
        assert_eq!(active(&world, own).await, own.player_uuid.as_str(), "{body}");
        assert_eq!(active(&world, named).await, named.player_uuid.as_str(), "{body}");
    }
}

#[tokio::test]
async fn who_names_nobody_and_has_no_platform_user_lacks_claims_whatever_the_permission() {
    let world = World::start().await;
    world.create("Steam", "1").await;
    for token in [world.admin(), world.service(&[])] {
        for body in names_nobody() {
            for path in [DISABLE, ENABLE, UNLINK] {
                let answer = world.post(path, &token, body.clone()).await;
                assert_eq!(answer.verdict(), refused("invalid_token_claims"), "{path} {body}");
            }
        }
    }
}

/// Otherwise a support tool whose token is also a player's would change that player.
#[tokio::test]
async fn an_empty_id_beside_a_platform_names_an_account_that_does_not_exist() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    activate(&world, &users[0]).await;
    let own = &users[1];
    let stored = async || (items(&world, "PersonsTable").await, items(&world, "UsersTable").await);
    let before = stored().await;
    let callers = [
        (world.admin(), "account_not_found"),
        (player_with(&world, own, &["user:*"]), "account_not_found"),
        (player_with(&world, own, &["user:modify:any"]), "account_not_found"),
        (world.player(own), "cannot_modify_person"),
        (world.service(&[]), "cannot_modify_person"),
    ];
    for (token, code) in callers {
        for platform in ["Epic", "Steam", "Discord"] {
            for path in [ENABLE, DISABLE, UNLINK] {
                let body = json!({ "platform": platform, "platform_user_id": "", "person_id": null });
                let answer = world.post(path, &token, body).await;
                assert_eq!(answer.verdict(), refused(code), "{path} {platform}");
            }
        }
    }
    assert_eq!(stored().await, before);
}

#[tokio::test]
async fn an_empty_id_beside_a_person_id_does_not_disturb() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    for token in [world.admin(), world.player(&user)] {
        activate(&world, &user).await;
        let body = json!({ "person_id": user.person_id, "platform": "Epic", "platform_user_id": "" });
        assert_done(&world.post(DISABLE, &token, body).await);
    }
}

#[tokio::test]
async fn no_body_an_empty_object_and_null_are_the_same() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let authorization = format!("Bearer {}", world.player(&users[1]));
    let plain = [("authorization", &*authorization)];
    let json = [("authorization", &*authorization), ("content-type", "application/json")];
    for (headers, body) in [(&plain[..], ""), (&json, ""), (&json, "{}"), (&json, "null"), (&json, " null ")] {
        assert_done(&world.send("POST", ENABLE, headers, body).await);
        assert_eq!(active(&world, &users[0]).await, users[1].player_uuid.as_str());
        assert_done(&world.send("POST", DISABLE, headers, body).await);
        assert_eq!(active(&world, &users[0]).await, Value::Null);
        assert_done(&world.send("POST", UNLINK, headers, body).await);
        assert_ne!(person_of(&world, &users[1]).await, users[0].person_id);
        world.link(&users[0], &users[1]).await;
    }
}

#[tokio::test]
async fn a_person_id_is_read_in_every_form_of_a_uuid() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    let id = &user.person_id;
    for form in [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}")] {
        activate(&world, &user).await;
        assert_done(&world.post(DISABLE, &world.admin(), json!({ "person_id": form })).await);
    }
}
