//! purge-person carries out every due purge once and completely, whatever the queue delivers.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::Options;
use serde_json::json;
use tests::World;

use crate::scene::*;

/// Queues a due purge. Returns its message.
async fn due(world: &World, person_id: &str) -> String {
    post(world, person_id, json!({ "suggested_purge_time": world.now() })).await;
    let message = message(world, person_id).await;
    world.advance(Duration::from_secs(1));
    message
}

#[tokio::test]
async fn a_body_that_is_no_message_fails_alone() {
    let world = without_worker().await;
    let users = crowd(&world, 2).await;
    let (first, second) = (due(&world, &users[0].person_id).await, due(&world, &users[1].person_id).await);
    let person_id = &users[0].person_id;
    let half = json!({ "person_id": person_id }).to_string();
    let number = json!({ "person_id": person_id, "purge_id": 7 }).to_string();
    let wrong = body(person_id, "not-a-uuid");
    let batch = ["", &first, "nonsense", "{}", "null", "[]", &half, &second, &number, &wrong];
    assert_eq!(work(&world, &batch).await, [0, 2, 3, 4, 5, 6, 8, 9]);
    for user in &users {
        assert_eq!(world.purge_status(&user.person_id).await, "complete");
    }
}

#[tokio::test]
async fn an_empty_batch_is_no_failure() {
    let world = without_worker().await;
    assert_eq!(work(&world, &[]).await, [0_usize; 0]);
}

#[tokio::test]
async fn a_poison_message_reaches_the_dead_letters_and_the_others_are_done() {
    let visibility_timeout = Some(Duration::from_secs(1));
    let world = World::start_with(Options { visibility_timeout, ..Options::default() }).await;
    let user = world.create("Steam", "1").await;
    let (sqs, url) = (world.bundle.sqs(), world.bundle.queue_url("PurgeQueue").unwrap());
    let dead = world.bundle.queue_url("PurgeDeadLetterQueue").unwrap();
    sqs.send_message().queue_url(url).message_body("poison").send().await.unwrap();
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() })).await;
    world.purged(&user.person_id).await;
    for _ in 0..6 {
        // A long poll answers as soon as a message arrives.
        let received = sqs.receive_message().queue_url(dead).wait_time_seconds(10).send().await.unwrap();
        if let [message] = received.messages() {
            return assert_eq!(message.body(), Some("poison"));
        }
    }
    panic!("no dead letter after a minute");
}

#[tokio::test]
async fn duplicates_in_a_batch_are_one_purge() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    let other_spelling = message.replace(':', ": ");
    world.calls.forget();
    assert_eq!(work(&world, &[&message, &message, &other_spelling]).await, [0_usize; 0]);
    assert_eq!(world.operations("purge-person"), ["GetItem", "TransactWriteItems"]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_second_message_changes_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    let after = everything(&world).await;
    world.advance(Duration::from_mins(1));
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, after);
}

#[tokio::test]
async fn workers_that_have_the_same_message_at_once_purge_once_and_none_fails() {
    let world = without_worker().await;
    for round in 0..20 {
        let user = world.create("Steam", &round.to_string()).await;
        let message = due(&world, &user.person_id).await;
        let batch = [message.as_str()];
        let work = || work(&world, &batch);
        let (a, b, c) = tokio::join!(work(), work(), work());
        assert_eq!([a, b, c].concat(), [0_usize; 0]);
        assert_eq!(counts(&world).await, [0, 0, 0, round + 1]);
    }
}

#[tokio::test]
async fn nineteen_users_go_in_one_transaction_and_the_receipt_stays() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 19).await;
    let bystander = world.create("Steam", "bystander").await;
    let message = due(&world, &users[0].person_id).await;
    world.calls.forget();
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    let transactions = world.made().into_iter().filter_map(|call| call.body["TransactItems"].as_array().map(Vec::len));
    assert_eq!(transactions.collect::<Vec<_>>(), [40]);
    assert_eq!(counts(&world).await, [1, 1, 1, 1]);
    assert!(world.find(&bystander).await.is_ok());
    for user in &users {
        assert_eq!(world.find(user).await.unwrap_err(), 404);
    }
    assert_eq!(world.purge_status(&users[0].person_id).await, "complete");
    let receipt = world.items("ReceiptsTable").await.remove(0);
    let mut players: Vec<_> = users.iter().map(|user| user.player_uuid.clone()).collect();
    players.sort();
    let listed = receipt["players"].as_l().unwrap().iter().map(|player| player.as_s().unwrap().clone());
    assert_eq!(listed.collect::<Vec<_>>(), players);
    assert_eq!(number(&receipt, "dispatches"), 0);
    // Backups are kept longest, for 35 days.
    assert_eq!(number(&receipt, "erased_everywhere_by") - number(&receipt, "completed_on"), 35 * DAY);
    assert_eq!(body(text(&receipt, "person_id"), text(&receipt, "purge_id")), message);
    // Three years, so that the receipt still exists when somebody asks for it.
    assert_eq!(number(&receipt, "expires_on") - number(&receipt, "completed_on"), 1095 * DAY);
}

