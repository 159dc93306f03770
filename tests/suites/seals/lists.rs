//! `roster purges`: lists late, stuck and done purges.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use roster_local::operate::{ListedPurge, OpenPurges, list_done, list_open, reset_stuck};
use shared::identity::{Requester, Second};
use tests::{User, World};

use crate::scene::*;

async fn open(world: &World, which: OpenPurges) -> Vec<ListedPurge> {
    let mut listed = Vec::new();
    let add = |purge: &ListedPurge| {
        listed.push(purge.clone());
        Ok(())
    };
    let count = list_open(&world.target(), which, add).await.unwrap();
    assert_eq!(count, u64::try_from(listed.len()).unwrap());
    listed.sort_by_key(|purge| purge.person_id.to_string());
    listed
}

async fn done(world: &World, since: i64) -> Vec<ListedPurge> {
    let mut listed = Vec::new();
    let add = |purge: &ListedPurge| {
        listed.push(purge.clone());
        Ok(())
    };
    list_done(&world.target(), Second::from_unix(since), add).await.unwrap();
    listed
}

/// Writes that a purge was dispatched so often without success.
async fn dispatched(world: &World, user: &User, times: u32) {
    let update = world.bundle.dynamodb().update_item().table_name("PersonsTable");
    let update = update.key("person_id", AttributeValue::S(user.person_id.clone()));
    let update = update.update_expression("SET dispatches = :times, due_on = :due_on");
    let values = [(":times", i64::from(times)), (":due_on", world.now() + 24 * 3600)];
    let update = values.into_iter().fold(update, |update, (name, value)| {
        update.expression_attribute_values(name, AttributeValue::N(value.to_string()))
    });
    update.send().await.unwrap();
}

#[tokio::test]
async fn overdue_purges_are_listed_whether_leased_or_not_and_others_are_not() {
    let world = without_worker().await;
    let mut due = Vec::new();
    for index in 0..40 {
        let user = world.create("Steam", &format!("{index}")).await;
        let in_time = world.now() + if index % 2 == 0 { 60 } else { 24 * 3600 };
        assert_eq!(world.queue_purge(&user.person_id, Some(in_time)).await.status, 202);
        if index % 2 == 0 {
            due.push(user.person_id);
        }
    }
    assert_eq!(open(&world, OpenPurges::Overdue).await, []);
    world.advance(Duration::from_secs(180));
    for dispatches in 0..2 {
        let listed = open(&world, OpenPurges::Overdue).await;
        due.sort();
        assert_eq!(listed.iter().map(|purge| purge.person_id.to_string()).collect::<Vec<_>>(), due);
        assert!(listed.iter().all(|purge| purge.dispatches == dispatches && purge.completed_on.is_none()));
        assert!(listed.iter().all(|purge| (100..1000).contains(&purge.late_seconds)), "{listed:?}");
        // The purge was sent and leased, and is still not done.
        world.bundle.invoke("dispatch-due-purges", schedule()).await.unwrap();
    }
}

#[tokio::test]
async fn stuck_purges_are_listed_and_reset_and_then_dispatched_at_once() {
    let world = without_worker().await;
    let (stuck, trying) = (world.create("Steam", "1").await, world.create("Steam", "2").await);
    for user in [&stuck, &trying] {
        world.queue_purge(&user.person_id, Some(world.now() + 1)).await;
    }
    world.advance(Duration::from_secs(2));
    dispatched(&world, &stuck, 8).await;
    dispatched(&world, &trying, 7).await;
    let listed = open(&world, OpenPurges::Stuck).await;
    assert_eq!(
        listed.iter().map(|purge| purge.person_id.to_string()).collect::<Vec<_>>(),
        std::slice::from_ref(&stuck.person_id)
    );
    assert_eq!(listed[0].dispatches, 8);
    assert_eq!(reset_stuck(&world.target()).await.unwrap(), (1, 0));
    assert_eq!(open(&world, OpenPurges::Stuck).await, []);
    assert_eq!(reset_stuck(&world.target()).await.unwrap(), (0, 0));
    world.advance(Duration::from_secs(1));
    world.bundle.invoke("dispatch-due-purges", schedule()).await.unwrap();
    let overdue = open(&world, OpenPurges::Overdue).await;
    let dispatches = |user: &User| {
        overdue.iter().find(|purge| purge.person_id.to_string() == user.person_id).map(|purge| purge.dispatches)
    };
    assert_eq!((dispatches(&stuck), dispatches(&trying)), (Some(1), Some(7)));
}

#[tokio::test]
async fn a_reset_does_not_bring_a_purge_forward() {
    let world = without_worker().await;
    let user = world.create("Steam", "1").await;
    world.queue_purge(&user.person_id, Some(world.now() + 3600)).await;
    dispatched(&world, &user, 9).await;
    assert_eq!(reset_stuck(&world.target()).await.unwrap(), (1, 0));
    world.bundle.invoke("dispatch-due-purges", schedule()).await.unwrap();
    let message = message(&world, &user).await;
    work(&world, &[&message]).await;
    assert_eq!(world.purge_status(&user.person_id).await, "queued");
}

#[tokio::test]
async fn purges_that_are_over_are_listed_from_their_receipts() {
    let world = without_worker().await;
    let early = purged(&world, "early").await;
    world.advance(3 * HOUR);
    let since = world.now();
    let leader = world.create("Steam", "late").await;
    let follower = world.create("Epic", "late").await;
    world.link(&leader, &follower).await;
    world.purge_now(&leader.person_id).await;
    let late = message(&world, &leader).await;
    world.advance(HOUR);
    work(&world, &[&late]).await;
    let listed = done(&world, since).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].person_id.to_string(), listed[0].users), (leader.person_id.clone(), Some(2)));
    assert!((3590..3700).contains(&listed[0].late_seconds), "{listed:?}");
    assert!(matches!(listed[0].requested_by, Some(Requester::Service(_))));
    let all: Vec<_> = done(&world, since - 4 * 3600).await.iter().map(|purge| purge.person_id.to_string()).collect();
    assert_eq!(all, [early.person_id, leader.person_id]);
}
