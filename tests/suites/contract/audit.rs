//! Each request writes one audit line with action, subject, actor, request id and outcome.

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{Answer, World, logs};

use crate::{CREATE, request_id};

/// The only log line of a request.
fn line(answer: &Answer) -> Value {
    let id = request_id(answer);
    let logged = logs::text();
    let lines = logged.lines().filter(|line| line.contains(&id)).map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.filter(|line: &Value| line["message"] == "request").collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.into_iter().next().unwrap()
}

fn is(answer: &Answer, action: &str, subject: &Value, code: &Value) {
    is_within(answer, action, subject, &Value::Null, code);
}

/// Checks the line of a player that is moved to a person or made active in it.
fn is_within(answer: &Answer, action: &str, subject: &Value, person: &Value, code: &Value) {
    let line = line(answer);
    assert_eq!(&line["person"], person, "{line}");
    let expected = (&json!(action), subject, &json!(answer.status), code);
    assert_eq!((&line["action"], &line["subject"], &line["status"], &line["code"]), expected, "{line}");
    assert_eq!(line["level"], "INFO", "{line}");
}

#[tokio::test]
async fn every_write_says_who_did_what_to_whom_and_with_which_outcome() {
    let world = World::start().await;
    let admin = world.admin();
    let none = Value::Null;
    let account = |id: &str| json!({ "platform": if id == "1" { "Steam" } else { "Epic" }, "platform_user_id": id });
    let created = world.post(CREATE, &admin, account("1")).await;
    let user = created.json();
    is_within(&created, "create-platform-user", &user["player_uuid"], &user["person_id"], &none);
    is(&world.post(CREATE, &admin, account("1")).await, "create-platform-user", &none, &json!("user_already_exists"));
    let other = world.post(CREATE, &admin, account("2")).await.json();
    let link = json!({
        "leader_platform": "Steam", "leader_platform_user_id": "1",
        "follower_platform": "Epic", "follower_platform_user_id": "2",
    });
    let (person, moved) = (&user["person_id"], &other["player_uuid"]);
    let linked = world.post("/users/v1/link", &admin, link).await;
    is_within(&linked, "link-platform-user", moved, person, &none);
    let enabled = world.post("/users/v1/cross-progression/enable", &admin, account("2")).await;
    is_within(&enabled, "enable-cross-progression", moved, person, &none);
    let disabled = world.post("/users/v1/cross-progression/disable", &admin, account("2")).await;
    is(&disabled, "disable-cross-progression", person, &none);
    let again = world.post("/users/v1/cross-progression/disable", &admin, account("2")).await;
    is(&again, "disable-cross-progression", person, &json!("not_cross_progression_player"));
    let unlinked = world.post("/users/v1/unlink", &admin, account("2")).await;
    is_within(&unlinked, "unlink-platform-user", moved, person, &none);
    for name in ["deactivate", "reactivate", "lock", "unlock"] {
        let path = format!("/v2/users/{}/{name}", other["player_uuid"].as_str().unwrap());
        let line = self::line(&world.post(&path, &admin, json!({})).await);
        assert_eq!((&line["action"], &line["subject"]), (&json!(format!("{name}-user")), moved), "{line}");
        assert_eq!((&line["status"], line["person"].is_string()), (&json!(200), true), "{line}");
        let refused = self::line(&world.post(&path, &admin, json!({})).await);
        assert_eq!((&refused["subject"], &refused["status"]), (&other["player_uuid"], &json!(400)), "{refused}");
    }
    let purge = format!("/users/v1/person/{}/purge", person.as_str().unwrap());
    is(&world.post(&purge, &admin, json!({})).await, "queue-person-purge", person, &none);
    is(&world.delete(&purge, &admin).await, "cancel-person-purge", person, &none);
    let again = world.delete(&purge, &admin).await;
    is(&again, "cancel-person-purge", person, &json!("purge_not_found"));
}

#[tokio::test]
async fn an_actor_is_a_hash_of_the_subject_and_the_same_for_each_of_its_requests() {
    let world = World::start().await;
    let token = |subject: &str| world.token(TokenRequest::new(["user:*"]).subject(subject));
    let mut actors = Vec::new();
    for subject in ["ada-audit-marker", "ada-audit-marker", "bob-audit-marker"] {
        let line = line(&world.post(CREATE, &token(subject), json!({})).await);
        actors.push(line["actor"].as_str().expect("an actor").to_owned());
    }
    assert_eq!(actors[0], actors[1]);
    assert_ne!(actors[0], actors[2]);
    for actor in &actors {
        assert!(actor.len() == 16 && actor.bytes().all(|byte| byte.is_ascii_hexdigit()), "{actor}");
    }
    assert!(!logs::text().contains("audit-marker"));
}

#[tokio::test]
async fn a_request_whose_token_proves_nobody_has_no_actor() {
    let world = World::start().await;
    let line = line(&world.send("POST", CREATE, &[("authorization", "Bearer x.y.z")], "").await);
    assert!(line.get("actor").is_none_or(Value::is_null), "{line}");
    assert_eq!(line["code"], "auth_malformed_access", "{line}");
}

#[tokio::test]
async fn a_purge_leaves_a_line_with_its_subject_and_its_id() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    world.purged(&user.person_id).await;
    let receipts = world.items("ReceiptsTable").await;
    let purge_id = receipts[0]["purge_id"].as_s().unwrap();
    let logged = logs::text();
    let lines = logged.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines: Vec<_> = lines.filter(|line| line["message"] == "purged" && line["purge_id"] == **purge_id).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["subject"], user.person_id.as_str());
}
