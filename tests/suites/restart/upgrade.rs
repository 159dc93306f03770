//! Items of an earlier version under this one. Commit 4aecde3 wrote them: users in every state,
//! links, active players, queued purges, receipts, and the seals over them.

use std::{collections::HashMap, path::Path};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use roster_local::{
    LocalPlatform, PlatformTokenRequest,
    operate::{PublicKey, verify_answer},
};
use serde_json::{Value, json};
use tests::{User, World, tables::consistent, world::link_body};

const ITEMS: &str = include_str!("items/4aecde3.json");
const PUBLIC_KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suites/restart/items/4aecde3.pem");

/// A world with these items. Each that may also has an attribute of a later version, if it is to. A
/// receipt and a seal may have no other attributes.
async fn world(has_unknown_attribute: bool) -> World {
    let world = World::start().await;
    for (table, items) in items().as_object().unwrap() {
        for item in items.as_array().unwrap() {
            let mut item: HashMap<_, _> = attributes(item);
            if has_unknown_attribute && !["ReceiptsTable", "SealsTable"].contains(&table.as_str()) {
                item.insert("of_a_later_version".into(), AttributeValue::S("x".into()));
            }
            world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
        }
    }
    world
}

fn items() -> Value {
    serde_json::from_str(ITEMS).unwrap()
}

fn attributes(item: &Value) -> HashMap<String, AttributeValue> {
    item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(typed: &Value) -> AttributeValue {
    let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => AttributeValue::S(value.as_str().unwrap().into()),
        "N" => AttributeValue::N(value.as_str().unwrap().into()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(value.as_str().unwrap()).unwrap())),
        "M" => AttributeValue::M(attributes(value)),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(attribute).collect()),
        other => panic!("the type {other}"),
    }
}

/// The user of this account, as its item has it.
fn user(platform: &str, id: &str) -> User {
    let items = items();
    let users = items["UsersTable"].as_array().unwrap();
    let is_it = |user: &&Value| user["platform"]["S"] == platform && user["platform_user_id"]["S"] == id;
    let user = users.iter().find(is_it).unwrap_or_else(|| panic!("{platform} {id}"));
    let text = |name: &str| user[name]["S"].as_str().unwrap().to_owned();
    User {
        platform: platform.into(),
        platform_user_id: id.into(),
        player_uuid: text("player_uuid"),
        player_id: user["player_id"]["N"].as_str().unwrap().parse().unwrap(),
        person_id: text("person_id"),
    }
}

async fn post(world: &World, path: &str, body: Value) -> (u16, String) {
    let answer = world.post(path, &world.admin(), body).await;
    (answer.status, answer.text)
}

async fn change(world: &World, user: &User, change: &str) -> u16 {
    post(world, &format!("/v2/users/{}/{change}", user.player_uuid), json!({})).await.0
}

