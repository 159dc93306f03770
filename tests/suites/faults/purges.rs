//! The dispatcher, the worker and the queue under faults.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Fault, User, World, logs, world::purge_path};

use crate::{DONE, FAILED_ATTEMPTS, NOT_DONE, plan, shape::Snapshot, without_worker};

fn text(value: &aws_sdk_dynamodb::types::AttributeValue) -> String {
    value.as_s().or_else(|_| value.as_n()).expect("a string or a number").clone()
}

async fn attribute(world: &World, user: &User, name: &str) -> Option<String> {
    let persons = world.items("PersonsTable").await;
    let person = persons.iter().find(|person| text(&person["person_id"]) == user.person_id)?;
    person.get(name).map(text)
}

/// The event of a batch with the message of this user's purge.
async fn record(world: &World, user: &User) -> Value {
    let purge_id = attribute(world, user, "purge_id").await.expect("a queued purge");
    let body = json!({ "person_id": user.person_id, "purge_id": purge_id }).to_string();
    json!({ "Records": [{ "messageId": "m", "body": body, "attributes": {}, "messageAttributes": {} }] })
}

async fn exact(world: &World) -> Vec<String> {
    Snapshot::of(world).await.exact()
}

/// Creates a person with a due purge. Returns its message too.
async fn due(world: &World) -> (User, Value) {
    let user = world.create("Steam", "42").await;
    let linked = world.create("Epic", "43").await;
    world.link(&user, &linked).await;
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    world.advance(Duration::from_secs(20));
    let record = record(world, &user).await;
    (user, record)
}

async fn work(world: &World, record: &Value) -> Value {
    world.bundle.invoke("purge-person", record.clone()).await.unwrap()["batchItemFailures"].clone()
}

async fn counts(world: &World) -> [usize; 4] {
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip(["PersonsTable", "UsersTable", "IdentitiesTable", "ReceiptsTable"]) {
        *count = world.items(table).await.len();
    }
    counts
}

#[tokio::test]
async fn a_purge_under_faults_is_carried_out_once_and_leaves_one_receipt() {
    let worker = [("GetItem", &[Fault::Throttled, Fault::LostAnswer][..])];
    let writes = NOT_DONE.into_iter().chain(DONE).map(|fault| vec![fault]).chain([vec![
        Fault::LostAnswer,
        Fault::Conflict,
        Fault::ServerErrorAfter,
        Fault::InProgress,
        Fault::LostAnswer,
    ]]);
    let world = without_worker().await;
    for (round, faults) in writes.enumerate() {
        let (user, record) = due(&world).await;
        for (operation, faults) in worker.into_iter().chain([("TransactWriteItems", &*faults)]) {
            faults.iter().for_each(|fault| world.fault("purge-person", operation, *fault));
        }
        assert_eq!(work(&world, &record).await, json!([]), "{faults:?}");
        assert_eq!(world.calls.faults_left(), 0, "{faults:?}");
        assert_eq!(counts(&world).await, [0, 0, 0, round + 1], "{faults:?}");
        let receipts = exact(&world).await;
        assert_eq!(work(&world, &record).await, json!([]), "a second message changes nothing");
        assert_eq!(exact(&world).await, receipts);
        assert_eq!(world.purge_status(&user.person_id).await, "complete");
    }
}

#[tokio::test]
async fn a_purge_that_fails_six_times_goes_back_to_the_queue_and_nothing_changed() {
    let world = without_worker().await;
    for operation in ["GetItem", "TransactWriteItems"] {
        let (user, record) = due(&world).await;
        let before = exact(&world).await;
        plan(&world, "purge-person", operation, Fault::ServerError, FAILED_ATTEMPTS);
        assert_eq!(work(&world, &record).await, json!([{ "itemIdentifier": "m" }]), "{operation}");
        assert_eq!((exact(&world).await, world.calls.faults_left()), (before, 0), "{operation}");
        assert_eq!(work(&world, &record).await, json!([]), "{operation}");
        assert_eq!(world.purge_status(&user.person_id).await, "complete", "{operation}");
    }
}

#[tokio::test]
async fn one_record_that_fails_does_not_take_the_others_with_it() {
    let world = without_worker().await;
    let (first, record) = due(&world).await;
    let second = world.create("Apple", "44").await;
    world.purge_now(&second.person_id).await;
    world.advance(Duration::from_secs(20));
    let mut other = self::record(&world, &second).await["Records"][0].clone();
    other["messageId"] = json!("n");
    let batch = json!({ "Records": [record["Records"][0], other] });
    plan(&world, "purge-person", "TransactWriteItems", Fault::Throttled, FAILED_ATTEMPTS);
    let failures = work(&world, &batch).await;
    // There are six faults and two records, so at most one record gets all of them.
    assert!(failures.as_array().unwrap().len() <= 1, "{failures}");
    assert_eq!(work(&world, &batch).await, json!([]));
    for user in [first, second] {
        assert_eq!(world.purge_status(&user.person_id).await, "complete");
    }
}

