//! Transactions: they are all or nothing, name the reasons of a cancellation, and are done once.

use uuid::Uuid;

use crate::scene::{Scene, cancelled, code, codes, item, n, s};

crate::checks!(
    DynamoDb:
    a_transaction_is_carried_out_whole,
    one_failed_condition_stops_all_members,
    reasons_stand_at_the_position_of_their_members,
    a_failed_condition_in_a_transaction_returns_the_item,
    a_delete_of_what_is_missing_or_ours_is_carried_out,
    a_delete_of_what_is_foreign_is_refused,
    the_same_token_is_carried_out_once,
    the_same_token_with_another_body_is_a_mismatch,
    the_token_of_a_cancelled_transaction_is_judged_anew,
    two_members_cannot_name_one_item,
    a_transaction_has_100_members_at_most,
);

const NEW: &str = "attribute_not_exists(#id)";
const OLD: &str = "attribute_exists(#id)";

async fn a_transaction_is_carried_out_whole(scene: &Scene) {
    let table = scene.table().await;
    for id in ["changed", "deleted", "checked"] {
        table.put(item([("id", s(id))])).await;
    }
    let members = vec![
        table.put_member(item([("id", s("new"))]), NEW),
        table.update_member("changed", "SET #version = :one", OLD, &[(":one", n(1))]),
        table.delete_member("deleted", OLD, &[]),
        table.check_member("checked", OLD, &[]),
    ];
    table.transact(None, members).await.unwrap();
    assert_eq!(table.get("new").await, Some(item([("id", s("new"))])));
    assert_eq!(table.get("changed").await, Some(item([("id", s("changed")), ("version", n(1))])));
    assert_eq!(table.get("deleted").await, None);
    assert_eq!(table.get("checked").await, Some(item([("id", s("checked"))])));
}

async fn one_failed_condition_stops_all_members(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("deleted"))])).await;
    let members = vec![
        table.put_member(item([("id", s("new"))]), NEW),
        table.delete_member("deleted", OLD, &[]),
        table.check_member("missing", OLD, &[]),
    ];
    cancelled(table.transact(None, members).await);
    assert_eq!((table.get("new").await, table.get("deleted").await), (None, Some(item([("id", s("deleted"))]))));
}

async fn reasons_stand_at_the_position_of_their_members(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("there"))])).await;
    let members = vec![
        table.check_member("there", OLD, &[]),
        table.update_member("missing", "SET #version = :one", OLD, &[(":one", n(1))]),
        table.put_member(item([("id", s("new"))]), NEW),
        table.delete_member("gone", OLD, &[]),
    ];
    let reasons = cancelled(table.transact(None, members).await);
    assert_eq!(codes(&reasons), ["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"]);
}

async fn a_failed_condition_in_a_transaction_returns_the_item(scene: &Scene) {
    let table = scene.table().await;
    let stored = ["put", "updated", "deleted", "checked"].map(|id| item([("id", s(id)), ("version", n(3))]));
    for item in &stored {
        table.put(item.clone()).await;
    }
    let (version, seen) = ("#version = :seen", [(":seen", n(2))]);
    let members = vec![
        table.put_member(item([("id", s("put"))]), NEW),
        table.update_member("updated", "SET #version = :v", version, &[(":v", n(9)), (":seen", n(2))]),
        table.delete_member("deleted", version, &seen),
        table.check_member("checked", version, &seen),
        table.check_member("missing", OLD, &[]),
    ];
    let items: Vec<_> = cancelled(table.transact(None, members).await).into_iter().map(|reason| reason.item).collect();
    let [put, updated, deleted, checked] = stored;
    assert_eq!(items, [Some(put), Some(updated), Some(deleted), Some(checked), None]);
}

const OURS: &str = "attribute_not_exists(#person_id) OR #person_id = :person_id";

async fn a_delete_of_what_is_missing_or_ours_is_carried_out(scene: &Scene) {
    let table = scene.table().await;
    table.put(item([("id", s("ours")), ("person_id", s("me"))])).await;
    let me = [(":person_id", s("me"))];
    let members = vec![table.delete_member("ours", OURS, &me), table.delete_member("missing", OURS, &me)];
    table.transact(None, members).await.unwrap();
    assert_eq!(table.get("ours").await, None);
}

async fn a_delete_of_what_is_foreign_is_refused(scene: &Scene) {
    let table = scene.table().await;
    let foreign = item([("id", s("foreign")), ("person_id", s("other"))]);
    table.put(foreign.clone()).await;
    let member = table.delete_member("foreign", OURS, &[(":person_id", s("me"))]);
    let reasons = cancelled(table.transact(None, vec![member]).await);
    assert_eq!(reasons[0].item, Some(foreign.clone()));
    assert_eq!(table.get("foreign").await, Some(foreign));
}

async fn the_same_token_is_carried_out_once(scene: &Scene) {
    let table = scene.table().await;
    let token = Uuid::new_v4().to_string();
    table.put(item([("id", s("counter"))])).await;
    // The condition of the second attempt would fail, if the engine did not recognise the token of
    // the first.
    for _ in 0..2 {
        let count =
            table.update_member("counter", "ADD #count :one", "attribute_not_exists(#count)", &[(":one", n(1))]);
        table.transact(Some(&token), vec![count]).await.unwrap();
    }
    assert_eq!(table.get("counter").await.unwrap()["count"], n(1));
}

async fn the_same_token_with_another_body_is_a_mismatch(scene: &Scene) {
    let table = scene.table().await;
    let token = Uuid::new_v4().to_string();
    table.transact(Some(&token), vec![table.put_member(item([("id", s("one"))]), "")]).await.unwrap();
    let other = table.transact(Some(&token), vec![table.put_member(item([("id", s("two"))]), "")]).await;
    assert_eq!(code(&other), "IdempotentParameterMismatchException");
    assert_eq!(table.get("two").await, None);
}

async fn the_token_of_a_cancelled_transaction_is_judged_anew(scene: &Scene) {
    let table = scene.table().await;
    let token = Uuid::new_v4().to_string();
    let member = || table.update_member("late", "SET #version = :one", OLD, &[(":one", n(1))]);
    cancelled(table.transact(Some(&token), vec![member()]).await);
    table.put(item([("id", s("late"))])).await;
    table.transact(Some(&token), vec![member()]).await.unwrap();
    assert_eq!(table.get("late").await.unwrap()["version"], n(1));
}

async fn two_members_cannot_name_one_item(scene: &Scene) {
    let table = scene.table().await;
    let members = vec![table.put_member(item([("id", s("a"))]), NEW), table.check_member("a", NEW, &[])];
    assert_eq!(code(&table.transact(None, members).await), "ValidationException");
}

async fn a_transaction_has_100_members_at_most(scene: &Scene) {
    let table = scene.table().await;
    let members =
        |count: i32| (0..count).map(|index| table.put_member(item([("id", s(&index.to_string()))]), NEW)).collect();
    assert_eq!(code(&table.transact(None, members(101)).await), "ValidationException");
    assert_eq!(code(&table.transact(None, members(100)).await), "");
}
