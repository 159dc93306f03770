//! A 500 or 503 shows the request's id and nothing else from inside.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Answer, Fault, User, World, logs};

use crate::{refused, request_id, verdict};

const FAILED_ATTEMPTS: usize = 6;

fn is_rallyhere(answer: &Answer, status: u16) {
    let id = request_id(answer);
    let expected = match status {
        503 => refused(true, "unavailable", &format!("Try again (request {id})")),
        _ => refused(true, "internal_error", &format!("Internal error (request {id})")),
    };
    assert_eq!(verdict(answer), (status, &*expected));
    ends(answer, status);
}

fn is_zitadel(answer: &Answer, status: u16) {
    let id = request_id(answer);
    let expected = match status {
        503 => format!(r#"{{"code":14,"message":"Try again (request {id})"}}"#),
        _ => format!(r#"{{"code":13,"message":"Internal error (request {id})"}}"#),
    };
    assert_eq!(verdict(answer), (status, &*expected));
    ends(answer, status);
}

fn ends(answer: &Answer, status: u16) {
    assert!(!request_id(answer).is_empty());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("retry-after"), (status == 503).then_some("1"));
}

fn fail(world: &World, function: &str, operation: &str) {
    (0..FAILED_ATTEMPTS).for_each(|_| world.fault(function, operation, Fault::ServerError));
}

async fn get_user(world: &World, user: &User) -> Answer {
    world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await
}

async fn find(world: &World) -> Answer {
    world.get("/users/v1/platform-user?platform=Steam&platform_user_id=42", &world.admin()).await
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_503_with_retry_after() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    fail(&world, "find-platform-user", "GetItem");
    is_rallyhere(&find(&world).await, 503);
    fail(&world, "queue-person-purge", "UpdateItem");
    is_rallyhere(&world.queue_purge(&user.person_id, None).await, 503);
    fail(&world, "get-user", "GetItem");
    is_zitadel(&get_user(&world, &user).await, 503);
    fail(&world, "deactivate-user", "UpdateItem");
    let deactivate = format!("/v2/users/{}/deactivate", user.player_uuid);
    is_zitadel(&world.post(&deactivate, &world.admin(), json!({})).await, 503);
    assert_eq!(find(&world).await.status, 200, "and it answers again afterwards");
}

#[tokio::test]
async fn what_cannot_be_read_is_500_and_what_it_held_is_not_told() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let broken = world.bundle.dynamodb().update_item().table_name("UsersTable");
    let broken = broken.key("player_uuid", AttributeValue::S(user.player_uuid.clone()));
    let broken = broken.update_expression("SET #state = :state").expression_attribute_names("#state", "state");
    broken.expression_attribute_values(":state", AttributeValue::S("dreaming".into())).send().await.unwrap();
    is_rallyhere(&find(&world).await, 500);
    is_zitadel(&get_user(&world, &user).await, 500);
    let reactivate = format!("/v2/users/{}/reactivate", user.player_uuid);
    is_zitadel(&world.post(&reactivate, &world.admin(), json!({})).await, 500);
    let links = world.get(&format!("/users/v2/player/{}/links", user.player_uuid), &world.admin()).await;
    is_rallyhere(&links, 500);
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let world = World::start().await;
    let ids: std::collections::HashSet<_> = [
        request_id(&find(&world).await),
        request_id(&find(&world).await),
        request_id(&world.send("GET", "/", &[], "").await),
        request_id(&world.send("GET", "/v2/users/x", &[], "").await),
    ]
    .into();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn the_cause_of_a_5xx_is_logged_under_the_id_that_the_caller_got() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    let caused = |answer: &Answer, level: &str| {
        let (id, logged) = (request_id(answer), logs::text());
        let lines = logged.lines().filter(|line| line.contains(&id) && line.contains(level)).count();
        assert_eq!(lines, 1, "{level} {id}");
    };
    fail(&world, "find-platform-user", "GetItem");
    caused(&find(&world).await, r#""level":"WARN""#);
    let broken = world.bundle.dynamodb().update_item().table_name("IdentitiesTable");
    let key = world.items("IdentitiesTable").await.remove(0).remove("identity").unwrap();
    let broken = broken.key("identity", key).update_expression("REMOVE person_id");
    broken.send().await.unwrap();
    caused(&find(&world).await, r#""level":"ERROR""#);
}
