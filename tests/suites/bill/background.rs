//! The costs of work without a request: each round and each message of the dispatcher, the worker
//! and the sealer.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{User, World, meter::Units, targets::nobody};

use crate::scene::{Seen, batch, message, purge, seal, world};

const DAY: u64 = 86_400;
/// The shards of the index of due purges. A round queries each.
const SHARDS: f64 = 16.0;

/// The cost of an invocation of a function.
async fn cost(world: &World, function: &str, event: Value) -> Seen {
    Seen::begin(world);
    world.bundle.invoke(function, event).await.expect("it runs");
    Seen::end(world, function).await
}

/// Creates persons with one user each.
async fn crowd(world: &World, count: usize) -> Vec<User> {
    let mut users = Vec::new();
    for _ in 0..count {
        users.push(world.create("Steam", &nobody("Steam").platform_user_id).await);
    }
    users
}

/// Creates the same persons, and queues a purge of each for tomorrow.
async fn queued(world: &World, count: usize) -> Vec<User> {
    let users = crowd(world, count).await;
    for user in &users {
        let tomorrow = world.now() + i64::try_from(DAY).unwrap();
        assert_eq!(world.queue_purge(&user.person_id, Some(tomorrow)).await.status, 202);
    }
    users
}

fn units(writes: f64, reads: f64) -> Units {
    Units { writes, reads }
}

