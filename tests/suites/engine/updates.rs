//! Single writes: conditions and update expressions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::scene::{Scene, code, item, list, n, refused, s};

crate::checks!(
    DynamoDb:
    a_failed_update_returns_the_item_as_it_is,
    an_update_of_a_missing_item_that_must_exist_fails_and_creates_nothing,
    an_update_without_a_condition_creates_the_item,
    all_right_sides_are_read_before_anything_is_written,
    places_behind_the_end_of_a_list_are_added_at_its_end,
    a_list_contains_its_members_and_no_others,
    a_map_has_a_size,
    reserved_words_are_names_behind_a_placeholder,
    a_reserved_word_without_a_placeholder_is_refused,
    numbers_are_normalised,
    numbers_of_39_digits_are_refused,
    if_not_exists_keeps_what_is_there,
    if_not_exists_copies_another_attribute,
    removing_what_is_not_there_is_no_error,
    setting_below_a_missing_map_is_refused,
    a_failed_condition_comes_before_a_missing_map,
    a_missing_attribute_differs_from_every_value,
    members_of_a_map_are_set_and_removed_in_one_update,
    an_update_returns_all_new_attributes,
    a_delete_returns_what_it_deleted,
    a_put_that_must_be_new_is_refused_by_an_old_item,
);

async fn a_failed_update_returns_the_item_as_it_is(scene: &Scene) {
    let table = scene.table().await;
    let stored = item([("id", s("a")), ("version", n(3)), ("operations", list(["x", "y"]))]);
    table.put(stored.clone()).await;
    let values = [(":v", n(9)), (":seen", n(2))];
    let answer = table.update("a", "SET #version = :v", "#version = :seen", &values).send().await;
    assert_eq!(code(&answer), "ConditionalCheckFailedException");
    assert_eq!(refused(answer), Some(stored.clone()));
    assert_eq!(table.get("a").await, Some(stored));
}

async fn an_update_of_a_missing_item_that_must_exist_fails_and_creates_nothing(scene: &Scene) {
    let table = scene.table().await;
    let answer = table.update("a", "SET #version = :v", "attribute_exists(#id)", &[(":v", n(1))]).send().await;
    assert_eq!(refused(answer), None);
    assert_eq!(table.get("a").await, None);
}

async fn an_update_without_a_condition_creates_the_item(scene: &Scene) {
    let table = scene.table().await;
    table.update("a", "ADD #next :n", "", &[(":n", n(8))]).send().await.unwrap();
    assert_eq!(table.get("a").await, Some(item([("id", s("a")), ("next", n(8))])));
}

async fn all_right_sides_are_read_before_anything_is_written(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("operations", list(["d", "c", "b", "a"]))])).await;
    let shift = "SET #operations[3] = if_not_exists(#operations[2], :new), #operations[2] = #operations[1], \
                 #operations[1] = #operations[0], #operations[0] = :new";
    table.update("a", shift, "NOT contains(#operations, :new)", &[(":new", s("e"))]).send().await.unwrap();
    assert_eq!(table.get("a").await.unwrap()["operations"], list(["e", "d", "c", "b"]));
}

async fn places_behind_the_end_of_a_list_are_added_at_its_end(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("operations", list(["b", "a"]))])).await;
    let shift = "SET #operations[3] = if_not_exists(#operations[2], :new), #operations[2] = #operations[1], \
                 #operations[1] = #operations[0], #operations[0] = :new";
    table.update("a", shift, "NOT contains(#operations, :new)", &[(":new", s("c"))]).send().await.unwrap();
    assert_eq!(table.get("a").await.unwrap()["operations"], list(["c", "b", "a", "c"]));
}

async fn a_list_contains_its_members_and_no_others(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("operations", list(["one", "two"]))])).await;
    let holds = async |operation: &str| {
        let answer = table.update("a", "SET #seen = :x", "contains(#operations, :x)", &[(":x", s(operation))]);
        code(&answer.send().await).is_empty()
    };
    // `contains` finds a member of a list, and a part of a string.
    assert_eq!((holds("two").await, holds("tw").await, holds("").await), (true, false, false));
}

async fn a_map_has_a_size(scene: &Scene) {
    let table = scene.table().await;
    let users = HashMap::from([("Steam".to_owned(), s("1")), ("Epic".to_owned(), s("2"))]);
    table.put(item([("id", s("a")), ("users", AttributeValue::M(users))])).await;
    let of = async |size: i32| {
        let answer = table.update("a", "SET #seen = :size", "size(#users) = :size", &[(":size", n(size))]);
        code(&answer.send().await).is_empty()
    };
    assert_eq!((of(1).await, of(2).await), (false, true));
}

async fn reserved_words_are_names_behind_a_placeholder(scene: &Scene) {
    let table = scene.table().await;
    let set = "SET #users = :one, #state = :one, #size = :one, #name = :one";
    table.update("a", set, "attribute_not_exists(#state)", &[(":one", n(1))]).send().await.unwrap();
    assert_eq!(table.get("a").await.unwrap().len(), 5);
}

async fn a_reserved_word_without_a_placeholder_is_refused(scene: &Scene) {
    let table = scene.table().await;
    let answer = table.update("a", "SET state = :one", "", &[(":one", n(1))]).send().await;
    assert_eq!(code(&answer), "ValidationException");
}

