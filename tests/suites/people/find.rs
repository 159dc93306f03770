//! `GET /users/v1/platform-user`

use serde_json::{Value, json};
use tests::World;

use super::support::*;

#[tokio::test]
async fn a_user_is_found_as_it_was_created() {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "Ada" });
    let created = world.post(CREATE, &world.admin(), body).await;
    let path = format!("{CREATE}?platform=Steam&platform_user_id=42");
    for permission in ["user:platform:read", "user:*", "user:platform:*"] {
        let found = world.get(&path, &world.service(&[permission])).await;
        assert_eq!((found.status, found.json()), (200, created.json()));
        assert_eq!(found.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn an_unknown_user_is_not_found() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    for path in ["platform=Epic&platform_user_id=42", "platform=Steam&platform_user_id=4"] {
        let answer = world.get(&format!("{CREATE}?{path}"), &world.admin()).await;
        assert_eq!(answer.status, 404);
        let error = json!({ "auth_success": true, "error_code": "user_not_found", "desc": "User not found" });
        assert_eq!(answer.json(), error);
    }
}

/// An account with an empty id does not exist. To create one is still a 422.
#[tokio::test]
async fn an_empty_id_finds_nobody_and_looks_for_nobody() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    let path = format!("{CREATE}?platform=Steam&platform_user_id=");
    for token in [world.admin(), world.service(&["user:platform:read"])] {
        let answer = world.get(&path, &token).await;
        assert_eq!(answer.verdict(), (404, "user_not_found".into()), "{}", answer.text);
    }
    assert!(world.operations("find-platform-user").is_empty());
    let answer = world.get(&path, &world.service(&[])).await;
    assert_eq!(answer.verdict(), (403, "insufficient_permissions".into()), "{}", answer.text);
    let body = json!({ "platform": "Steam", "platform_user_id": "" });
    assert_eq!(world.post(CREATE, &world.admin(), body).await.status, 422);
}

#[tokio::test]
async fn a_linked_user_keeps_its_own_fields_and_shows_the_persons() {
    let world = World::start().await;
    let leader = world.create("Steam", "42").await;
    let body = json!({ "platform": "Epic", "platform_user_id": "43", "display_name": "Ada" });
    let follower = world.post(CREATE, &world.admin(), body.clone()).await.json();
    let mut expected = follower.clone();
    let user = |created: &Value| tests::User {
        platform: "Epic".into(),
        platform_user_id: "43".into(),
        player_uuid: created["player_uuid"].as_str().unwrap().into(),
        player_id: created["player_id"].as_u64().unwrap(),
        person_id: created["person_id"].as_str().unwrap().into(),
    };
    let follower = user(&follower);
    world.link(&leader, &follower).await;
    expected["person_id"] = json!(leader.person_id);
    assert_eq!(world.find(&follower).await.unwrap(), expected);
    activate(&world, &leader).await;
    expected["active_player_id"] = json!(leader.player_id);
    expected["active_player_uuid"] = json!(leader.player_uuid);
    assert_eq!(world.find(&follower).await.unwrap(), expected);
    assert_eq!(world.find(&leader).await.unwrap()["active_player_id"], leader.player_id);
}

#[tokio::test]
async fn finding_needs_its_permission_even_for_oneself() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for token in [world.player(&user), world.service(&["user:platform:create", "user:modify:any"])] {
        let own = world.get(&find_path(&user), &token).await;
        let desc = "Insufficient Permissions - Expected any of: user:platform:read, user:*";
        assert_eq!(own.status, 403);
        assert_eq!(own.json(), json!({ "auth_success": true, "error_code": "insufficient_permissions", "desc": desc }));
        let missing = world.get(&find_path(&stranger("Steam")), &token).await;
        assert_eq!(bytes(&own), bytes(&missing));
    }
}

#[tokio::test]
async fn a_query_is_decoded_once() {
    let world = World::start().await;
    for id in ["a b", "a+b", "a%20b", "a&platform=Epic", "ключ", "a,b"] {
        let user = world.create("Steam", id).await;
        assert_eq!(world.find(&user).await.unwrap()["platform_user_id"], id);
    }
}
