//! The round trips and the messages of purges.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::scene::*;

#[tokio::test]
async fn queue_re_time_resend_and_cancel_are_one_call_each() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    world.calls.forget();
    for body in [json!({}), json!({ "suggested_purge_time": world.now() + HOUR }), json!({})] {
        post(&world, &user.person_id, body).await;
        assert_eq!(world.operations("queue-person-purge"), ["UpdateItem"]);
    }
    delete(&world, &user.person_id).await;
    assert_eq!(world.operations("cancel-person-purge"), ["UpdateItem"]);
}

#[tokio::test]
async fn a_purge_that_is_due_now_is_one_write_and_one_message() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    world.calls.forget();
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() })).await;
    assert_eq!(world.operations("queue-person-purge"), ["UpdateItem", "SendMessage"]);
}

#[tokio::test]
async fn get_is_one_call_and_two_once_the_purge_is_over() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({})).await;
    world.calls.forget();
    get(&world, &user.person_id).await;
    assert_eq!(world.operations("get-person-purge"), ["GetItem"]);
    purge_now(&world, &user.person_id).await;
    world.calls.forget();
    get(&world, &user.person_id).await;
    assert_eq!(world.operations("get-person-purge"), ["GetItem", "GetItem"]);
}

#[tokio::test]
async fn carrying_out_is_two_calls_whatever_the_size() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 19).await;
    post(&world, &users[0].person_id, json!({ "suggested_purge_time": world.now() })).await;
    let message = message(&world, &users[0].person_id).await;
    world.advance(Duration::from_secs(1));
    world.calls.forget();
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    let calls = world.made();
    let members = calls.iter().filter_map(|call| call.body["TransactItems"].as_array()).map(Vec::len);
    assert_eq!(members.collect::<Vec<_>>(), [40]);
    assert_eq!(world.operations("purge-person"), ["GetItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_message_for_a_purge_that_is_over_is_one_read() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = purge_now(&world, &user.person_id).await;
    world.calls.forget();
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.operations("purge-person"), ["GetItem"]);
}

#[tokio::test]
async fn the_queue_is_told_two_uuids_and_nothing_else() {
    let world = without_worker().await;
    let users = crowd(&world, 2).await;
    post(&world, &users[0].person_id, json!({ "suggested_purge_time": world.now() })).await;
    post(&world, &users[1].person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let mut expected = BTreeSet::new();
    for user in &users {
        let purge_id = text(&stored(&world, &user.person_id).await, "purge_id").to_owned();
        expected.insert((user.person_id.clone(), purge_id));
    }
    world.advance(Duration::from_secs(61));
    world.tick().await;
    // A message must not carry anything else, such as an attribute.
    let sends = world.made().into_iter().filter(|call| call.operation.starts_with("SendMessage"));
    for call in sends {
        let entries = call.body["Entries"].as_array().cloned().unwrap_or_else(|| vec![call.body.clone()]);
        for entry in entries {
            let allowed = ["QueueUrl", "MessageBody", "DelaySeconds", "Id"];
            assert!(entry.as_object().unwrap().keys().all(|key| allowed.contains(&key.as_str())), "{entry}");
        }
    }
    let bodies = receive(&world, 2).await;
    let seen: BTreeSet<_> = bodies
        .iter()
        .map(|body| {
            let body: Value = serde_json::from_str(body).unwrap();
            assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
            let uuid = |name: &str| uuid::Uuid::parse_str(body[name].as_str().unwrap()).unwrap().to_string();
            (uuid("person_id"), uuid("purge_id"))
        })
        .collect();
    assert_eq!(seen, expected);
}