fn outcomes(lines: &[String]) -> Vec<String> {
    let line = |line: &String| serde_json::from_str::<Value>(line).expect("JSON");
    lines.iter().map(|text| line(text)["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_idle_round_of_the_dispatcher_costs_half_a_unit_a_shard_and_says_nothing() {
    let world = world().await;
    queued(&world, 1).await;
    let seen = cost(&world, "dispatch-due-purges", json!({})).await;
    assert_eq!((seen.units, seen.refused), (units(0.0, 0.5 * SHARDS), 0.0));
    assert_eq!(seen.calls, format!("GetQueueAttributes{}", " Query".repeat(16)));
    assert!(seen.lines.is_empty(), "{:?}", seen.lines);
}

#[tokio::test]
async fn a_round_with_due_purges_costs_a_lease_each_and_writes_one_line() {
    for due in [1, 7] {
        let world = world().await;
        queued(&world, due).await;
        world.advance(Duration::from_secs(DAY + 10));
        let seen = cost(&world, "dispatch-due-purges", json!({})).await;
        // A lease is one write. It also moves an entry of the index, which is two more.
        let due = f64::from(u32::try_from(due).unwrap());
        assert_eq!((seen.units, seen.refused), (units(3.0 * due, 0.5 * SHARDS), 0.0));
        assert_eq!(seen.calls.matches("UpdateItem").count(), due as usize);
        assert!(seen.lines.len() == 1 && seen.lines[0].len() < 1024, "{:?}", seen.lines);
    }
}

#[tokio::test]
async fn a_purge_costs_its_transaction_and_one_line() {
    let world = world().await;
    // (users, units): two each for person, receipt, user and claim, one for an entry that leaves an
    // index, and one for an entry that another index gets.
    for (users, writes) in [(1, 10.0), (2, 14.0)] {
        let user = queued(&world, 1).await.remove(0);
        if users == 2 {
            let other = world.create("Epic", &nobody("Epic").platform_user_id).await;
            assert_eq!(world.delete(&tests::world::purge_path(&user.person_id), &world.admin()).await.status, 204);
            world.link(&user, &other).await;
            let tomorrow = world.now() + i64::try_from(DAY).unwrap();
            assert_eq!(world.queue_purge(&user.person_id, Some(tomorrow)).await.status, 202);
        }
        world.advance(Duration::from_secs(DAY + 1));
        let event = batch(&[&message(&world, &user.person_id).await]);
        let seen = cost(&world, "purge-person", event.clone()).await;
        assert_eq!(
            (seen.units, seen.refused, seen.calls.as_str()),
            (units(writes, 1.0), 0.0, "GetItem TransactWriteItems")
        );
        assert_eq!(outcomes(&seen.lines), ["complete"]);
        let again = cost(&world, "purge-person", event).await;
        assert_eq!((again.units, again.calls.as_str()), (units(0.0, 1.0), "GetItem"));
        assert_eq!(outcomes(&again.lines), ["already gone"]);
    }
}

#[tokio::test]
async fn a_message_that_comes_too_early_costs_a_read_and_a_write_that_moves_nothing() {
    let world = world().await;
    let user = queued(&world, 1).await.remove(0);
    let event = batch(&[&message(&world, &user.person_id).await]);
    let seen = cost(&world, "purge-person", event).await;
    assert_eq!((seen.units, seen.refused, seen.calls.as_str()), (units(1.0, 1.0), 0.0, "GetItem UpdateItem"));
    assert_eq!(outcomes(&seen.lines), ["not yet due"]);
}

#[tokio::test]
async fn a_message_about_a_cancelled_purge_costs_a_read() {
    let world = world().await;
    let user = queued(&world, 1).await.remove(0);
    let event = batch(&[&message(&world, &user.person_id).await]);
    assert_eq!(world.delete(&tests::world::purge_path(&user.person_id), &world.admin()).await.status, 204);
    let seen = cost(&world, "purge-person", event).await;
    assert_eq!((seen.units, seen.refused, seen.calls.as_str()), (units(0.0, 1.0), 0.0, "GetItem"));
    assert_eq!(outcomes(&seen.lines), ["not this purge"]);
}

#[tokio::test]
async fn a_person_that_came_back_from_a_backup_costs_a_second_transaction_without_a_receipt() {
    let world = world().await;
    let user = crowd(&world, 1).await.remove(0);
    assert_eq!(world.purge_now(&user.person_id).await.status, 202);
    world.advance(Duration::from_secs(1));
    let event = batch(&[&message(&world, &user.person_id).await]);
    let mut backup = Vec::new();
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        backup.push((table, world.items(table).await));
    }
    cost(&world, "purge-person", event.clone()).await;
    for (table, items) in backup {
        for item in items {
            world.bundle.dynamodb().put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
        }
    }
    let seen = cost(&world, "purge-person", event).await;
    // The receipt stops the first transaction. The second one also removes the person's entry from
    // the index.
    assert_eq!((seen.units, seen.refused), (units(7.0, 1.0), 8.0));
    assert_eq!(seen.calls, "GetItem TransactWriteItems! TransactWriteItems");
    assert_eq!(outcomes(&seen.lines), ["complete"]);
}

#[tokio::test]
async fn a_seal_costs_its_signature_three_units_and_half_a_unit_for_what_it_covers() {
    let world = world().await;
    seal(&world).await;
    for receipts in [0, 1, 5] {
        for user in crowd(&world, receipts).await {
            purge(&world, &user).await;
        }
        let left = 3600 - world.now().rem_euclid(3600);
        world.advance(Duration::from_secs(u64::try_from(left).unwrap()) + Duration::from_mins(11));
        let seen = cost(&world, "seal-receipts", json!({})).await;
        // A round reads the last seal, then the hour before once more, and the hour itself: half a
        // unit each.
        assert_eq!((seen.units, seen.refused), (units(3.0, 2.0), 0.0), "{receipts}");
        assert_eq!(seen.calls, "Query Query Query Sign TransactWriteItems", "{receipts}");
        assert!(seen.lines.len() == 1 && seen.lines[0].len() < 1024, "{:?}", seen.lines);
        let again = cost(&world, "seal-receipts", json!({})).await;
        assert_eq!((again.units, again.calls.as_str()), (units(0.0, 1.0), "Query"), "nothing is left to seal");
        assert!(again.lines.is_empty());
    }
}
