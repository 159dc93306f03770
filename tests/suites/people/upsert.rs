//! `PUT /users/v1/platform-user`

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::{
    identity::{DisplayName, PersonId, PlayerUuid},
    store::RenameUsers,
};
use tests::{Answer, World, faults::Fault, world::percent};

use uuid::Uuid;

use super::support::*;

const UPSERT: &str = "upsert-platform-user";

async fn put(world: &World, token: &str, query: &str) -> Answer {
    world.send("PUT", &format!("{CREATE}?{query}"), &[("authorization", &format!("Bearer {token}"))], "").await
}

async fn upsert(world: &World, id: &str, name: &str) -> Answer {
    let query = format!("platform=Steam&platform_user_id={}&display_name={}", percent(id), percent(name));
    put(world, &world.admin(), &query).await
}

async fn found(world: &World, id: &str) -> Value {
    world.get(&format!("{CREATE}?platform=Steam&platform_user_id={}", percent(id)), &world.admin()).await.json()
}

#[tokio::test]
async fn an_unknown_user_is_created_and_a_known_one_gets_the_name() {
    let world = World::start().await;
    let created = upsert(&world, "a+ b", "Ada").await;
    assert_eq!(created.status, 201, "{}", created.text);
    let body = created.json();
    assert_eq!(
        (&body["platform"], &body["platform_user_id"], &body["display_name"]),
        (&json!("Steam"), &json!("a+ b"), &json!("Ada"))
    );
    assert_eq!(found(&world, "a+ b").await, body);
    let updated = upsert(&world, "a+ b", "Ada Lovelace").await;
    let mut expected = body.clone();
    expected["display_name"] = json!("Ada Lovelace");
    assert_eq!((updated.status, updated.json()), (200, expected.clone()));
    assert_eq!(found(&world, "a+ b").await, expected);
    assert_eq!(world.items("UsersTable").await.len(), 1);
}

#[tokio::test]
async fn a_user_of_post_gets_the_name_and_keeps_the_rest() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    let mut expected = found(&world, "42").await;
    let updated = upsert(&world, "42", "Ada").await;
    expected["display_name"] = json!("Ada");
    assert_eq!((updated.status, updated.json()), (200, expected));
}

#[tokio::test]
async fn a_change_of_name_counts_as_a_change_of_the_user_and_the_same_name_as_none() {
    let world = World::start().await;
    let sequence = async || world.items("UsersTable").await[0]["sequence"].as_n().unwrap().clone();
    upsert(&world, "42", "Ada").await;
    upsert(&world, "42", "Ada").await;
    assert_eq!(sequence().await, "1");
    upsert(&world, "42", "Bob").await;
    assert_eq!(sequence().await, "2");
}

#[tokio::test]
async fn each_way_takes_as_few_calls_as_it_can() {
    let world = World::start().await;
    for (name, calls) in [
        ("Ada", &["GetItem", "UpdateItem", "TransactWriteItems"][..]),
        ("Ada", &["GetItem", "BatchGetItem"]),
        ("Bob", &["GetItem", "BatchGetItem", "UpdateItem"]),
    ] {
        world.calls.forget();
        assert!(upsert(&world, "42", name).await.status < 300);
        assert_eq!(world.operations(UPSERT), calls, "{name}");
    }
}

#[tokio::test]
async fn the_active_player_of_the_person_is_shown() {
    let world = World::start().await;
    let [leader, follower] = [world.create("Epic", "1").await, world.create("Steam", "2").await];
    world.link(&leader, &follower).await;
    let body = json!({ "platform": "Epic", "platform_user_id": "1" });
    assert_eq!(world.post(ENABLE, &world.admin(), body).await.status, 200);
    for name in ["Ada", "Ada", "Bob"] {
        let answer = upsert(&world, "2", name).await;
        assert_eq!((answer.status, &answer.json()["active_player_uuid"]), (200, &json!(leader.player_uuid)));
    }
}

