//! The kind of each 5xx, in its log line. The suite `binaries` checks it in the metric.

use crate::{FAILED_ATTEMPTS, plan};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::aws::CONTENDED_ATTEMPTS;
use tests::{Answer, Fault, User, World, logs};

async fn deactivate(world: &World, user: &User) -> Answer {
    world.post(&format!("/v2/users/{}/deactivate", user.player_uuid), &world.admin(), json!({})).await
}

async fn create(world: &World) -> Answer {
    let new = json!({ "platform": "Epic", "platform_user_id": "43" });
    world.post("/users/v1/platform-user", &world.admin(), new).await
}

/// The kind in the log line of the request with this answer.
fn kind(answer: &Answer) -> Value {
    let id = answer.header("apigw-requestid").expect("an id");
    let lines = logs::text();
    let line = lines.lines().find(|line| line.contains(id) && line.contains(r#""message":"request""#));
    let line: Value = serde_json::from_str(line.expect("a line")).expect("JSON");
    line["kind"].clone()
}

#[tokio::test]
async fn a_service_that_throttles_every_try_is_throttled() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    for fault in [Fault::Throttled, Fault::Overused, Fault::AccountOverused] {
        plan(&world, "deactivate-user", "UpdateItem", fault, FAILED_ATTEMPTS);
        let answer = deactivate(&world, &user).await;
        assert_eq!((answer.status, kind(&answer)), (503, json!("throttled")), "{fault:?}");
    }
    for fault in [Fault::MemberThrottled, Fault::MemberOverused] {
        plan(&world, "create-platform-user", "TransactWriteItems", fault, FAILED_ATTEMPTS);
        let answer = create(&world).await;
        assert_eq!((answer.status, kind(&answer)), (503, json!("throttled")), "{fault:?}");
    }
    plan(&world, "find-platform-user", "BatchGetItem", Fault::Unprocessed, FAILED_ATTEMPTS);
    let answer = world.get("/users/v1/platform-user?platform=Steam&platform_user_id=42", &world.admin()).await;
    assert_eq!((answer.status, kind(&answer)), (503, json!("throttled")));
    assert_eq!(world.calls.faults_left(), 0);
}

#[tokio::test]
async fn a_write_that_is_in_conflict_at_every_attempt_is_contention_and_not_done() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    world.calls.conflict_in(Some(1));
    world.calls.forget();
    for (answer, function) in
        [(deactivate(&world, &user).await, "deactivate-user"), (create(&world).await, "create-platform-user")]
    {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.text);
        assert_eq!(kind(&answer), "contention");
        let made = world.made().into_iter().filter(|call| call.function == function).count();
        assert!(made <= usize::try_from(CONTENDED_ATTEMPTS).unwrap(), "{made} calls of {function}");
    }
    world.calls.conflict_in(None);
    assert_eq!(world.items("UsersTable").await.len(), 1);
    assert_eq!(deactivate(&world, &user).await.status, 200);
}

#[tokio::test]
async fn records_that_move_at_every_attempt_are_contention() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    let key = world.items("IdentitiesTable").await.remove(0).remove("identity").unwrap();
    let update = world.bundle.dynamodb().update_item().table_name("IdentitiesTable").key("identity", key);
    let update = update.update_expression("SET person_id = :nobody");
    let nobody = AttributeValue::S("00000000-0000-4000-8000-000000000000".into());
    update.expression_attribute_values(":nobody", nobody).send().await.unwrap();
    let answer = world.get("/users/v1/platform-user?platform=Steam&platform_user_id=42", &world.admin()).await;
    assert_eq!((answer.status, kind(&answer)), (503, json!("contention")));
}

#[tokio::test]
async fn what_is_broken_lost_or_answered_with_an_error_is_a_fault() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    // If one of several attempts failed in another way, throttling does not explain the 5xx.
    for faults in [
        [Fault::ServerError; FAILED_ATTEMPTS],
        [Fault::LostAnswer; FAILED_ATTEMPTS],
        [Fault::InProgress; FAILED_ATTEMPTS],
    ] {
        faults.into_iter().for_each(|fault| world.fault("create-platform-user", "TransactWriteItems", fault));
        let answer = create(&world).await;
        assert_eq!((answer.status, kind(&answer)), (503, json!("fault")), "{faults:?}");
    }
    plan(&world, "deactivate-user", "UpdateItem", Fault::ServerError, 1);
    plan(&world, "deactivate-user", "UpdateItem", Fault::Throttled, FAILED_ATTEMPTS - 1);
    let answer = deactivate(&world, &user).await;
    assert_eq!((answer.status, kind(&answer)), (503, json!("fault")));
    world.calls.deny("deactivate-user");
    let answer = deactivate(&world, &user).await;
    assert_eq!((answer.status, kind(&answer)), (500, json!("fault")));
    assert_eq!(kind(&world.get("/nowhere", &world.admin()).await), Value::Null, "no 5xx");
}