async fn numbers_are_normalised(scene: &Scene) {
    let table = scene.table().await;
    for (written, stored) in [("0001", "1"), ("1.500", "1.5"), ("1e2", "100"), ("-0", "0")] {
        table.put(item([("id", s("a")), ("number", n(written))])).await;
        assert_eq!(table.get("a").await.unwrap()["number"], n(stored), "{written}");
    }
}

async fn numbers_of_39_digits_are_refused(scene: &Scene) {
    let table = scene.table().await;
    let longest = "9".repeat(38);
    table.put(item([("id", s("a")), ("number", n(&longest))])).await;
    assert_eq!(table.get("a").await.unwrap()["number"], n(&longest));
    let put = table.client.put_item().table_name(&table.name).item("id", s("a")).item("number", n("9".repeat(39)));
    assert_eq!(code(&put.send().await), "ValidationException");
}

async fn if_not_exists_keeps_what_is_there(scene: &Scene) {
    let table = scene.table().await;
    let set = "SET #purge_id = if_not_exists(#purge_id, :purge_id), #next = if_not_exists(#next, :zero) + :zero";
    for purge_id in ["first", "second"] {
        table.update("a", set, "", &[(":purge_id", s(purge_id)), (":zero", n(0))]).send().await.unwrap();
    }
    assert_eq!(table.get("a").await, Some(item([("id", s("a")), ("purge_id", s("first")), ("next", n(0))])));
}

async fn if_not_exists_copies_another_attribute(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("seen", n(7)), ("copy", n(3))])).await;
    let set = "SET #copy = if_not_exists(#seen, :zero), #other = if_not_exists(#missing, :zero), #seen = :new";
    table.update("a", set, "", &[(":zero", n(0)), (":new", n(8))]).send().await.unwrap();
    assert_eq!(table.get("a").await, Some(item([("id", s("a")), ("seen", n(8)), ("copy", n(7)), ("other", n(0))])));
}

async fn removing_what_is_not_there_is_no_error(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("purge_id", s("p"))])).await;
    table.update("a", "REMOVE #purge_id, #due_on, #shard", "attribute_exists(#id)", &[]).send().await.unwrap();
    assert_eq!(table.get("a").await, Some(item([("id", s("a"))])));
}

async fn setting_below_a_missing_map_is_refused(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a"))])).await;
    let answer = table.update("a", "SET #users.#Steam = :one", "", &[(":one", n(1))]).send().await;
    assert_eq!(code(&answer), "ValidationException");
}

async fn a_failed_condition_comes_before_a_missing_map(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a"))])).await;
    for condition in ["size(#users) < :one", "#users.#Steam.#n = :one", "attribute_exists(#users.#Steam)"] {
        let answer = table.update("a", "SET #users.#Steam = :one", condition, &[(":one", n(1))]).send().await;
        assert_eq!(code(&answer), "ConditionalCheckFailedException", "{condition}");
        assert_eq!(refused(answer), Some(item([("id", s("a"))])));
    }
}

async fn a_missing_attribute_differs_from_every_value(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a"))])).await;
    for (condition, holds) in [("NOT #name = :one", true), ("#name = :one", false), ("#name <= :one", false)] {
        let answer = table.update("a", "SET #seen = :one", condition, &[(":one", n(1))]).send().await;
        assert_eq!(answer.is_ok(), holds, "{condition}");
    }
}

async fn members_of_a_map_are_set_and_removed_in_one_update(scene: &Scene) {
    let table = scene.table().await;
    let users = HashMap::from([("0a".to_owned(), s("1")), ("1b".to_owned(), s("2")), ("2c".to_owned(), s("3"))]);
    table.put(item([("id", s("a")), ("users", AttributeValue::M(users))])).await;
    let update = "SET #users.#3d = :new REMOVE #users.#0a, #users.#2c";
    table.update("a", update, "#users.#0a = :seen", &[(":new", s("4")), (":seen", s("1"))]).send().await.unwrap();
    let users = HashMap::from([("1b".to_owned(), s("2")), ("3d".to_owned(), s("4"))]);
    assert_eq!(table.get("a").await, Some(item([("id", s("a")), ("users", AttributeValue::M(users))])));
}

async fn an_update_returns_all_new_attributes(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("a")), ("kept", n(1))])).await;
    let update = table.update("a", "SET #next = :n", "", &[(":n", n(8))]).return_values(ReturnValue::AllNew);
    let all = item([("id", s("a")), ("kept", n(1)), ("next", n(8))]);
    assert_eq!(update.send().await.unwrap().attributes, Some(all));
}

async fn a_delete_returns_what_it_deleted(scene: &Scene) {
    let table = scene.table().await;
    let stored = item([("id", s("a")), ("kept", n(1))]);
    table.put(stored.clone()).await;
    let delete =
        || table.client.delete_item().table_name(&table.name).key("id", s("a")).return_values(ReturnValue::AllOld);
    assert_eq!(delete().send().await.unwrap().attributes, Some(stored));
    assert_eq!(delete().send().await.unwrap().attributes, None);
}

async fn a_put_that_must_be_new_is_refused_by_an_old_item(scene: &Scene) {
    let table = scene.table().await;
    let put = || table.client.put_item().table_name(&table.name).item("id", s("a"));
    let put = || put().condition_expression("attribute_not_exists(id)");
    assert_eq!(code(&put().send().await), "");
    assert_eq!(code(&put().send().await), "ConditionalCheckFailedException");
}