#[tokio::test]
async fn every_field_of_the_query_is_required_and_checked() {
    let world = World::start().await;
    let missing =
        |field: &str| json!({"loc": ["query", field], "msg": "field required", "type": "value_error.missing"});
    let answer = put(&world, &world.admin(), "").await;
    let all = ["platform", "platform_user_id", "display_name"].map(missing);
    assert_eq!((answer.status, answer.json()), (422, json!({ "detail": all })));
    let long = "x".repeat(257);
    for (query, field, kind) in [
        ("platform=Xbox&platform_user_id=1&display_name=a".to_owned(), "platform", "type_error.enum"),
        (
            "platform=Steam&platform_user_id=&display_name=a".to_owned(),
            "platform_user_id",
            "value_error.any_str.min_length",
        ),
        (
            format!("platform=Steam&platform_user_id=1&display_name={long}"),
            "display_name",
            "value_error.any_str.max_length",
        ),
    ] {
        let answer = put(&world, &world.admin(), &query).await;
        let problem = &answer.json()["detail"][0];
        assert_eq!((answer.status, &problem["loc"][1], &problem["type"]), (422, &json!(field), &json!(kind)));
    }
    assert!(world.items("UsersTable").await.is_empty());
}

#[tokio::test]
async fn the_permission_to_create_is_needed_before_the_query_is_read() {
    let world = World::start().await;
    for (permission, status) in
        [("user:platform:create", 201), ("user:*", 200), ("user:platform:read", 403), ("user:modify:any", 403)]
    {
        let query = "platform=Steam&platform_user_id=1&display_name=a";
        assert_eq!(put(&world, &world.service(&[permission]), query).await.status, status, "{permission}");
    }
    assert_eq!(put(&world, &world.service(&[]), "").await.verdict(), (403, "insufficient_permissions".into()));
}

#[tokio::test]
async fn of_requests_at_once_one_creates_and_all_succeed() {
    let world = World::start().await;
    let names: Vec<_> = (0..8).map(|number| number.to_string()).collect();
    let answers = join_all(names.iter().map(|name| upsert(&world, "42", name))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let updated = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((created, updated), (1, 7), "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        assert_eq!(world.items(table).await.len(), 1, "{table}");
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_made_once() {
    let world = World::start().await;
    upsert(&world, "42", "Ada").await;
    world.fault(UPSERT, "UpdateItem", Fault::LostAnswer);
    let answer = upsert(&world, "42", "Bob").await;
    assert_eq!((answer.status, &answer.json()["display_name"]), (200, &json!("Bob")));
    assert_eq!(world.items("UsersTable").await[0]["sequence"].as_n().unwrap(), "2");
}

/// A link, an unlink or a purge can come between the read and the write.
#[tokio::test]
async fn a_name_is_given_once_and_only_while_the_user_is_its_persons() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let target = world.target();
    let (player, person) = (uuid(&user.player_uuid), uuid(&user.person_id));
    let name = DisplayName::new("Ada".into()).unwrap();
    let operation = world.ambient().operation();
    let rename = async |person_id: Uuid| {
        let (player, person) = (PlayerUuid(player), PersonId(person_id));
        target.store().rename_user(player, person, &name, operation, world.ambient().now()).await.unwrap()
    };
    assert_eq!(rename(Uuid::from_u128(1)).await, None);
    assert!(found(&world, "42").await["display_name"].is_null());
    // The second request is a retry after a lost answer.
    for _ in 0..2 {
        assert_eq!(rename(person).await.unwrap().display_name, Some(name.clone()));
        assert_eq!(world.items("UsersTable").await[0]["sequence"].as_n().unwrap(), "2");
    }
    target.close().await;
}

fn uuid(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap()
}

#[tokio::test]
async fn a_user_that_was_purged_is_created_anew() {
    let world = World::start().await;
    let first = upsert(&world, "42", "Ada").await.json();
    let person_id = first["person_id"].as_str().unwrap();
    assert_eq!(world.purge_now(person_id).await.status, 202);
    world.purged(person_id).await;
    let second = upsert(&world, "42", "Ada").await;
    assert_eq!(second.status, 201);
    assert_ne!(second.json()["player_uuid"], first["player_uuid"]);
}