#[tokio::test]
async fn a_purge_that_came_too_early_is_put_back_through_faults() {
    let world = without_worker().await;
    let user = world.create("Steam", "42").await;
    world.queue_purge(&user.person_id, Some(world.now() + 86_400)).await;
    let record = record(&world, &user).await;
    let before = exact(&world).await;
    for fault in NOT_DONE.into_iter().chain(DONE) {
        world.fault("purge-person", "UpdateItem", fault);
        assert_eq!(work(&world, &record).await, json!([]), "{fault:?}");
        assert_eq!((exact(&world).await, world.calls.faults_left()), (before.clone(), 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_lease_whose_answer_was_lost_counts_once() {
    let world = without_worker().await;
    let user = world.create("Steam", "42").await;
    for fault in NOT_DONE.into_iter().chain(DONE) {
        assert_eq!(world.purge_now(&user.person_id).await.status, 202);
        world.advance(Duration::from_secs(20));
        let version = attribute(&world, &user, "version").await;
        world.fault("dispatch-due-purges", "UpdateItem", fault);
        world.tick().await;
        assert_eq!(world.calls.faults_left(), 0, "{fault:?}");
        assert_eq!(attribute(&world, &user, "dispatches").await.as_deref(), Some("1"), "{fault:?}");
        assert_eq!(attribute(&world, &user, "version").await, version, "{fault:?}");
        let due_on: i64 = attribute(&world, &user, "due_on").await.unwrap().parse().unwrap();
        assert!(due_on > world.now(), "{fault:?}");
        assert_eq!(world.delete(&purge_path(&user.person_id), &world.admin()).await.status, 204);
    }
}

#[tokio::test]
async fn a_dispatcher_under_faults_loses_nothing() {
    let world = World::start().await;
    let rounds = [
        ("Query", vec![Fault::Throttled, Fault::LostAnswer]),
        ("GetQueueAttributes", vec![Fault::ServerError, Fault::LostAnswer]),
        ("SendMessageBatch", vec![Fault::LostAnswer, Fault::ServerErrorAfter, Fault::Throttled]),
        ("UpdateItem", vec![Fault::LostAnswer, Fault::Conflict]),
    ];
    for (round, (operation, faults)) in rounds.into_iter().enumerate() {
        let user = world.create("Steam", "42").await;
        // The request's own message never arrives, so only the dispatcher can send one.
        plan(&world, "queue-person-purge", "SendMessage", Fault::ServerError, FAILED_ATTEMPTS);
        assert_eq!(world.purge_now(&user.person_id).await.status, 202, "{operation}");
        assert_eq!(world.calls.faults_left(), 0, "{operation}");
        world.advance(Duration::from_secs(20));
        faults.iter().for_each(|fault| world.fault("dispatch-due-purges", operation, *fault));
        world.tick().await;
        assert_eq!(world.calls.faults_left(), 0, "{operation}");
        world.purged(&user.person_id).await;
        assert_eq!(counts(&world).await, [0, 0, 0, round + 1], "{operation}");
    }
}

#[tokio::test]
async fn what_a_failed_round_left_the_next_one_finds() {
    let world = World::start().await;
    for operation in ["Query", "SendMessageBatch", "UpdateItem"] {
        let user = world.create("Steam", "42").await;
        plan(&world, "queue-person-purge", "SendMessage", Fault::ServerError, FAILED_ATTEMPTS);
        world.purge_now(&user.person_id).await;
        world.advance(Duration::from_secs(20));
        plan(&world, "dispatch-due-purges", operation, Fault::ServerError, FAILED_ATTEMPTS);
        world.bundle.tick().await.expect_err("the round fails");
        world.tick().await;
        world.purged(&user.person_id).await;
    }
}

#[tokio::test]
async fn a_due_purge_whose_write_was_repeated_is_sent_once() {
    let world = without_worker().await;
    let user = world.create("Steam", "42").await;
    world.calls.forget();
    world.fault("queue-person-purge", "UpdateItem", Fault::LostAnswer);
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    assert_eq!(world.operations("queue-person-purge"), ["UpdateItem", "UpdateItem", "SendMessage"]);
}

#[tokio::test]
async fn a_queue_that_does_not_tell_its_depth_does_not_stop_purges() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    plan(&world, "queue-person-purge", "SendMessage", Fault::ServerError, FAILED_ATTEMPTS);
    world.purge_now(&user.person_id).await;
    world.advance(Duration::from_secs(20));
    plan(&world, "dispatch-due-purges", "GetQueueAttributes", Fault::ServerError, FAILED_ATTEMPTS);
    world.tick().await;
    assert_eq!(world.calls.faults_left(), 0);
    world.purged(&user.person_id).await;
}

#[tokio::test]
async fn only_a_round_that_succeeded_says_how_late_purges_are() {
    let world = without_worker().await;
    // A different clock distinguishes this round's metric from those of other tests in the process.
    world.advance(Duration::from_secs(1_000_000_007));
    let user = world.create("Steam", "42").await;
    world.purge_now(&user.person_id).await;
    world.advance(Duration::from_secs(987_654));
    let told = || {
        logs::text().lines().filter(|line| line.contains("OldestDuePurgeSeconds") && line.contains(":98765")).count()
    };
    plan(&world, "dispatch-due-purges", "SendMessageBatch", Fault::ServerError, FAILED_ATTEMPTS);
    world.bundle.tick().await.expect_err("the round fails");
    assert_eq!(told(), 0);
    world.tick().await;
    assert_eq!(told(), 1);
}
