//! Reads of several items, and the settings of a table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, TimeToLiveSpecification, TimeToLiveStatus};

use crate::scene::{Scene, Table, code, item, n, s};

crate::checks!(
    DynamoDb:
    a_batch_brings_what_is_there_and_says_nothing_of_the_rest,
    a_batch_has_100_keys_at_most,
    a_batch_names_a_key_once,
    a_consistent_read_sees_the_write_before_it,
    a_table_that_is_there_already_is_in_use,
    a_missing_table_is_not_found,
    expiry_is_on_once_it_is_switched_on,
);

fn keys(table: &Table<'_>, ids: &[String]) -> HashMap<String, KeysAndAttributes> {
    let keys = ids.iter().map(|id| item([("id", s(id))])).collect();
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap();
    HashMap::from([(table.name.clone(), keys)])
}

async fn a_batch_brings_what_is_there_and_says_nothing_of_the_rest(scene: &Scene) {
    let (one, other) = (scene.table().await, scene.table().await);
    one.put(item([("id", s("a")), ("version", n(1))])).await;
    other.put(item([("id", s("b"))])).await;
    let mut asked = keys(&one, &["a".to_owned(), "missing".to_owned()]);
    asked.extend(keys(&other, &["b".to_owned()]));
    let answer = one.client.batch_get_item().set_request_items(Some(asked)).send().await.unwrap();
    let responses = answer.responses.unwrap();
    assert_eq!(responses[&one.name], [item([("id", s("a")), ("version", n(1))])]);
    assert_eq!(responses[&other.name], [item([("id", s("b"))])]);
    assert!(answer.unprocessed_keys.unwrap_or_default().is_empty());
}

async fn a_batch_has_100_keys_at_most(scene: &Scene) {
    let table = scene.table().await;
    let ids: Vec<_> = (0..101).map(|id: i32| id.to_string()).collect();
    let ask = |ids: &[String]| table.client.batch_get_item().set_request_items(Some(keys(&table, ids))).send();
    assert_eq!(code(&ask(&ids).await), "ValidationException");
    assert_eq!(code(&ask(&ids[..100]).await), "");
}

async fn a_batch_names_a_key_once(scene: &Scene) {
    let table = scene.table().await;
    let asked = keys(&table, &["a".to_owned(), "a".to_owned()]);
    let answer = table.client.batch_get_item().set_request_items(Some(asked)).send().await;
    assert_eq!(code(&answer), "ValidationException");
}

async fn a_consistent_read_sees_the_write_before_it(scene: &Scene) {
    let table = scene.table().await;
    for version in 0..20 {
        table.put(item([("id", s("a")), ("version", n(version))])).await;
        assert_eq!(table.get("a").await.unwrap()["version"], n(version));
    }
}

async fn a_table_that_is_there_already_is_in_use(scene: &Scene) {
    let table = scene.table().await;
    let found = table.client.describe_table().table_name(&table.name).send().await.unwrap().table.unwrap();
    let again = table.client.create_table().table_name(&table.name);
    let again = again.billing_mode(aws_sdk_dynamodb::types::BillingMode::PayPerRequest);
    let again = again.set_key_schema(found.key_schema).set_attribute_definitions(Some(
        found.attribute_definitions.unwrap().into_iter().filter(|one| one.attribute_name() == "id").collect(),
    ));
    assert_eq!(code(&again.send().await), "ResourceInUseException");
}

async fn a_missing_table_is_not_found(scene: &Scene) {
    let client = scene.table().await.client;
    let describe = client.describe_table().table_name("nothing").send().await;
    let get = client.get_item().table_name("nothing").key("id", s("a")).send().await;
    assert_eq!([code(&describe), code(&get)], ["ResourceNotFoundException"; 2]);
}

async fn expiry_is_on_once_it_is_switched_on(scene: &Scene) {
    let table = scene.table().await;
    let status = async || {
        let found = table.client.describe_time_to_live().table_name(&table.name).send().await.unwrap();
        let found = found.time_to_live_description.unwrap();
        (found.attribute_name, found.time_to_live_status.unwrap())
    };
    assert_eq!(status().await, (None, TimeToLiveStatus::Disabled));
    let on = TimeToLiveSpecification::builder().attribute_name("expires_on").enabled(true).build().unwrap();
    let update = table.client.update_time_to_live().table_name(&table.name).time_to_live_specification(on);
    update.send().await.unwrap();
    let (attribute, status) = status().await;
    assert_eq!(attribute.as_deref(), Some("expires_on"));
    assert!(matches!(status, TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), "{status}");
}
