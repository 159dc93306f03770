//! The units of calls. The documented costs are sums of these.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    ConsumedCapacity, KeysAndAttributes,
    ReturnConsumedCapacity::{Indexes, Total},
};

use crate::scene::{Item, Scene, Table, item, n, s};

crate::checks!(
    DynamoDb:
    a_write_costs_a_unit_a_kib,
    an_update_costs_the_larger_of_before_and_after,
    a_delete_costs_what_it_deletes,
    a_consistent_read_costs_a_unit_for_4_kib,
    an_eventual_read_costs_half,
    a_batch_costs_the_sum_of_its_reads,
    a_query_costs_half_a_unit_for_4_kib_together,
    a_query_that_finds_nothing_costs_half_a_unit,
    a_transaction_costs_double,
    a_replayed_transaction_costs_reads,
    an_index_entry_costs_a_write_more,
    a_moved_index_entry_costs_two_writes_more,
    an_index_entry_that_stays_as_it_is_costs_nothing,
    a_transaction_costs_an_index_entry_once,
);

fn sized(id: &str, bytes: usize) -> Item {
    item([("id", s(id)), ("text", s(&"x".repeat(bytes)))])
}

fn units(consumed: Option<ConsumedCapacity>) -> f64 {
    consumed.unwrap().capacity_units.unwrap()
}

/// Units of the table and of its index.
fn split(consumed: Option<ConsumedCapacity>) -> (f64, f64) {
    let consumed = consumed.unwrap();
    let index = consumed.global_secondary_indexes.unwrap_or_default();
    let index = index.get("due").and_then(|due| due.capacity_units).unwrap_or_default();
    (consumed.table.unwrap().capacity_units.unwrap(), index)
}

async fn a_write_costs_a_unit_a_kib(scene: &Scene) {
    let table = scene.table().await;
    for (bytes, expected) in [(10, 1.0), (1000, 1.0), (1024, 2.0), (3000, 3.0)] {
        let put = table.client.put_item().table_name(&table.name).set_item(Some(sized("a", bytes)));
        let answer = put.return_consumed_capacity(Total).send().await.unwrap();
        assert_eq!(units(answer.consumed_capacity), expected, "{bytes}");
        table.client.delete_item().table_name(&table.name).key("id", s("a")).send().await.unwrap();
    }
}

async fn an_update_costs_the_larger_of_before_and_after(scene: &Scene) {
    let table = scene.table().await;
    table.put(sized("a", 3000)).await;
    let shrink = table.update("a", "SET #text = :text", "", &[(":text", s("x"))]).return_consumed_capacity(Total);
    assert_eq!(units(shrink.send().await.unwrap().consumed_capacity), 3.0);
    let small = table.update("a", "SET #text = :text", "", &[(":text", s("y"))]).return_consumed_capacity(Total);
    assert_eq!(units(small.send().await.unwrap().consumed_capacity), 1.0);
}

async fn a_delete_costs_what_it_deletes(scene: &Scene) {
    let table = scene.table().await;
    table.put(sized("a", 3000)).await;
    for expected in [3.0, 1.0] {
        let delete = table.client.delete_item().table_name(&table.name).key("id", s("a"));
        let answer = delete.return_consumed_capacity(Total).send().await.unwrap();
        assert_eq!(units(answer.consumed_capacity), expected);
    }
}

async fn read(table: &Table<'_>, id: &str, consistent: bool) -> f64 {
    let get = table.client.get_item().table_name(&table.name).key("id", s(id)).consistent_read(consistent);
    units(get.return_consumed_capacity(Total).send().await.unwrap().consumed_capacity)
}

async fn a_consistent_read_costs_a_unit_for_4_kib(scene: &Scene) {
    let table = scene.table().await;
    table.put(sized("small", 4000)).await;
    table.put(sized("large", 5000)).await;
    assert_eq!((read(&table, "small", true).await, read(&table, "large", true).await), (1.0, 2.0));
    assert_eq!(read(&table, "missing", true).await, 1.0);
}

async fn an_eventual_read_costs_half(scene: &Scene) {
    let table = scene.table().await;
    table.put(sized("large", 5000)).await;
    assert_eq!((read(&table, "large", false).await, read(&table, "missing", false).await), (1.0, 0.5));
}

async fn a_batch_costs_the_sum_of_its_reads(scene: &Scene) {
    let table = scene.table().await;
    table.put(sized("small", 10)).await;
    table.put(sized("large", 5000)).await;
    let keys = ["small", "large", "missing"].map(|id| item([("id", s(id))]));
    let keys = KeysAndAttributes::builder().set_keys(Some(keys.into())).consistent_read(true).build().unwrap();
    let asked = HashMap::from([(table.name.clone(), keys)]);
    let batch = table.client.batch_get_item().set_request_items(Some(asked)).return_consumed_capacity(Total);
    assert_eq!(units(batch.send().await.unwrap().consumed_capacity.unwrap().pop()), 4.0);
}

