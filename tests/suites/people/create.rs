//! `POST /users/v1/platform-user`

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::identity::Platform;
use tests::{Answer, User, World, world::TABLES};
use uuid::Uuid;

use super::{
    support::*,
    tables::{consistent, items},
};

async fn create(world: &World, body: Value) -> Answer {
    world.post(CREATE, &world.service(&["user:platform:create"]), body).await
}

/// Checks the random values in the body of a creation, and removes them.
fn fixed_part(answer: &Answer) -> Value {
    let mut body = answer.json();
    let fields = body.as_object_mut().unwrap();
    for name in ["player_uuid", "person_id"] {
        let uuid = Uuid::parse_str(fields.remove(name).unwrap().as_str().unwrap()).unwrap();
        assert_eq!(uuid.get_version_num(), 4, "{name}");
    }
    assert!((1..=i64::from(i32::MAX)).contains(&fields.remove("player_id").unwrap().as_i64().unwrap()));
    body
}

#[tokio::test]
async fn creation_answers_the_whole_user_and_leaves_unset_fields_out() {
    let world = World::start().await;
    let answer = create(&world, json!({ "platform": "Steam", "platform_user_id": "42" })).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(fixed_part(&answer), json!({ "platform": "Steam", "platform_user_id": "42" }));
    consistent(&world).await;
}

#[tokio::test]
async fn creation_keeps_the_display_name_as_it_was_given() {
    let world = World::start().await;
    let names = ["Ada 🎮 \"quoted\" \\ \n", "", &"🎮".repeat(256)];
    for (number, name) in names.into_iter().enumerate() {
        let id = number.to_string();
        let body = json!({ "platform": "Epic", "platform_user_id": id, "display_name": name });
        let answer = create(&world, body.clone()).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(fixed_part(&answer), body);
        let user = User { platform_user_id: id, ..stranger("Epic") };
        assert_eq!(world.find(&user).await.unwrap(), answer.json());
    }
}

#[tokio::test]
async fn a_null_display_name_is_an_absent_one() {
    let world = World::start().await;
    let body = json!({ "platform": "Epic", "platform_user_id": "42", "display_name": null });
    let answer = create(&world, body).await;
    assert_eq!(fixed_part(&answer), json!({ "platform": "Epic", "platform_user_id": "42" }));
}

#[tokio::test]
async fn every_platform_has_users() {
    let world = World::start().await;
    assert_eq!(PLATFORMS, Platform::NAMES);
    for platform in PLATFORMS {
        assert_eq!(create(&world, json!({ "platform": platform, "platform_user_id": "42" })).await.status, 201);
    }
    assert_eq!(consistent(&world).await.len(), PLATFORMS.len());
}

#[tokio::test]
async fn the_same_id_on_another_platform_is_another_person() {
    let world = World::start().await;
    let (one, other) = (world.create("Steam", "42").await, world.create("Epic", "42").await);
    assert_ne!(one.person_id, other.person_id);
    assert_ne!(one.player_uuid, other.player_uuid);
}

#[tokio::test]
async fn ids_that_differ_in_case_spaces_or_normal_form_are_different_accounts() {
    let world = World::start().await;
    let ids = ["ada", "Ada", " ada", "ada ", "\u{e9}", "e\u{301}", "\u{0}", "/", "%2F", "#"];
    for id in ids {
        let user = world.create("Steam", id).await;
        assert_eq!(world.find(&user).await.unwrap()["platform_user_id"], id);
    }
    assert_eq!(consistent(&world).await.len(), ids.len());
}

#[tokio::test]
async fn an_identity_that_exists_is_a_conflict_whatever_the_display_name() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let everything = async || join_all(TABLES.map(|table| items(&world, table))).await;
    let before = everything().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "another" });
    let answer = create(&world, body).await;
    assert_eq!(answer.status, 409);
    let desc = "User already exists";
    assert_eq!(answer.json(), json!({ "auth_success": true, "error_code": "user_already_exists", "desc": desc }));
    assert_eq!(everything().await, before);
    assert_eq!(world.find(&user).await.unwrap()["player_uuid"], user.player_uuid.as_str());
}

#[tokio::test]
async fn an_identity_that_was_linked_elsewhere_is_still_taken() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    assert_eq!(create(&world, pair(&users[1])).await.verdict(), (409, "user_already_exists".into()));
}

