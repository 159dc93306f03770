//! dispatch-due-purges: every due purge reaches the workers, and none is lost on the way.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use roster_local::Options;
use serde_json::json;
use tests::{Fault, World, engines::Engine, logs};

use crate::scene::*;

#[tokio::test]
async fn nothing_is_sent_before_its_time_and_then_it_is() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
    let message = message(&world, &user.person_id).await;
    let before = stored(&world, &user.person_id).await;
    world.tick().await;
    world.advance(Duration::from_mins(59));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
    assert_eq!(stored(&world, &user.person_id).await, before);
    world.advance(Duration::from_secs(61));
    world.tick().await;
    assert_eq!(drain(&world).await, [message]);
}

#[tokio::test]
async fn clocks_may_differ_by_the_configured_skew() {
    let world = with_settings([("DISPATCH_CLOCK_SKEW", "1m")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
    world.advance(Duration::from_secs(3630));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
    world.advance(Duration::from_secs(31));
    world.tick().await;
    assert_eq!(drain(&world).await.len(), 1);
}

#[tokio::test]
async fn a_purge_goes_from_queued_to_complete_by_itself() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
    world.advance(Duration::from_secs(3601));
    assert_eq!(world.purge_status(&user.person_id).await, "queued");
    world.tick().await;
    world.purged(&user.person_id).await;
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

/// Writes persons like this one into one shard, with a purge that is due at this time.
async fn one_shard_of(world: &World, pattern: &Item, size: u128, due_on: i64) -> Vec<String> {
    let ids: Vec<_> = (1..=size).map(|index| uuid::Uuid::from_u128(index << 8).to_string()).collect();
    let put = |id: &String| {
        let mut item = pattern.clone();
        item.insert("person_id".into(), AttributeValue::S(id.clone()));
        item.insert("purge_shard".into(), n(0));
        item.extend(["purge_on", "due_on"].map(|name| (name.to_owned(), n(due_on))));
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap()).build()
    };
    for batch in ids.chunks(25) {
        let requests = batch.iter().map(put).collect();
        world.bundle.dynamodb().batch_write_item().request_items("PersonsTable", requests).send().await.unwrap();
    }
    ids
}

#[tokio::test]
async fn an_idle_schedule_makes_no_calls_and_a_purge_is_sent_when_its_time_comes() {
    if Engine::of_dynamodb() != Engine::Dynoxide {
        eprintln!("left out: only the engine in this process can be asked without a call");
        return;
    }
    for waiting in [0, 130] {
        let dispatch_every = Some(Duration::from_millis(10));
        let world = World::start_with(Options { dispatch_every, ..Options::default() }).await;
        let user = world.create("Steam", "1").await;
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
        one_shard_of(&world, &stored(&world, &user.person_id).await, waiting, world.now() + DAY).await;
        world.calls.forget();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(world.operations("dispatch-due-purges"), [""; 0], "{waiting} wait");
        world.advance(Duration::from_secs(3601));
        world.purged(&user.person_id).await;
    }
}

#[tokio::test]
async fn a_purge_for_now_needs_no_dispatcher() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() })).await;
    world.purged(&user.person_id).await;
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_purge_for_now_is_sent_once_and_found_again_if_nobody_handles_it() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() })).await;
    let queued = stored(&world, &user.person_id).await;
    assert_eq!(number(&queued, "due_on"), number(&queued, "purge_on") + 10);
    world.advance(Duration::from_secs(2));
    world.tick().await;
    assert_eq!(stored(&world, &user.person_id).await, queued);
    world.advance(Duration::from_secs(10));
    world.tick().await;
    assert_eq!(number(&stored(&world, &user.person_id).await, "dispatches"), 1);
    assert!(!drain(&world).await.is_empty());
}

#[tokio::test]
async fn a_purge_whose_message_was_not_accepted_is_queued_all_the_same_and_sent_by_the_dispatcher() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    for _ in 0..6 {
        world.fault("queue-person-purge", "SendMessage", Fault::ServerError);
    }
    let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() })).await;
    assert_eq!((answer.status, world.calls.faults_left()), (202, 0));
    world.advance(Duration::from_secs(2));
    assert_eq!(drain(&world).await, [""; 0]);
    world.advance(Duration::from_secs(10));
    world.tick().await;
    assert_eq!(drain(&world).await, [message(&world, &user.person_id).await]);
}