async fn query(table: &Table<'_>, shard: i32) -> f64 {
    let query =
        table.client.query().table_name(&table.name).index_name("due").key_condition_expression("#shard = :shard");
    let query = query.expression_attribute_names("#shard", "shard").expression_attribute_values(":shard", n(shard));
    units(query.return_consumed_capacity(Total).send().await.unwrap().consumed_capacity)
}

async fn a_query_costs_half_a_unit_for_4_kib_together(scene: &Scene) {
    let table = scene.table().await;
    for index in 0..20 {
        let purge_id = s(&"p".repeat(300));
        table
            .put(item([("id", s(&index.to_string())), ("shard", n(1)), ("due_on", n(1)), ("purge_id", purge_id)]))
            .await;
    }
    // 20 items of a little over 300 bytes are between 4 and 8 KiB.
    assert_eq!(query(&table, 1).await, 1.0);
}

async fn a_query_that_finds_nothing_costs_half_a_unit(scene: &Scene) {
    assert_eq!(query(&scene.table().await, 1).await, 0.5);
}

async fn transacted(table: &Table<'_>, token: &str) -> ConsumedCapacity {
    table.put(item([("id", s("checked"))])).await;
    let members = vec![
        table.put_member(sized("put", 1500), ""),
        table.update_member("updated", "SET #a = :a", "attribute_not_exists(#b)", &[(":a", n(1))]),
        table.check_member("checked", "attribute_exists(#id)", &[]),
    ];
    let request = table.client.transact_write_items().set_transact_items(Some(members)).client_request_token(token);
    request.return_consumed_capacity(Total).send().await.unwrap().consumed_capacity.unwrap().remove(0)
}

async fn a_transaction_costs_double(scene: &Scene) {
    let table = scene.table().await;
    // The items have 2, 1 and 1 KiB, and a transaction counts each twice.
    assert_eq!(units(Some(transacted(&table, &uuid::Uuid::new_v4().to_string()).await)), 8.0);
}

async fn a_replayed_transaction_costs_reads(scene: &Scene) {
    let table = scene.table().await;
    let token = uuid::Uuid::new_v4().to_string();
    transacted(&table, &token).await;
    let replay = transacted(&table, &token).await;
    // "Subsequent calls return the number of read capacity units consumed in reading the item."
    assert_eq!(
        (replay.write_capacity_units.unwrap_or_default(), replay.read_capacity_units.unwrap_or(-1.0)),
        (0.0, 6.0)
    );
}

async fn indexed(table: &Table<'_>, update: &str, value: i32) -> (f64, f64) {
    let answer = table.update("a", update, "", &[(":value", n(value))]).return_consumed_capacity(Indexes);
    split(answer.send().await.unwrap().consumed_capacity)
}

async fn an_index_entry_costs_a_write_more(scene: &Scene) {
    let table = scene.table().await;
    assert_eq!(indexed(&table, "SET #shard = :value, #due_on = :value", 1).await, (1.0, 1.0));
    assert_eq!(indexed(&table, "SET #purge_id = :value", 1).await, (1.0, 1.0), "a projected attribute");
    assert_eq!(indexed(&table, "SET #seen = :value REMOVE #due_on", 1).await, (1.0, 1.0), "the entry goes");
}

async fn a_moved_index_entry_costs_two_writes_more(scene: &Scene) {
    let table = scene.table().await;
    indexed(&table, "SET #shard = :value, #due_on = :value", 1).await;
    assert_eq!(indexed(&table, "SET #due_on = :value", 2).await, (1.0, 2.0));
}

async fn an_index_entry_that_stays_as_it_is_costs_nothing(scene: &Scene) {
    let table = scene.table().await;
    assert_eq!(indexed(&table, "SET #seen = :value", 1).await, (1.0, 0.0), "not in the index");
    indexed(&table, "SET #shard = :value, #due_on = :value", 1).await;
    assert_eq!(indexed(&table, "SET #seen = :value", 2).await, (1.0, 0.0), "not a projected attribute");
}

async fn a_transaction_costs_an_index_entry_once(scene: &Scene) {
    let table = scene.table().await;
    let member = table.put_member(item([("id", s("a")), ("shard", n(1)), ("due_on", n(1))]), "");
    let request = table.client.transact_write_items().transact_items(member).return_consumed_capacity(Indexes);
    let consumed = request.send().await.unwrap().consumed_capacity.unwrap().remove(0);
    assert_eq!(split(Some(consumed)), (2.0, 1.0));
}
