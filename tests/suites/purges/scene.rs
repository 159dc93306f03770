//! Helpers of this suite: the stored purge, messages to the worker, and the messages in the queue.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat},
    types::AttributeValue,
};
use roster_local::{Options, TokenRequest};
use serde_json::{Value, json};
pub(crate) use tests::PLATFORMS;
use tests::{
    Answer, User, World,
    client::unix_of,
    world::{TABLES, purge_path},
};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// One hour, in seconds.
pub(crate) const HOUR: i64 = 3600;
/// One day, in seconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A world without a worker, in which messages wait until a test handles them.
pub(crate) async fn without_worker() -> World {
    World::start_with(Options { worker: false, ..Options::default() }).await
}

/// A world without a worker, with these settings of the functions.
pub(crate) async fn with_settings<const N: usize>(settings: [(&str, &str); N]) -> World {
    let environment = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    World::start_with(Options { worker: false, environment, ..Options::default() }).await
}

/// The user's token with `purge:person:self` and nothing else.
pub(crate) fn self_token(world: &World, user: &User) -> String {
    let request = TokenRequest::new(["purge:person:self"]);
    world.token(request.platform_user(&user.platform, &user.platform_user_id))
}

/// The person's item, if there is one.
pub(crate) async fn item(world: &World, person_id: &str) -> Option<Item> {
    let get = world.bundle.dynamodb().get_item().table_name("PersonsTable").consistent_read(true);
    get.key("person_id", AttributeValue::S(person_id.to_owned())).send().await.unwrap().item
}

/// The person's item. Fails if there is none.
pub(crate) async fn stored(world: &World, person_id: &str) -> Item {
    item(world, person_id).await.expect("a person")
}

pub(crate) fn number(item: &Item, name: &str) -> i64 {
    item[name].as_n().expect(name).parse().expect(name)
}

pub(crate) fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    item[name].as_s().expect(name)
}

/// Writes attributes of a person directly, without a function.
pub(crate) async fn write(world: &World, person_id: &str, values: &[(&str, AttributeValue)]) {
    let mut update = world.bundle.dynamodb().update_item().table_name("PersonsTable");
    let mut sets = Vec::new();
    for (name, value) in values {
        sets.push(format!("#{name} = :{name}"));
        update = update.expression_attribute_names(format!("#{name}"), *name);
        update = update.expression_attribute_values(format!(":{name}"), value.clone());
    }
    update = update.update_expression(format!("SET {}", sets.join(", ")));
    update.key("person_id", AttributeValue::S(person_id.to_owned())).send().await.unwrap();
}

pub(crate) fn n(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Marks a queued purge as begun, which no function does today.
pub(crate) async fn begin(world: &World, person_id: &str) {
    write(world, person_id, &[("purge_status", AttributeValue::S("in_progress".into()))]).await;
}

/// The body of a message about the queued purge.
pub(crate) async fn message(world: &World, person_id: &str) -> String {
    body(person_id, text(&stored(world, person_id).await, "purge_id"))
}

pub(crate) fn body(person_id: &str, purge_id: &str) -> String {
    json!({ "person_id": person_id, "purge_id": purge_id }).to_string()
}

/// Sends these messages to purge-person in one batch, as SQS does. Returns the numbers of those
/// that failed.
pub(crate) async fn work(world: &World, bodies: &[&str]) -> Vec<usize> {
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
    let failures = answer["batchItemFailures"].as_array().expect("a partial batch response");
    let mut failed: Vec<usize> = failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().unwrap().strip_prefix("message-").unwrap().parse().unwrap())
        .collect();
    failed.sort_unstable();
    failed
}

/// Queues a purge for now and lets the worker carry it out.
pub(crate) async fn purge_now(world: &World, person_id: &str) -> String {
    let answer = world.purge_now(person_id).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let message = message(world, person_id).await;
    world.advance(std::time::Duration::from_secs(1));
    assert_eq!(work(world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.purge_status(person_id).await, "complete");
    message
}

/// Receives and deletes all messages of the purge queue that are visible now.
pub(crate) async fn drain(world: &World) -> Vec<String> {
    let (sqs, url) = (world.bundle.sqs(), world.bundle.queue_url("PurgeQueue").unwrap());
    let mut bodies = Vec::new();
    loop {
        let received = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return bodies;
        }
        for message in messages {
            let handle = message.receipt_handle.unwrap();
            sqs.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
            bodies.push(message.body.unwrap());
        }
    }
}

/// Receives and deletes so many messages of the purge queue. The message of a purge for now has up
/// to a second of delay.
pub(crate) async fn receive(world: &World, count: usize) -> Vec<String> {
    let mut bodies = Vec::new();
    for _ in 0..300 {
        bodies.extend(drain(world).await);
        if bodies.len() >= count {
            return bodies;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{count} messages are not there after 30 s, but {bodies:?}");
}

/// The person ids of these messages, sorted.
pub(crate) fn persons(bodies: &[String]) -> Vec<String> {
    let person_id = |body: &String| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["person_id"].as_str().unwrap().to_owned()
    };
    let mut persons: Vec<_> = bodies.iter().map(person_id).collect();
    persons.sort_unstable();
    persons
}

/// Creates persons with one user each.
pub(crate) async fn crowd(world: &World, size: usize) -> Vec<User> {
    let mut users = Vec::new();
    for index in 0..size {
        users.push(world.create("Steam", &format!("crowd-{index}")).await);
    }
    users
}

/// A time in a body, in seconds since the Unix epoch.
pub(crate) fn unix(body: &Value, name: &str) -> i64 {
    unix_of(body[name].as_str().expect(name))
}

/// Seconds since the Unix epoch, as `2026-11-22T09:00:00Z`.
pub(crate) fn iso(seconds: i64) -> String {
    DateTime::from_secs(seconds).fmt(DateTimeFormat::DateTime).unwrap()
}

/// Queues a purge with this body, as an admin.
pub(crate) async fn post(world: &World, person_id: &str, body: Value) -> Answer {
    world.post(&purge_path(person_id), &world.admin(), body).await
}

/// Shows a purge, as an admin.
pub(crate) async fn get(world: &World, person_id: &str) -> Answer {
    world.get(&purge_path(person_id), &world.admin()).await
}

/// Cancels a purge, as an admin.
pub(crate) async fn delete(world: &World, person_id: &str) -> Answer {
    world.delete(&purge_path(person_id), &world.admin()).await
}

/// Creates one person with so many users. The leader comes first.
pub(crate) async fn crowd_of_one_person(world: &World, size: usize) -> Vec<User> {
    let mut users = Vec::new();
    for platform in &PLATFORMS[..size] {
        users.push(world.create(platform, &format!("one of {size}")).await);
    }
    for follower in &users[1..] {
        world.link(&users[0], follower).await;
    }
    users
}

/// The numbers of persons, users, claims and receipts.
pub(crate) async fn counts(world: &World) -> [usize; 4] {
    let count = async |table: &str| world.items(table).await.len();
    [
        count("PersonsTable").await,
        count("UsersTable").await,
        count("IdentitiesTable").await,
        count("ReceiptsTable").await,
    ]
}

/// All items of all tables, so that two states can be compared.
pub(crate) async fn everything(world: &World) -> Vec<Vec<Item>> {
    let mut tables = Vec::new();
    for (table, key) in TABLES.into_iter().zip(["person_id", "player_uuid", "identity", "person_id", "name"]) {
        let mut items = world.items(table).await;
        items.sort_by_key(|item| text(item, key).to_owned());
        tables.push(items);
    }
    tables
}
