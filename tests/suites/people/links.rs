//! `GET /users/v2/player/{player_uuid}/links`

use serde_json::{Value, json};
use tests::World;

use super::support::*;

fn platforms(body: &Value) -> Vec<&str> {
    let portals = body["linked_portals"].as_array().unwrap();
    portals.iter().map(|portal| portal["platform"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn links_show_the_player_its_person_and_every_user_without_unset_fields() {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "Ada" });
    let leader = world.post(CREATE, &world.admin(), body).await.json();
    let follower = world.create("Epic", "43").await;
    let link = json!({
        "leader_person_id": leader["person_id"],
        "follower_platform": "Epic",
        "follower_platform_user_id": "43",
    });
    assert_done(&world.post(LINK, &world.admin(), link).await);
    let portals = json!([
        {
            "portal_id": 28,
            "platform": "Epic",
            "portal_user_id": "43",
            "player_id": follower.player_id,
            "player_uuid": follower.player_uuid,
        },
        {
            "portal_id": 5,
            "platform": "Steam",
            "portal_user_id": "42",
            "player_id": leader["player_id"],
            "player_uuid": leader["player_uuid"],
            "display_name": "Ada",
        },
    ]);
    let mut player = json!({
        "player_id": follower.player_id,
        "player_uuid": follower.player_uuid,
        "person_id": leader["person_id"],
    });
    let path = links_path(&follower.player_uuid);
    let answer = world.get(&path, &world.service(&["user:platform:read"])).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.json(), json!({ "player": player, "linked_portals": portals }));
    activate(&world, &follower).await;
    player["active_player_uuid"] = json!(follower.player_uuid);
    let answer = world.get(&path, &world.player(&follower)).await;
    assert_eq!(answer.json(), json!({ "player": player, "linked_portals": portals }));
}

/// A client that is generated from RallyHere's document fails without the field.
#[tokio::test]
async fn every_portal_has_the_number_of_its_platform_and_begins_with_it() {
    let world = World::start().await;
    let users = person(&world, "ada", &PLATFORMS).await;
    let numbers = [
        ("Anon", 2),
        ("Basic", 11),
        ("XboxLive", 10),
        ("PSN", 9),
        ("NintendoNAID", 26),
        ("NintendoSwitch", 22),
        ("NintendoPPID", 33),
        ("Google", 13),
        ("GooglePlay", 32),
        ("Apple", 24),
        ("Epic", 28),
        ("Steam", 5),
        ("Amazon", 4),
        ("Twitch", 16),
        ("RallyHere", 14),
        ("LegacyName", 27),
        ("AndroidDevice", 34),
        ("iosDevice", 35),
        ("Discord", 25),
    ];
    let answer = world.get(&links_path(&users[0].player_uuid), &world.admin()).await;
    let portals = answer.json()["linked_portals"].as_array().unwrap().clone();
    let seen: Vec<_> = portals.iter().map(|it| (it["platform"].as_str().unwrap(), it["portal_id"].as_u64())).collect();
    assert_eq!(seen, numbers.map(|(platform, number)| (platform, Some(number))));
    for (platform, number) in numbers {
        let begins = format!(r#"{{"portal_id":{number},"platform":"{platform}","portal_user_id":"#);
        assert!(answer.text.contains(&begins), "{begins}: {}", answer.text);
    }
}

#[tokio::test]
async fn links_are_sorted_by_platform_whatever_the_order_of_linking() {
    let world = World::start().await;
    let forth = person(&world, "ada", &PLATFORMS).await;
    let mut reversed = PLATFORMS;
    reversed.reverse();
    let back = person(&world, "grace", &reversed).await;
    for user in [&forth[0], &forth[18], &back[0], &back[18]] {
        let answer = world.get(&links_path(&user.player_uuid), &world.player(user)).await;
        assert_eq!(platforms(&answer.json()), PLATFORMS);
        assert_eq!(answer.json()["player"]["player_uuid"], user.player_uuid.as_str());
    }
}

#[tokio::test]
async fn a_player_sees_the_links_of_every_user_of_its_own_person() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    for (reader, read) in [(0, 0), (0, 2), (2, 1)] {
        let answer = world.get(&links_path(&users[read].player_uuid), &world.player(&users[reader])).await;
        assert_eq!(answer.status, 200);
        assert_eq!(platforms(&answer.json()), ["PSN", "Epic", "Steam"]);
    }
    assert_done(&world.post(UNLINK, &world.player(&users[2]), json!({})).await);
    let own = world.get(&links_path(&users[2].player_uuid), &world.player(&users[2])).await;
    assert_eq!(platforms(&own.json()), ["PSN"]);
    let left = world.get(&links_path(&users[0].player_uuid), &world.player(&users[0])).await;
    assert_eq!(platforms(&left.json()), ["Epic", "Steam"]);
}

#[tokio::test]
async fn with_permission_a_missing_player_is_not_found() {
    let world = World::start().await;
    for permission in ["user:platform:read", "user:*"] {
        let answer = world.get(&links_path(NOBODY), &world.service(&[permission])).await;
        assert_eq!(answer.status, 404);
        let error = json!({ "auth_success": true, "error_code": "user_not_found", "desc": "User not found" });
        assert_eq!(answer.json(), error);
    }
}

#[tokio::test]
async fn without_permission_a_foreign_and_a_missing_player_answer_the_same_bytes() {
    let world = World::start().await;
    let foreign = world.create("Steam", "foreign").await;
    let own = world.create("Epic", "own").await;
    let inactive = world.create("Twitch", "inactive").await;
    deactivate(&world, &inactive).await;
    let callers = [
        world.player(&own),
        world.player(&stranger("Anon")),
        world.player(&inactive),
        world.service(&[]),
        world.service(&["user:modify:any", "purge:*:*", "user.*"]),
    ];
    for token in callers {
        let to_foreign = world.get(&links_path(&foreign.player_uuid), &token).await;
        let to_missing = world.get(&links_path(NOBODY), &token).await;
        let desc = "Insufficient Permissions - Expected any of: user:platform:read, user:*";
        assert_eq!(to_foreign.status, 403);
        let error = json!({ "auth_success": true, "error_code": "insufficient_permissions", "desc": desc });
        assert_eq!(to_foreign.json(), error);
        assert_eq!(bytes(&to_foreign), bytes(&to_missing));
    }
}

#[tokio::test]
async fn permission_shows_links_beyond_ones_own_person() {
    let world = World::start().await;
    let (foreign, own) = (world.create("Steam", "foreign").await, world.create("Epic", "own").await);
    let token = player_with(&world, &own, &["user:platform:read"]);
    let answer = world.get(&links_path(&foreign.player_uuid), &token).await;
    assert_eq!((answer.status, platforms(&answer.json())), (200, vec!["Steam"]));
    assert_eq!(world.get(&links_path(NOBODY), &token).await.status, 404);
}

#[tokio::test]
async fn a_player_uuid_is_read_in_every_form_of_a_uuid_and_refused_otherwise() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for form in [user.player_uuid.to_uppercase(), user.player_uuid.replace('-', "")] {
        let answer = world.get(&links_path(&form), &world.admin()).await;
        assert_eq!(answer.json()["player"]["player_uuid"], user.player_uuid.as_str());
    }
    let answer = world.get(&links_path("42"), &world.admin()).await;
    let problem =
        json!({ "loc": ["path", "player_uuid"], "msg": "value is not a valid uuid", "type": "type_error.uuid" });
    assert_eq!((answer.status, answer.json()), (422, json!({ "detail": [problem] })));
}
