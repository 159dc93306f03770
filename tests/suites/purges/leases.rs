//! A purge that was sent is not sent again during its lease.

use std::time::Duration;

use serde_json::json;
use tests::logs;

use crate::scene::*;

#[tokio::test]
async fn what_was_sent_is_leased_and_the_person_is_not_changed_by_it() {
    let world = with_settings([("DISPATCH_LEASE", "10m")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let mut queued = stored(&world, &user.person_id).await;
    world.advance(Duration::from_secs(61));
    let before = world.now();
    world.tick().await;
    let after = world.now();
    let mut leased = stored(&world, &user.person_id).await;
    let due_on = number(&leased, "due_on");
    assert!((before + 600..=after + 601).contains(&due_on), "{due_on} after {before}");
    assert_eq!((number(&queued, "dispatches"), number(&leased, "dispatches")), (0, 1));
    for moved in ["due_on", "dispatches"] {
        queued.remove(moved);
        leased.remove(moved);
    }
    assert_eq!(leased, queued);
}

#[tokio::test]
async fn what_is_leased_is_not_sent_again_until_the_lease_ends() {
    let world = with_settings([("DISPATCH_LEASE", "10m")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let message = message(&world, &user.person_id).await;
    world.advance(Duration::from_secs(61));
    world.tick().await;
    assert_eq!(drain(&world).await, std::slice::from_ref(&message));
    world.tick().await;
    world.advance(Duration::from_mins(9));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
    world.advance(Duration::from_mins(2));
    world.tick().await;
    assert_eq!(drain(&world).await, std::slice::from_ref(&message));
    // The second lease is twice as long.
    world.advance(Duration::from_mins(11));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
    world.advance(Duration::from_mins(10));
    world.tick().await;
    assert_eq!(drain(&world).await, [message]);
    assert_eq!(number(&stored(&world, &user.person_id).await, "dispatches"), 3);
}

#[tokio::test]
async fn leases_double_up_to_a_day_and_a_purge_is_stuck_after_eight_but_never_dropped() {
    let world = with_settings([("DISPATCH_LEASE", "30m")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    let message = message(&world, &user.person_id).await;
    let stuck = || {
        let text = logs::text();
        text.lines().filter(|line| line.contains("purge stuck") && line.contains(&user.person_id)).count()
    };
    world.advance(Duration::from_secs(61));
    let minutes = [30, 60, 120, 240, 480, 960, 1440, 1440, 1440, 1440, 1440];
    for (round, minutes) in minutes.into_iter().enumerate() {
        let before = world.now();
        world.tick().await;
        let lease = minutes * 60;
        let due_on = number(&stored(&world, &user.person_id).await, "due_on");
        assert!((before + lease..=world.now() + lease + 1).contains(&due_on), "round {round}");
        assert_eq!(drain(&world).await, std::slice::from_ref(&message), "round {round}");
        assert_eq!(stuck(), round.saturating_sub(7), "round {round}");
        world.advance(Duration::from_secs(u64::try_from(lease + 2).unwrap()));
    }
    // The purge is still carried out.
    assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
    assert_eq!(world.purge_status(&user.person_id).await, "complete");
}

#[tokio::test]
async fn another_time_ends_the_lease() {
    let world = with_settings([("DISPATCH_LEASE", "10h")]).await;
    let user = world.create("Steam", "1").await;
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    world.advance(Duration::from_secs(61));
    world.tick().await;
    assert_eq!(drain(&world).await.len(), 1);
    post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + HOUR })).await;
    world.advance(Duration::from_mins(59));
    world.tick().await;
    assert_eq!(drain(&world).await, [""; 0]);
    world.advance(Duration::from_mins(2));
    world.tick().await;
    assert_eq!(drain(&world).await.len(), 1);
    assert_eq!(number(&stored(&world, &user.person_id).await, "dispatches"), 1);
}

#[tokio::test]
async fn two_dispatchers_at_once_count_one_dispatch() {
    let world = with_settings([("DISPATCH_LEASE", "10m")]).await;
    let users = crowd(&world, 5).await;
    for user in &users {
        post(&world, &user.person_id, json!({ "suggested_purge_time": world.now() + 60 })).await;
    }
    world.advance(Duration::from_secs(61));
    tokio::join!(world.tick(), world.tick(), world.tick());
    for user in &users {
        assert_eq!(number(&stored(&world, &user.person_id).await, "dispatches"), 1);
    }
    let mut sent = persons(&drain(&world).await);
    sent.dedup();
    assert_eq!(sent.len(), 5);
}
