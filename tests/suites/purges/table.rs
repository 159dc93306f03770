//! POST, DELETE and GET of a purge in every state.

use std::time::Duration;

use serde_json::json;

use crate::scene::*;

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_person_without_a_purge_has_none_to_show_or_cancel() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let before = stored(&world, &user.person_id).await;
    assert_eq!(get(&world, &user.person_id).await.verdict(), refusal(404, "purge_not_found"));
    assert_eq!(delete(&world, &user.person_id).await.verdict(), refusal(404, "purge_not_found"));
    assert_eq!(stored(&world, &user.person_id).await, before);
}

#[tokio::test]
async fn an_unknown_person_cannot_be_purged_and_has_no_purge() {
    let world = without_worker().await;
    let queued = post(&world, NOBODY, json!({})).await;
    insta::assert_snapshot!(queued.text, @r#"{"auth_success":true,"error_code":"person_not_found","desc":"Person not found"}"#);
    assert_eq!(queued.status, 404);
    let timed = post(&world, NOBODY, json!({ "suggested_purge_time": world.now() })).await;
    assert_eq!(timed.verdict(), refusal(404, "person_not_found"));
    let shown = get(&world, NOBODY).await;
    insta::assert_snapshot!(shown.text, @r#"{"auth_success":true,"error_code":"purge_not_found","desc":"No purge is queued for this person"}"#);
    assert_eq!(shown.status, 404);
    assert_eq!(delete(&world, NOBODY).await.verdict(), refusal(404, "purge_not_found"));
    assert!(world.items("PersonsTable").await.is_empty());
    assert_eq!(drain(&world).await, [""; 0]);
}

#[tokio::test]
async fn queueing_answers_202_and_the_purge() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let purge_on = world.now() + HOUR;
    let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": iso(purge_on) })).await;
    let body = answer.json();
    let masked = answer
        .text
        .replace(&user.person_id, "[person]")
        .replace(&iso(purge_on), "[in an hour]")
        .replace(body["created_on"].as_str().unwrap(), "[now]");
    insta::assert_snapshot!(masked, @r#"{"person_id":"[person]","purge_on":"[in an hour]","created_on":"[now]","last_modified_on":"[now]","status":"queued"}"#);
    assert_eq!((answer.status, answer.header("content-type")), (202, Some("application/json")));
    let shown = get(&world, &user.person_id).await;
    assert_eq!((shown.status, shown.json()), (200, body));
}

#[tokio::test]
async fn another_time_keeps_the_purge_and_its_creation_and_starts_dispatching_anew() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let first = post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await.json();
    let created = stored(&world, &user.person_id).await;
    write(&world, &user.person_id, &[("dispatches", n(5)), ("due_on", n(world.now() + 9 * HOUR))]).await;
    world.advance(Duration::from_mins(1));
    let later = world.now() + 2 * HOUR;
    let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": later })).await;
    let second = answer.json();
    assert_eq!((answer.status, &second["status"]), (202, &json!("queued")));
    assert_eq!((unix(&second, "purge_on"), &second["created_on"]), (later, &first["created_on"]));
    assert!(unix(&second, "last_modified_on") > unix(&first, "last_modified_on"));
    let retimed = stored(&world, &user.person_id).await;
    assert_eq!(retimed["purge_id"], created["purge_id"]);
    assert_eq!((number(&retimed, "dispatches"), number(&retimed, "due_on")), (0, later));
    assert_eq!(get(&world, &user.person_id).await.json(), second);
}

#[tokio::test]
async fn an_earlier_time_brings_a_purge_forward() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({})).await;
    let soon = world.now() + 60;
    let answer = post(&world, &user.person_id, json!({ "suggested_purge_time": soon })).await;
    assert_eq!(unix(&answer.json(), "purge_on"), soon);
    assert_eq!(number(&stored(&world, &user.person_id).await, "due_on"), soon);
}

#[tokio::test]
async fn a_resend_without_a_time_changes_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    for first in [json!({ "suggested_purge_time": world.now() + HOUR }), json!({})] {
        let queued = post(&world, &user.person_id, first).await;
        let before = stored(&world, &user.person_id).await;
        world.advance(Duration::from_secs(5));
        for resend in [json!({}), json!({ "suggested_purge_time": null })] {
            let again = post(&world, &user.person_id, resend).await;
            assert_eq!((again.status, again.json()), (202, queued.json()));
        }
        assert_eq!(stored(&world, &user.person_id).await, before);
        assert_eq!(delete(&world, &user.person_id).await.status, 204);
    }
}