#[tokio::test]
async fn a_failed_transaction_leaves_everything_and_the_message_comes_again() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 3).await;
    let message = due(&world, &users[0].person_id).await;
    let before = everything(&world).await;
    for _ in 0..6 {
        world.fault("purge-person", "TransactWriteItems", tests::Fault::Throttled);
    }
    assert_eq!(work(&world, &[&message, "nonsense"]).await, [0, 1]);
    assert_eq!((everything(&world).await, world.calls.faults_left()), (before, 0));
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn inactive_users_and_an_active_player_are_purged_like_all_others() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 2).await;
    let path = format!("/v2/users/{}/deactivate", users[0].player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
    let enable = json!({ "platform": users[1].platform, "platform_user_id": users[1].platform_user_id });
    assert_eq!(world.post("/users/v1/cross-progression/enable", &world.admin(), enable).await.status, 200);
    let message = due(&world, &users[0].person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn what_changed_since_the_purge_was_queued_is_purged_as_it_is_now() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 2).await;
    let message = due(&world, &users[0].person_id).await;
    let enable = json!({ "platform": users[1].platform, "platform_user_id": users[1].platform_user_id });
    assert_eq!(world.post("/users/v1/cross-progression/enable", &world.admin(), enable).await.status, 200);
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_user_or_claim_that_is_gone_already_does_not_hold_a_purge_up() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 2).await;
    let person = stored(&world, &users[0].person_id).await;
    let identity = person["users"].as_m().unwrap()[&users[0].platform].as_m().unwrap()["identity"].clone();
    let delete = |table: &str| world.bundle.dynamodb().delete_item().table_name(table);
    delete("IdentitiesTable").key("identity", identity).send().await.unwrap();
    let user = AttributeValue::S(users[1].player_uuid.clone());
    delete("UsersTable").key("player_uuid", user).send().await.unwrap();
    let message = due(&world, &users[0].person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_message_that_comes_early_puts_the_due_mark_back_and_nothing_else() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let purge_on = world.now() + HOUR;
    post(&world, &user.person_id, json!({ "suggested_purge_time": purge_on })).await;
    let message = message(&world, &user.person_id).await;
    let queued = stored(&world, &user.person_id).await;
    write(&world, &user.person_id, &[("due_on", n(purge_on + DAY))]).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(stored(&world, &user.person_id).await, queued);
    assert_eq!(number(&queued, "due_on"), purge_on);
    world.advance(Duration::from_secs(3601));
    world.tick().await;
    assert_eq!(drain(&world).await, [message]);
}

#[tokio::test]
async fn a_message_for_a_cancelled_purge_changes_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    delete(&world, &user.person_id).await;
    let before = everything(&world).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn a_message_for_a_cancelled_purge_does_not_carry_out_the_next_one() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let first = due(&world, &user.person_id).await;
    delete(&world, &user.person_id).await;
    let second = due(&world, &user.person_id).await;
    let before = everything(&world).await;
    assert_eq!(work(&world, &[&first]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
    assert_eq!(work(&world, &[&first, &second]).await, [0_usize; 0]);
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
}

#[tokio::test]
async fn a_message_for_a_purge_that_was_put_off_changes_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
    let before = everything(&world).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
    world.advance(Duration::from_secs(3601));
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
}

#[tokio::test]
async fn a_message_for_somebody_unknown_changes_nothing() {
    let world = without_worker().await;
    world.create("Steam", "1").await;
    let before = everything(&world).await;
    let nobody = body("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001");
    assert_eq!(work(&world, &[&nobody]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn a_message_for_a_purge_that_has_begun_changes_nothing() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    begin(&world, &user.person_id).await;
    let before = everything(&world).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
}

#[tokio::test]
async fn an_old_message_does_not_touch_an_account_that_was_created_anew() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let message = due(&world, &user.person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    let anew = world.create("Steam", "1").await;
    assert!(anew.person_id != user.person_id && anew.player_uuid != user.player_uuid);
    assert_ne!(anew.player_id, user.player_id);
    let before = everything(&world).await;
    assert_eq!(work(&world, &[&message, &message]).await, [0_usize; 0]);
    assert_eq!(everything(&world).await, before);
    assert_eq!(world.find(&anew).await.unwrap()["player_uuid"], anew.player_uuid.as_str());
    // There are two persons, and each has its own purge.
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
    assert_eq!(world.purge_status(&anew.person_id).await, "purge_not_found");
}

#[tokio::test]
async fn a_purge_takes_nothing_that_belongs_to_somebody_else_by_now() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 2).await;
    let unlink = json!({ "platform": users[1].platform, "platform_user_id": users[1].platform_user_id });
    assert_eq!(world.post("/users/v1/unlink", &world.admin(), unlink).await.status, 200);
    let message = due(&world, &users[0].person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.find(&users[1]).await.unwrap()["player_uuid"], users[1].player_uuid.as_str());
    assert_eq!(counts(&world).await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_purged_person_that_came_back_from_a_backup_is_purged_again_and_its_first_receipt_stays() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 3).await;
    let person_id = &users[0].person_id;
    let tables = ["PersonsTable", "UsersTable", "IdentitiesTable"];
    let mut backup = Vec::new();
    for table in tables {
        backup.push(world.items(table).await);
    }
    purge_now(&world, person_id).await;
    let receipts = world.items("ReceiptsTable").await;
    for (table, items) in tables.into_iter().zip(backup) {
        for item in items {
            world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
        }
    }
    let message = due(&world, person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(counts(&world).await, [0, 0, 0, 1]);
    assert_eq!(world.items("ReceiptsTable").await, receipts);
}

#[tokio::test]
async fn a_person_that_came_back_alone_takes_nothing_from_an_account_created_anew() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    let backup = world.items("PersonsTable").await.remove(0);
    purge_now(&world, &user.person_id).await;
    let anew = world.create("Steam", "1").await;
    world.bundle.dynamodb().put_item().table_name("PersonsTable").set_item(Some(backup)).send().await.unwrap();
    let message = due(&world, &user.person_id).await;
    assert_eq!(work(&world, &[&message]).await, [0], "a human has to look at it");
    assert_eq!(world.find(&anew).await.unwrap()["player_uuid"], anew.player_uuid.as_str());
}
