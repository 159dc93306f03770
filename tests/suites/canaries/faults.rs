//! Calls that fail and items that are broken show no personal data.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::json;
use tests::{
    Fault, World,
    endpoints::Ready,
    logs,
    openapi::{Document, Operation},
    targets::Target,
    ways::{Call, ways},
    world::purge_path,
};

use super::cage::{BODY, Cage, Seen};

/// The failed attempts after which a call is given up (`shared::aws`).
const FAILED_ATTEMPTS: usize = 6;
const FAULTS: [Fault; 4] = [Fault::ServerErrorAfter, Fault::LostAnswer, Fault::Throttled, Fault::Conflict];

/// The functions that call nobody, except for the keys of login.
const CALL_NOBODY: [&str; 2] = ["get-public-keys", "verify-token"];

/// Sends a call with every right. Returns the status of the answer.
async fn send(world: &World, cage: &Cage, operation: &Operation<'_>, call: &Call) -> u16 {
    let best = cage.best(operation);
    let authorization = best.as_deref().map(|value| ("authorization", value));
    let headers: Vec<_> = [("content-type", call.content_type)].into_iter().chain(authorization).collect();
    cage.send(world, call, &headers).await.status
}

/// Lets every call of this function fail in every way. Returns the statuses of the answers.
async fn disturb(function: &str, operations: &[Operation<'_>]) -> Vec<u16> {
    // It has its own world. Otherwise a fault planned here could hit a call that prepares another
    // target.
    let world = &World::start().await;
    let cage = &Cage::new(world);
    let target = Target::ready(world, operations[0].id).await;
    let call = ways(&operations[0], &target).remove(0);
    send(world, cage, &operations[0], &call).await;
    let mut made: BTreeSet<_> =
        world.made().into_iter().filter(|call| call.function == function).map(|call| call.operation).collect();
    // Keys are kept for ten minutes, so no second request would meet its fault.
    made.remove("GetPublicKey");
    assert_eq!(made.is_empty(), CALL_NOBODY.contains(&function), "{function}: {made:?}");
    let mut statuses = Vec::new();
    for (operation, made) in operations.iter().flat_map(|operation| made.iter().map(move |made| (operation, made))) {
        for fault in FAULTS {
            let target = Target::ready(world, operation.id).await;
            (0..FAILED_ATTEMPTS).for_each(|_| world.fault(function, made, fault));
            let call = ways(operation, &target).remove(0);
            statuses.push(send(world, cage, operation, &call).await);
            // A fault of an attempt that was not made would otherwise hit the next request.
            world.calls.forget_faults(function);
        }
    }
    cage.assert_silent(world);
    statuses
}

#[tokio::test]
async fn calls_that_fail_show_nothing_personal() {
    logs::capture_all();
    let document = Document::load();
    let mut by_function: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in document.catalogued() {
        by_function.entry(operation.function()).or_default().push(operation);
    }
    // A few at a time, so that no request waits for the others until its own deadline.
    let functions: Vec<_> = by_function.into_iter().collect();
    for some in functions.chunks(5) {
        let disturbed = some.iter().map(|(function, operations)| disturb(function, operations));
        for ((function, _), statuses) in some.iter().zip(join_all(disturbed).await) {
            assert_eq!(statuses.contains(&503), !CALL_NOBODY.contains(function), "{function}: {statuses:?}");
        }
    }
}

type Item = HashMap<String, AttributeValue>;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Broken copies of an item: with nothing but the key, and with canaries in all other attributes.
fn broken(item: &Item, key: &str) -> [Item; 3] {
    let changed = |value: AttributeValue| {
        let changed =
            item.keys().map(|name| (name.clone(), if name == key { item[name].clone() } else { value.clone() }));
        changed.collect()
    };
    let map = AttributeValue::M([(BODY.to_owned(), text(BODY))].into());
    [[(key.to_owned(), item[key].clone())].into(), changed(text(BODY)), changed(map)]
}

/// The items about this target, with table and key.
async fn items(world: &World, target: &Target) -> Vec<(&'static str, &'static str, Item)> {
    let keys = [
        ("PersonsTable", "person_id"),
        ("UsersTable", "player_uuid"),
        ("IdentitiesTable", "identity"),
        ("ReceiptsTable", "person_id"),
    ];
    let mut found = Vec::new();
    for (table, key) in keys {
        let ids = [&target.user.player_uuid, &target.user.person_id];
        let is_about =
            |item: &Item| item.values().filter_map(|value| value.as_s().ok()).any(|value| ids.contains(&value));
        found.extend(world.items(table).await.into_iter().filter(is_about).map(|item| (table, key, item)));
    }
    // A purged person still has a receipt.
    assert!(!found.is_empty(), "nothing is about {target:?}");
    found
}

#[tokio::test]
async fn items_that_are_broken_show_nothing_personal() {
    logs::capture_all();
    let (world, document) = (World::start().await, Document::load());
    let (mut cage, mut seen) = (Cage::new(&world), Seen::default());
    let operations = document.catalogued();
    let target_of = async |operation: &Operation<'_>| match operation.endpoint().ready {
        Ready::Nobody | Ready::Key => Target::plain(&world).await,
        _ => Target::ready(&world, operation.id).await,
    };
    for operation in &operations {
        for index in 0..ways(operation, &Target::missing()).len() {
            let target = target_of(operation).await;
            cage.watch(&target);
            for (table, key, item) in items(&world, &target).await {
                for broken in broken(&item, key) {
                    put(&world, table, broken).await;
                    let call = &ways(operation, &target)[index];
                    let headers = [("authorization", cage.admin.as_str()), ("content-type", call.content_type)];
                    seen.note(&cage.send(&world, call, &headers).await);
                    work(&world, &target.user.person_id).await;
                }
                put(&world, table, item).await;
            }
        }
    }
    let target = Target::plain(&world).await;
    let receipt =
        Item::from([("person_id".into(), text(&target.other.platform_user_id)), ("users".into(), text(BODY))]);
    let key = [("person_id".to_owned(), text(&target.user.person_id))];
    put(&world, "ReceiptsTable", receipt.into_iter().chain(key).collect()).await;
    let persons = world.bundle.dynamodb().delete_item().table_name("PersonsTable");
    persons.key("person_id", text(&target.user.person_id)).send().await.unwrap();
    for operation in operations.iter().filter(|operation| operation.path.starts_with(&purge_path("{person_id}"))) {
        let call = ways(operation, &target).remove(0);
        let headers = [("authorization", cage.admin.as_str()), ("content-type", call.content_type)];
        seen.note(&cage.send(&world, &call, &headers).await);
    }
    world.tick().await;
    seen.assert_has(&[500, 1013]);
    cage.assert_silent(&world);
}

async fn put(world: &World, table: &str, item: Item) {
    world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.ok();
}

/// Sends the worker messages about this person, and texts that are not messages.
async fn work(world: &World, person_id: &str) {
    let purge_id = uuid::Uuid::new_v4();
    let bodies = [
        json!({ "person_id": person_id, "purge_id": purge_id }).to_string(),
        json!({ "person_id": BODY, "purge_id": [BODY] }).to_string(),
        BODY.to_owned(),
    ];
    let record = |body: String| json!({ "messageId": "m", "receiptHandle": "h", "body": body, "attributes": {} });
    world.bundle.invoke("purge-person", json!({ "Records": bodies.map(record) })).await.expect("a partial response");
}