#[tokio::test]
async fn creation_needs_its_permission_and_a_platform_user_is_none() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let body = json!({ "platform": "Epic", "platform_user_id": "42" });
    let without = [
        world.player(&user),
        world.service(&[]),
        world.service(&["user:platform:read", "user:modify:any", "purge:*:*"]),
    ];
    for token in without {
        let answer = world.post(CREATE, &token, body.clone()).await;
        let desc = "Insufficient Permissions - Expected any of: user:platform:create, user:*";
        assert_eq!(answer.status, 403);
        let error = json!({ "auth_success": true, "error_code": "insufficient_permissions", "desc": desc });
        assert_eq!(answer.json(), error);
    }
    assert_eq!(world.post(CREATE, &world.service(&["user:*"]), body).await.status, 201);
}

/// The longest id: 2048 characters, 8192 bytes, 24 KiB when its JSON is escaped to ASCII.
#[tokio::test]
async fn an_id_of_2048_four_byte_characters_works_in_every_body() {
    let world = World::start().await;
    let id = "🎮".repeat(2048);
    let user = world.create("Steam", &id).await;
    assert_eq!(create(&world, pair(&user)).await.verdict(), (409, "user_already_exists".into()));
    let links = world.get(&links_path(&user.player_uuid), &world.admin()).await;
    assert_eq!((links.status, &links.json()["linked_portals"][0]["portal_user_id"]), (200, &json!(id)));
    let follower = world.create("Epic", &"🂡".repeat(2048)).await;
    world.link(&user, &follower).await;
    for path in [ENABLE, DISABLE, UNLINK] {
        assert_done(&world.post(path, &world.admin(), pair(&follower)).await);
    }
    consistent(&world).await;
}

#[tokio::test]
async fn an_id_of_2048_characters_is_found_as_long_as_the_gateway_takes_the_request_line() {
    let world = World::start().await;
    let user = world.create("Steam", &"7".repeat(2048)).await;
    assert_eq!(world.find(&user).await.unwrap()["platform_user_id"], user.platform_user_id.as_str());
    let user = world.create("Steam", &"é".repeat(1400)).await;
    assert_eq!(world.find(&user).await.unwrap()["platform_user_id"], user.platform_user_id.as_str());
    let user = world.create("Steam", &"🎮".repeat(2048)).await;
    assert_eq!(world.find(&user).await, Err(431));
}

#[tokio::test]
async fn an_id_escaped_to_24_kib_of_ascii_is_the_same_account() {
    let world = World::start().await;
    let escaped = "\\ud83c\\udfae".repeat(2048);
    assert_eq!(escaped.len(), 24 * 1024);
    let body = format!(r#"{{"platform":"Steam","platform_user_id":"{escaped}"}}"#);
    let token = format!("Bearer {}", world.admin());
    let headers = [("authorization", &*token), ("content-type", "application/json")];
    let answer = world.send("POST", CREATE, &headers, body.clone()).await;
    assert_eq!((answer.status, &answer.json()["platform_user_id"]), (201, &json!("🎮".repeat(2048))));
    assert_eq!(world.send("POST", CREATE, &headers, body).await.status, 409);
    let plain = json!({ "platform": "Steam", "platform_user_id": "🎮".repeat(2048) });
    assert_eq!(create(&world, plain).await.status, 409);
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let world = World::start().await;
    let long_id = json!({ "platform": "Steam", "platform_user_id": "🎮".repeat(2049) });
    let long_name = json!({ "platform": "Steam", "platform_user_id": "42", "display_name": "🎮".repeat(257) });
    for (body, limit) in [(long_id, 2048), (long_name, 256)] {
        let answer = create(&world, body).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["detail"][0]["ctx"], json!({ "limit_value": limit }));
    }
    assert_eq!(consistent(&world).await.len(), 0);
}

async fn simultaneous_creations(count: usize) {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    let answers = join_all((0..count).map(|_| create(&world, body.clone()))).await;
    let (created, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((created.len(), others.len()), (1, count - 1));
    for answer in &others {
        assert_eq!(answer.verdict(), (409, "user_already_exists".into()));
    }
    let player: BTreeSet<_> = [created[0].json()["player_uuid"].as_str().unwrap().to_owned()].into();
    assert_eq!(consistent(&world).await.into_values().collect::<Vec<_>>(), [player]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_simultaneous_creations_one_succeeds_and_the_other_is_a_conflict() {
    simultaneous_creations(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_simultaneous_creations_one_succeeds_and_the_others_are_conflicts() {
    simultaneous_creations(20).await;
}
