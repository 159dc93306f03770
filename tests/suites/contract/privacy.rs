//! Neither secrets nor personal data reach the log, whatever goes wrong.

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::TokenRequest;
use serde_json::json;
use tests::{Fault, World, logs};

use crate::{CREATE, NO_ONE, bearer, post, request_id};

fn absent(what: &str, secret: &str) {
    let logged = logs::text();
    let found = logged.lines().find(|line| line.contains(secret));
    assert!(found.is_none(), "{what} is in the log: {found:?}");
}

#[tokio::test]
async fn what_fails_logs_neither_the_token_nor_what_was_sent() {
    let world = World::start().await;
    let tokens = [
        world.token(TokenRequest::new(["user:*"]).subject("privacy-marker-subject")),
        world.token(TokenRequest::new(["user:*"]).platform_user("Steam", "privacy-marker-own")),
        "privacy-marker-token".to_owned(),
        "privacy.marker.token".to_owned(),
        "privacy-marker-".repeat(600),
    ];
    for token in &tokens {
        let header = bearer(token);
        let headers = [("authorization", &*header)];
        world.send("POST", CREATE, &headers, "{\"privacy-marker-key\":\"privacy-marker-value\"").await;
        world.send("POST", CREATE, &headers, "[\"privacy-marker-value\"]").await;
        world.send("GET", "/users/v1/platform-user?platform=privacy-marker&privacy-marker=1", &headers, "").await;
        world.send("POST", "/users/v1/person/privacy-marker/purge", &headers, "privacy-marker").await;
        world.send("POST", "/v2/users/privacy-marker/deactivate", &headers, "{privacy-marker}").await;
        world.send("GET", "/privacy-marker", &headers, "privacy-marker").await;
        world.send("PATCH", "/v2/users/privacy-marker", &headers, "privacy-marker").await;
    }
    let long = format!("privacy-marker-{}", "x".repeat(300));
    let body = json!({ "platform": "privacy-marker", "platform_user_id": "", "display_name": long });
    let answer = post(&world, CREATE, body.to_string()).await;
    assert_eq!(answer.status, 422);
    assert!(logs::text().contains(&request_id(&answer)), "requests are logged");
    absent("what was sent", "privacy-marker");
    for token in &tokens[..2] {
        for part in token.split('.') {
            absent("a token", part);
        }
    }
}

#[tokio::test]
async fn what_is_stored_is_not_logged_however_its_request_ends() {
    let world = World::start().await;
    let (id, name) = ("stored-marker-id", "stored-marker-name");
    let body = json!({ "platform": "Steam", "platform_user_id": id, "display_name": name });
    let created = world.post(CREATE, &world.admin(), body.clone()).await;
    assert_eq!(created.status, 201);
    assert_eq!(world.post(CREATE, &world.admin(), body.clone()).await.status, 409);
    let find = format!("{CREATE}?platform=Steam&platform_user_id={id}");
    assert_eq!(world.get(&find, &world.admin()).await.status, 200);
    let player = world.token(TokenRequest::new::<&str>([]).platform_user("Steam", id));
    let unlink = world.post("/users/v1/unlink", &player, json!({})).await;
    assert_eq!(unlink.verdict(), (400, "player_not_linked".to_owned()));
    let link = json!({ "leader_person_id": NO_ONE, "follower_platform": "Steam", "follower_platform_user_id": id });
    assert_eq!(world.post("/users/v1/link", &world.admin(), link).await.verdict(), (400, "leader_not_found".into()));
    for (platform, fault) in [("Epic", Fault::LostAnswer), ("Apple", Fault::Conflict), ("PSN", Fault::ServerError)] {
        (0..6).for_each(|_| world.fault("create-platform-user", "TransactWriteItems", fault));
        let other = json!({ "platform": platform, "platform_user_id": id, "display_name": name });
        assert_eq!(world.post(CREATE, &world.admin(), other).await.status, 503);
    }
    let identities = world.items("IdentitiesTable").await;
    let broken = world.bundle.dynamodb().update_item().table_name("UsersTable");
    let uuid = created.json()["player_uuid"].as_str().unwrap().to_owned();
    let broken = broken.key("player_uuid", AttributeValue::S(uuid)).update_expression("REMOVE player_id");
    broken.send().await.unwrap();
    assert_eq!(world.get(&find, &world.admin()).await.status, 500);
    absent("a stored value", "stored-marker");
    for identity in identities {
        let key = identity["identity"].as_s().unwrap();
        absent("an identity", key.split_once('#').unwrap().1);
    }
}