#[tokio::test]
async fn what_the_queue_did_not_accept_is_not_leased() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let before = stored(&world, &user.person_id).await;
    world.advance(Duration::from_secs(61));
    for _ in 0..6 {
        world.fault("dispatch-due-purges", "SendMessageBatch", Fault::ServerError);
    }
    world.bundle.tick().await.unwrap_err();
    assert_eq!(world.calls.faults_left(), 0);
    assert_eq!(stored(&world, &user.person_id).await, before);
    world.tick().await;
    assert_eq!(drain(&world).await.len(), 1);
}

#[tokio::test]
async fn a_lease_that_failed_sends_twice_and_loses_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let message = message(&world, &user.person_id).await;
    world.advance(Duration::from_secs(61));
    for _ in 0..6 {
        world.fault("dispatch-due-purges", "UpdateItem", Fault::ServerError);
    }
    world.bundle.tick().await.unwrap_err();
    world.tick().await;
    assert_eq!(drain(&world).await, [message.clone(), message]);
}

#[tokio::test]
async fn cancelled_and_finished_purges_are_not_sent() {
    let world = without_worker().await;
    let users = crowd(&world, 3).await;
    for user in &users {
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    }
    let over = message(&world, &users[0].person_id).await;
    world.advance(Duration::from_secs(61));
    assert_eq!(work(&world, &[&over]).await, [0_usize; 0]);
    delete(&world, &users[1].person_id).await;
    world.tick().await;
    assert_eq!(persons(&drain(&world).await), [users[2].person_id.clone()]);
}

#[tokio::test]
async fn a_tick_sends_no_more_than_its_limit_and_the_next_ones_the_rest() {
    let world = with_settings([("DISPATCH_LIMIT", "2"), ("DISPATCH_LEASE", "1h")]).await;
    let users = crowd(&world, 5).await;
    for user in &users {
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    }
    world.advance(Duration::from_secs(61));
    let (mut sizes, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        world.tick().await;
        let bodies = drain(&world).await;
        sizes.push(bodies.len());
        sent.extend(bodies);
    }
    assert_eq!(sizes, [2, 2, 1, 0]);
    let mut expected: Vec<_> = users.into_iter().map(|user| user.person_id).collect();
    expected.sort_unstable();
    assert_eq!(persons(&sent), expected);
}

#[tokio::test]
async fn a_deep_queue_gets_no_more_until_it_is_worked_off() {
    let world = with_settings([("DISPATCH_LIMIT", "3"), ("DISPATCH_QUEUE_DEPTH", "2"), ("DISPATCH_LEASE", "1h")]).await;
    let users = crowd(&world, 4).await;
    for user in &users {
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    }
    world.advance(Duration::from_secs(61));
    world.tick().await;
    let before = world.items("PersonsTable").await;
    assert_eq!(before.iter().filter(|item| number(item, "dispatches") == 1).count(), 3);
    world.calls.forget();
    world.tick().await;
    let operations = world.operations("dispatch-due-purges");
    assert!(operations.iter().all(|operation| operation == "GetQueueAttributes" || operation == "Query"));
    assert_eq!(world.items("PersonsTable").await, before);
    assert_eq!(drain(&world).await.len(), 3);
    world.tick().await;
    assert_eq!(drain(&world).await.len(), 1);
}

#[tokio::test]
async fn one_shard_may_hold_more_than_a_page() {
    let world = with_settings([("DISPATCH_LEASE", "1h")]).await;
    let pattern = world.create("Steam", "1").await;
    post(&world, &pattern.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let pattern = stored(&world, &pattern.person_id).await;
    let ids = one_shard_of(&world, &pattern, 130, number(&pattern, "due_on")).await;
    world.advance(Duration::from_secs(61));
    world.tick().await;
    let sent = persons(&drain(&world).await);
    assert_eq!(sent.len(), 131);
    assert!(ids.iter().all(|id| sent.contains(id)));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
}

#[tokio::test]
async fn lateness_is_told_from_the_purge_time_and_not_from_the_lease() {
    let world = with_settings([("DISPATCH_LEASE", "1h")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    world.advance(Duration::from_secs(61));
    world.tick().await;
    // No other test of this process has a clock so far ahead.
    world.advance(Duration::from_secs(777_777));
    world.tick().await;
    let said = logs::text();
    let lines = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut lateness = lines.filter_map(|line| line["lateness_s"].as_i64());
    assert!(lateness.any(|seconds| (777_777..777_777 + HOUR).contains(&seconds)));
}
