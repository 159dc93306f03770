//! Every write of the functions has a condition.

use std::{collections::BTreeSet, time::Duration};

use roster_local::template::Template;
use serde_json::{Value, json};
use tests::{Fault, World, roles::of_template};

use crate::{acts::ACTS, plan};

/// A list of all writes of the functions.
async fn every_write() -> Vec<(String, String, Value)> {
    let world = World::start().await;
    for (label, act) in ACTS.into_iter().enumerate() {
        let stage = act.prepare(&world, label).await;
        assert_eq!(act.perform(&world, &stage).await.status, act.success(), "{act:?}");
    }
    let user = world.create("Steam", "42").await;
    plan(&world, "queue-person-purge", "SendMessage", Fault::ServerError, crate::FAILED_ATTEMPTS);
    world.purge_now(&user.person_id).await;
    world.advance(Duration::from_secs(20));
    world.tick().await;
    world.purged(&user.person_id).await;
    let early = world.create("Steam", "43").await;
    world.queue_purge(&early.person_id, Some(world.now() + 86_400)).await;
    let persons = world.items("PersonsTable").await;
    let person = persons.iter().find(|person| person["person_id"].as_s().ok() == Some(&early.person_id)).unwrap();
    let purge_id = person["purge_id"].as_s().unwrap();
    let body = json!({ "person_id": early.person_id, "purge_id": purge_id }).to_string();
    let record = json!({ "messageId": "m", "body": body, "attributes": {}, "messageAttributes": {} });
    world.bundle.invoke("purge-person", json!({ "Records": [record] })).await.unwrap();
    let writes = world.made().into_iter().flat_map(|call| match &*call.operation {
        "UpdateItem" => vec![(call.function, "Update".to_owned(), call.body)],
        "TransactWriteItems" => {
            let members = call.body["TransactItems"].as_array().expect("members").clone();
            let members = members.into_iter().flat_map(|member| member.as_object().expect("a member").clone());
            members.map(|(kind, write)| (call.function.clone(), kind, write)).collect()
        }
        "PutItem" | "DeleteItem" | "BatchWriteItem" => panic!("{} writes without a condition", call.function),
        _ => Vec::new(),
    });
    writes.collect()
}

fn key_of(table: &str) -> &'static str {
    match table {
        "PersonsTable" | "ReceiptsTable" => "person_id",
        "UsersTable" => "player_uuid",
        "IdentitiesTable" => "identity",
        "SealsTable" => "number",
        "SequencesTable" => "name",
        other => panic!("a table {other}"),
    }
}

#[tokio::test]
async fn no_write_creates_what_was_just_purged() {
    let mut updated = BTreeSet::new();
    for (function, kind, write) in every_write().await {
        let table = write["TableName"].as_str().unwrap();
        let condition = write["ConditionExpression"].as_str().unwrap_or_default();
        let key = key_of(table);
        assert!(!condition.is_empty(), "{function}: {kind} on {table} without a condition");
        assert_eq!(write["ReturnValuesOnConditionCheckFailure"], "ALL_OLD", "{function}: {kind} on {table}");
        if kind != "Update" || table == "SequencesTable" {
            continue;
        }
        let mut conjuncts = condition.split(" AND ");
        let exists = format!("attribute_exists(#{key})");
        assert!(conjuncts.any(|conjunct| conjunct == exists), "{function}: {table} updated where {condition}");
        assert_eq!(write["ExpressionAttributeNames"][format!("#{key}")], key, "{function}: {table}");
        updated.insert((function, table.to_owned()));
    }
    // A role allows the calls of its function and nothing else.
    let roles = of_template(&Template::built_in().unwrap());
    let allowed = roles.into_iter().flat_map(|(function, allowed)| {
        let tables = allowed.into_iter().filter(|(action, _)| action == "dynamodb:UpdateItem").map(|(_, table)| table);
        tables.map(move |table| (function.clone(), table)).collect::<Vec<_>>()
    });
    let expected: BTreeSet<_> = allowed.filter(|(_, table)| table != "SequencesTable").collect();
    assert!(expected.len() > 15, "{expected:?}");
    assert_eq!(updated, expected, "the walk saw every update");
}

#[tokio::test]
async fn what_is_created_is_created_only_where_nothing_was() {
    let mut created = BTreeSet::new();
    for (function, kind, write) in every_write().await {
        if kind == "Put" {
            let table = write["TableName"].as_str().unwrap();
            let condition = write["ConditionExpression"].as_str().unwrap();
            assert_eq!(condition, format!("attribute_not_exists(#{})", key_of(table)), "{function}: {table}");
            created.insert((function, table.to_owned()));
        }
    }
    assert_eq!(created.len(), 9, "{created:?}");
}