async fn state(world: &World, user: &User) -> String {
    let answer = world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await;
    answer.json()["user"]["state"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

fn account(user: &User) -> Value {
    json!({ "platform": user.platform, "platform_user_id": user.platform_user_id })
}

#[tokio::test]
async fn items_of_an_earlier_version_are_read_as_they_were_written() {
    for has_unknown_attribute in [false, true] {
        let world = world(has_unknown_attribute).await;
        for item in items()["UsersTable"].as_array().unwrap() {
            let text = |name: &str| item[name]["S"].as_str();
            let user = user(text("platform").unwrap(), text("platform_user_id").unwrap());
            let found = world.find(&user).await.unwrap();
            assert_eq!(found["player_uuid"], user.player_uuid);
            assert_eq!(found["person_id"], user.person_id);
            assert_eq!(found["player_id"], user.player_id);
            assert_eq!(found["display_name"].as_str(), text("display_name"));
        }
        let [deactivated, locked, active] = ["deactivate", "lock", "reactivated"].map(|id| user("Google", id));
        assert_eq!(state(&world, &deactivated).await, "USER_STATE_INACTIVE");
        assert_eq!(state(&world, &locked).await, "USER_STATE_LOCKED");
        assert_eq!(state(&world, &active).await, "USER_STATE_ACTIVE");
        let [leader, active] = [user("Steam", "linked-a"), user("PSN", "linked-b")];
        let links = world.get(&format!("/users/v2/player/{}/links", leader.player_uuid), &world.admin()).await.json();
        assert_eq!(links["player"]["active_player_uuid"], active.player_uuid, "{links}");
        assert_eq!(links["linked_portals"].as_array().map(Vec::len), Some(3), "{links}");
        for (platform, id) in [("Amazon", "queued"), ("Basic", "own-queued")] {
            assert_eq!(world.purge_status(&user(platform, id).person_id).await, "queued");
        }
        consistent(&world).await;
    }
}

#[tokio::test]
async fn items_of_an_earlier_version_can_be_changed_in_every_way() {
    for has_unknown_attribute in [false, true] {
        let world = world(has_unknown_attribute).await;
        let [deactivated, locked, active] = ["deactivate", "lock", "reactivated"].map(|id| user("Google", id));
        assert_eq!(change(&world, &deactivated, "reactivate").await, 200);
        assert_eq!(change(&world, &locked, "unlock").await, 200);
        for wanted in ["deactivate", "reactivate", "lock", "unlock"] {
            assert_eq!(change(&world, &active, wanted).await, 200, "{wanted}");
        }
        let [a, b, c] = [user("Steam", "linked-a"), user("PSN", "linked-b"), user("Apple", "linked-c")];
        for (path, body) in [
            ("/users/v1/unlink", account(&c)),
            ("/users/v1/cross-progression/disable", account(&a)),
            ("/users/v1/unlink", account(&b)),
            ("/users/v1/link", link_body(&b, &c)),
            ("/users/v1/cross-progression/enable", account(&c)),
            ("/users/v1/link", link_body(&a, &user("Epic", "no-name"))),
        ] {
            let (status, text) = post(&world, path, body.clone()).await;
            assert_eq!((status, text.as_str()), (200, ""), "{path} {body}");
        }
        let plain = user("Steam", "plain");
        let query = "platform=Steam&platform_user_id=plain&display_name=Bea";
        let headers = [("authorization", &*format!("Bearer {}", world.admin()))];
        let renamed = world.send("PUT", &format!("/users/v1/platform-user?{query}"), &headers, "").await;
        assert_eq!((renamed.status, renamed.json()["display_name"].as_str()), (200, Some("Bea")));
        let [queued, own] = [user("Amazon", "queued"), user("Basic", "own-queued")];
        let cancelled = world.delete(&format!("/users/v1/person/{}/purge", own.person_id), &world.admin()).await;
        assert_eq!(cancelled.status, 204);
        for person in [&queued.person_id, &plain.person_id] {
            assert_eq!(world.purge_now(person).await.status, 202);
            world.purged(person).await;
        }
        let new = world.create("Steam", "new").await;
        assert!(new.player_id >= 25, "the player id {} was leased before", new.player_id);
        consistent(&world).await;
    }
}

#[tokio::test]
async fn a_user_of_an_earlier_version_logs_in_and_refreshes() {
    for has_unknown_attribute in [false, true] {
        let world = world(has_unknown_attribute).await;
        let user = user("Google", "reactivated");
        let request = PlatformTokenRequest::new(LocalPlatform::Google, "reactivated");
        let proof = world.bundle.platform_token(&request).unwrap();
        let body = json!({ "grant_type": "google", "portal_access_token": proof, "include_refresh": true });
        let login = world.log_in(body).await;
        assert_eq!(login.status, 200, "{}", login.text);
        assert_eq!(login.json()["active_player_uuid"], user.player_uuid);
        let body = json!({ "grant_type": "refresh", "portal_access_token": login.json()["refresh_token"] });
        assert_eq!(world.log_in(body).await.status, 200);
    }
}

#[tokio::test]
async fn receipts_and_seals_of_an_earlier_version_still_prove_a_purge() {
    let keys = PublicKey::of_file(Path::new(PUBLIC_KEY)).unwrap();
    let world = world(false).await;
    for item in items()["ReceiptsTable"].as_array().unwrap() {
        let person = item["person_id"]["S"].as_str().unwrap();
        let answer = world.get(&format!("/users/v1/person/{person}/purge/receipt"), &world.admin()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        verify_answer(&answer.text, &keys).unwrap();
    }
}
