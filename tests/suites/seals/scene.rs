//! Helpers of this suite: purges, rounds of sealing, and the findings of `roster verify`.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::{
    Options,
    operate::{Finding, PublicKey, Scope, Target, Verified, verify},
};
use serde_json::{Value, json};
use shared::identity::Second;
use tests::{Answer, User, World, world::purge_path};

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A world without a worker, in which messages wait until a test handles them.
pub(crate) async fn without_worker() -> World {
    World::start_with(Options { worker: false, ..Options::default() }).await
}

/// A world without a worker, whose receipts expire after this time.
pub(crate) async fn forgetful(retention: &str) -> World {
    let environment = [("RECEIPT_RETENTION".to_owned(), retention.to_owned())].into();
    World::start_with(Options { worker: false, environment, ..Options::default() }).await
}

/// Queues a purge for now and lets the worker carry it out.
pub(crate) async fn purge(world: &World, user: &User) {
    let answer = world.purge_now(&user.person_id).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let message = message(world, user).await;
    world.advance(Duration::from_secs(1));
    work(world, &[&message]).await;
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
}

/// Creates a person and purges it.
pub(crate) async fn purged(world: &World, name: &str) -> User {
    let user = world.create("Steam", name).await;
    purge(world, &user).await;
    user
}

/// The body of a message about the queued purge.
pub(crate) async fn message(world: &World, user: &User) -> String {
    let get = world.bundle.dynamodb().get_item().table_name("PersonsTable").consistent_read(true);
    let item = get.key("person_id", AttributeValue::S(user.person_id.clone())).send().await.unwrap().item.unwrap();
    let purge_id = item["purge_id"].as_s().unwrap();
    json!({ "person_id": user.person_id, "purge_id": purge_id }).to_string()
}

/// Sends messages to purge-person in one batch. None of them may fail.
pub(crate) async fn work(world: &World, bodies: &[&str]) {
    let record = |(index, body): (usize, &&str)| {
        json!({
            "messageId": format!("message-{index}"),
            "receiptHandle": format!("handle-{index}"),
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1795335907000",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": "1795335907001",
            },
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:roster-purge",
            "awsRegion": "eu-west-1",
        })
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    let answer = world.bundle.invoke("purge-person", json!({ "Records": records })).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
}

/// Moves the clock to the first second of the next hour, so that the next minutes are in one hour.
pub(crate) fn to_the_next_hour(world: &World) {
    let left = 3600 - world.now().rem_euclid(3600);
    world.advance(Duration::from_secs(u64::try_from(left).unwrap()));
}

/// Moves the clock until the current hour can be sealed, and runs the sealer.
pub(crate) async fn seal(world: &World) {
    to_the_next_hour(world);
    world.advance(Duration::from_mins(11));
    seal_now(world).await;
}

/// One round of sealing.
pub(crate) async fn seal_now(world: &World) {
    world.bundle.invoke("seal-receipts", schedule()).await.expect("a round of sealing");
}

/// The event that starts a round of sealing.
pub(crate) fn schedule() -> Value {
    json!({ "version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}" })
}

/// The endpoint's answer to an admin about a person's receipt.
pub(crate) async fn receipt(world: &World, person_id: &str) -> Answer {
    world.get(&receipt_path(person_id), &world.admin()).await
}

pub(crate) fn receipt_path(person_id: &str) -> String {
    format!("{}/receipt", purge_path(person_id))
}

/// The keys that KMS returns.
pub(crate) async fn trusted(target: &Target) -> Vec<PublicKey> {
    let keys = target.seal_keys().await.unwrap();
    keys.iter().map(|(name, der)| PublicKey::from_der(Some(name.clone()), der).unwrap()).collect()
}

/// The same keys without names, as if they had come from files.
pub(crate) async fn pinned(target: &Target) -> Vec<PublicKey> {
    let keys = target.seal_keys().await.unwrap();
    keys.iter().map(|(_, der)| PublicKey::from_der(None, der).unwrap()).collect()
}

/// The findings of `roster verify`.
pub(crate) async fn findings(world: &World) -> Vec<Finding> {
    verified(world, None).await.1
}

/// The result and the findings of `roster verify --since`.
pub(crate) async fn verified(world: &World, since: Option<Second>) -> (Verified, Vec<Finding>) {
    let target = world.target();
    let keys = trusted(&target).await;
    verified_with(&target, &keys, since).await
}

/// The same with given keys.
pub(crate) async fn verified_with(
    target: &Target,
    keys: &[PublicKey],
    since: Option<Second>,
) -> (Verified, Vec<Finding>) {
    let mut findings = Vec::new();
    let verified =
        verify(target, keys, Scope { since, noted: None }, |finding| findings.push(finding.clone())).await.unwrap();
    assert_eq!(verified.findings, u64::try_from(findings.len()).unwrap());
    (verified, findings)
}

/// The seals in order.
pub(crate) async fn seals(world: &World) -> Vec<Item> {
    let mut seals = world.items("SealsTable").await;
    seals.sort_by_key(|seal| number(seal, "number"));
    seals
}

pub(crate) fn number(item: &Item, name: &str) -> i64 {
    item[name].as_n().expect(name).parse().expect(name)
}

pub(crate) async fn put(world: &World, table: &str, item: Item) {
    world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

pub(crate) async fn remove(world: &World, table: &str, item: &Item) {
    let key = key(table, item);
    world.bundle.dynamodb().delete_item().table_name(table).set_key(Some(key)).send().await.unwrap();
}

/// The key of an item.
pub(crate) fn key(table: &str, item: &Item) -> Item {
    let names: &[&str] = if table == "SealsTable" { &["chain", "number"] } else { &["person_id"] };
    names.iter().map(|name| ((*name).to_owned(), item[*name].clone())).collect()
}
