//! The sparse index of due purges.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};

use crate::scene::{Item, Scene, Table, code, item, n, s};

crate::checks!(
    DynamoDb:
    an_item_is_in_the_index_while_it_has_both_keys,
    an_index_is_ordered_by_its_range_key,
    a_query_ends_at_its_range,
    pages_follow_each_other_without_gap_or_twin,
    a_page_starts_after_a_key_whose_item_has_left_the_index,
    an_index_carries_what_it_projects_and_no_more,
    an_index_is_never_read_consistently,
);

fn due(table: &Table<'_>, until: i64) -> QueryFluentBuilder {
    let query = table.client.query().table_name(&table.name).index_name("due");
    let query = query.key_condition_expression("#shard = :shard AND #due_on <= :until");
    let query = query.expression_attribute_names("#shard", "shard").expression_attribute_names("#due_on", "due_on");
    query.expression_attribute_values(":shard", n(1)).expression_attribute_values(":until", n(until))
}

fn purge(id: &str, due_on: i64) -> Item {
    item([("id", s(id)), ("shard", n(1)), ("due_on", n(due_on)), ("purge_id", s("p")), ("secret", s("x"))])
}

fn ids(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_s().unwrap().as_str()).collect()
}

async fn an_item_is_in_the_index_while_it_has_both_keys(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a"))])).await;
    let found = async || due(&table, 9).send().await.unwrap().count;
    assert_eq!(found().await, 0);
    table.update("a", "SET #shard = :one", "", &[(":one", n(1))]).send().await.unwrap();
    assert_eq!(found().await, 0, "with one key of two");
    table.update("a", "SET #due_on = :one", "", &[(":one", n(1))]).send().await.unwrap();
    assert_eq!(found().await, 1);
    table.update("a", "REMOVE #shard, #due_on", "", &[]).send().await.unwrap();
    assert_eq!(found().await, 0);
}

async fn an_index_is_ordered_by_its_range_key(scene: &Scene) {
    let table = scene.table().await;
    // If numbers were sorted as text, 10 would come before 9.
    for (id, due_on) in [("c", 10), ("a", -5), ("d", 200), ("b", 9)] {
        table.put(purge(id, due_on)).await;
    }
    assert_eq!(ids(due(&table, 1000).send().await.unwrap().items()), ["a", "b", "c", "d"]);
}

async fn a_query_ends_at_its_range(scene: &Scene) {
    let table = scene.table().await;
    for (id, due_on) in [("before", 9), ("at", 10), ("after", 11)] {
        table.put(purge(id, due_on)).await;
    }
    table.put(item([("id", s("elsewhere")), ("shard", n(2)), ("due_on", n(1))])).await;
    assert_eq!(ids(due(&table, 10).send().await.unwrap().items()), ["before", "at"]);
}

async fn pages_follow_each_other_without_gap_or_twin(scene: &Scene) {
    let table = scene.table().await;
    // The range keys are equal, so that only the table's own key shows where a page ended.
    for index in 0..7 {
        table.put(purge(&format!("p{index}"), index / 4)).await;
    }
    let (mut seen, mut sizes, mut after) = (Vec::new(), Vec::new(), None::<Item>);
    loop {
        let page = due(&table, 9).limit(3).set_exclusive_start_key(after).send().await.unwrap();
        seen.extend(ids(page.items()).iter().map(|id| (*id).to_owned()));
        sizes.push(page.count);
        after = page.last_evaluated_key;
        if after.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);
    assert_eq!(sizes, [3, 3, 1]);
}

async fn a_page_starts_after_a_key_whose_item_has_left_the_index(scene: &Scene) {
    let table = scene.table().await;
    for (id, due_on) in [("a", 1), ("b", 2), ("c", 3)] {
        table.put(purge(id, due_on)).await;
    }
    let page = due(&table, 9).limit(2).send().await.unwrap();
    let mut key: Vec<_> = page.last_evaluated_key().unwrap().keys().map(String::as_str).collect();
    key.sort_unstable();
    assert_eq!(key, ["due_on", "id", "shard"]);
    table.update("b", "SET #due_on = :later", "", &[(":later", n(99))]).send().await.unwrap();
    let rest = due(&table, 9).set_exclusive_start_key(page.last_evaluated_key).send().await.unwrap();
    assert_eq!(ids(rest.items()), ["c"]);
}

async fn an_index_carries_what_it_projects_and_no_more(scene: &Scene) {
    let table = scene.table().await;
    table.put(purge("a", 1)).await;
    let found = due(&table, 9).send().await.unwrap().items.unwrap().remove(0);
    let mut names: Vec<_> = found.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["due_on", "id", "purge_id", "shard"]);
    assert!(matches!(&found["due_on"], AttributeValue::N(due_on) if due_on == "1"));
}

async fn an_index_is_never_read_consistently(scene: &Scene) {
    let table = scene.table().await;
    assert_eq!(code(&due(&table, 9).consistent_read(true).send().await), "ValidationException");
}