#[tokio::test]
async fn a_cancelled_purge_leaves_no_trace_and_queueing_again_makes_a_new_one() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let mut before = stored(&world, &user.person_id).await;
    let first = post(&world, &user.person_id, json!({})).await.json();
    let first_id = text(&stored(&world, &user.person_id).await, "purge_id").to_owned();
    let cancelled = delete(&world, &user.person_id).await;
    assert_eq!((cancelled.status, cancelled.text.as_str(), cancelled.header("content-type")), (204, "", None));
    let mut after = stored(&world, &user.person_id).await;
    for bookkeeping in ["version", "operations"] {
        assert_ne!(before.remove(bookkeeping), after.remove(bookkeeping));
    }
    assert_eq!(after, before);
    assert_eq!(get(&world, &user.person_id).await.verdict(), refusal(404, "purge_not_found"));
    assert_eq!(delete(&world, &user.person_id).await.verdict(), refusal(404, "purge_not_found"));

    world.advance(Duration::from_secs(10));
    let second = post(&world, &user.person_id, json!({})).await.json();
    let second_id = text(&stored(&world, &user.person_id).await, "purge_id").to_owned();
    assert_ne!(first_id, second_id);
    assert!(unix(&second, "created_on") > unix(&first, "created_on"));
}

#[tokio::test]
async fn a_purge_that_has_begun_is_shown_and_cannot_be_changed() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let mut expected =
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await.json();
    expected["status"] = json!("in_progress");
    begin(&world, &user.person_id).await;
    let before = stored(&world, &user.person_id).await;
    for seconds in [None, Some(5), Some(0)] {
        let body = seconds.map_or_else(|| json!({}), |ahead| json!({ "suggested_purge_time": world.now() + ahead }));
        let answer = post(&world, &user.person_id, body).await;
        assert_eq!((answer.status, answer.json()), (202, expected.clone()));
    }
    let shown = get(&world, &user.person_id).await;
    assert_eq!((shown.status, shown.json()), (200, expected));
    let cancelled = delete(&world, &user.person_id).await;
    insta::assert_snapshot!(cancelled.text, @r#"{"auth_success":true,"error_code":"purge_already_started","desc":"The purge has already begun"}"#);
    assert_eq!(cancelled.status, 409);
    assert_eq!(stored(&world, &user.person_id).await, before);
    assert_eq!(drain(&world).await, [""; 0]);
}

#[tokio::test]
async fn a_purge_that_is_over_is_shown_by_its_receipt_and_cannot_be_changed() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let queued = post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await.json();
    let message = message(&world, &user.person_id).await;
    world.advance(Duration::from_secs(90));
    let before = world.now();
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    let after = world.now();

    let shown = get(&world, &user.person_id).await;
    let receipt = shown.json();
    assert_eq!(shown.status, 200);
    for kept in ["person_id", "purge_on", "created_on"] {
        assert_eq!(receipt[kept], queued[kept], "{kept}");
    }
    assert_eq!(receipt["status"], "complete");
    assert!((before..=after).contains(&unix(&receipt, "last_modified_on")), "{receipt}");
    for body in [json!({}), json!({ "suggested_purge_time": world.now() + 60 })] {
        let answer = post(&world, &user.person_id, body).await;
        assert_eq!((answer.status, answer.json()), (202, receipt.clone()));
    }
    assert_eq!(delete(&world, &user.person_id).await.verdict(), refusal(409, "purge_already_started"));
    assert_eq!(get(&world, &user.person_id).await.json(), receipt);
    assert!(item(&world, &user.person_id).await.is_none());
    assert_eq!(drain(&world).await, [""; 0]);
}

#[tokio::test]
async fn a_person_id_may_be_written_in_any_way_that_a_uuid_is() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let plain = user.person_id.replace('-', "");
    for written in [plain.clone(), plain.to_uppercase(), format!("%7B{}%7D", user.person_id)] {
        let answer = post(&world, &written, json!({})).await;
        assert_eq!((answer.status, &answer.json()["person_id"]), (202, &json!(user.person_id)), "{written}");
    }
}
