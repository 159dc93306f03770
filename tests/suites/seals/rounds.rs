//! The rounds that seal hours.

use std::time::Duration;

use crate::scene::*;
use shared::store::{AddSeals, Sealed};
use tests::Fault;

/// The hours of the seals, counted from the first.
async fn hours(world: &tests::World) -> Vec<i64> {
    let seals = seals(world).await;
    let first = number(&seals[0], "hour");
    seals.iter().map(|seal| (number(seal, "hour") - first) / 3600).collect()
}

#[tokio::test]
async fn a_purge_is_sealed_after_its_hour_and_the_chain_is_whole() {
    let world = without_worker().await;
    to_the_next_hour(&world);
    let user = purged(&world, "1").await;
    seal_now(&world).await;
    let hour = world.now().div_euclid(3600) * 3600;
    assert!(seals(&world).await.iter().all(|seal| number(seal, "hour") < hour), "too early");
    to_the_next_hour(&world);
    world.advance(Duration::from_mins(11));
    world.tick().await;
    let last = seals(&world).await.pop().unwrap();
    assert_eq!((number(&last, "hour"), number(&last, "count")), (hour, 1));
    let (verified, findings) = verified(&world, None).await;
    assert_eq!((findings, verified.receipts, verified.unsealed), (vec![], 1, 0));
    assert_eq!(receipt(&world, &user.person_id).await.json()["sealed"], true);
}

#[tokio::test]
async fn missed_hours_are_made_up_for_and_empty_hours_are_sealed() {
    let world = without_worker().await;
    seal_now(&world).await;
    to_the_next_hour(&world);
    purged(&world, "1").await;
    world.advance(5 * HOUR);
    seal(&world).await;
    let hours = hours(&world).await;
    assert_eq!(hours, (0..i64::try_from(hours.len()).unwrap()).collect::<Vec<_>>());
    assert!(hours.len() >= 7, "{hours:?}");
    let counts: Vec<_> = seals(&world).await.iter().map(|seal| number(seal, "count")).collect();
    assert_eq!((counts.iter().sum::<i64>(), counts.iter().filter(|count| **count == 0).count()), (1, counts.len() - 1));
    assert_eq!(findings(&world).await, []);
}

#[tokio::test]
async fn the_first_seal_is_of_the_first_receipts_of_the_last_day() {
    let world = without_worker().await;
    purged(&world, "1").await;
    world.advance(5 * HOUR);
    purged(&world, "2").await;
    seal(&world).await;
    let counts: Vec<_> = seals(&world).await.iter().map(|seal| number(seal, "count")).collect();
    assert_eq!((counts.first(), counts.last(), counts.iter().sum::<i64>()), (Some(&1), Some(&1), 2), "{counts:?}");
    assert_eq!(findings(&world).await, []);
}

#[tokio::test]
async fn another_round_seals_nothing_twice() {
    let world = without_worker().await;
    purged(&world, "1").await;
    seal(&world).await;
    let before = seals(&world).await;
    seal_now(&world).await;
    assert_eq!(seals(&world).await, before);
}

#[tokio::test]
async fn rounds_at_once_never_fork_the_chain() {
    let world = without_worker().await;
    seal_now(&world).await;
    for round in 0..4 {
        to_the_next_hour(&world);
        purged(&world, &format!("{round}")).await;
        world.advance(2 * HOUR);
        let faults =
            [Fault::LostAnswer, Fault::ServerErrorAfter, Fault::Conflict, Fault::Throttled, Fault::ServerError];
        for fault in faults {
            world.fault("seal-receipts", "TransactWriteItems", fault);
        }
        let one = || world.bundle.invoke("seal-receipts", schedule());
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        for ended in [a, b, c, d] {
            ended.unwrap();
        }
        // A round that was slower than another one left the rest to that one.
        seal(&world).await;
        let hours = hours(&world).await;
        assert_eq!(hours, (0..i64::try_from(hours.len()).unwrap()).collect::<Vec<_>>(), "round {round}");
        assert_eq!(findings(&world).await, [], "round {round}");
    }
    assert_eq!(world.calls.faults_left(), 0);
}

#[tokio::test]
async fn a_lost_answer_is_not_a_second_seal() {
    for (operation, fault) in [
        ("TransactWriteItems", Fault::LostAnswer),
        ("TransactWriteItems", Fault::ServerErrorAfter),
        ("TransactWriteItems", Fault::InProgress),
        ("Sign", Fault::LostAnswer),
        ("Sign", Fault::Throttled),
        ("Query", Fault::ServerError),
    ] {
        let world = without_worker().await;
        seal_now(&world).await;
        let before = seals(&world).await.len();
        purged(&world, "1").await;
        to_the_next_hour(&world);
        world.fault("seal-receipts", operation, fault);
        seal(&world).await;
        assert_eq!(world.calls.faults_left(), 0, "{operation} {fault:?}");
        let hours = hours(&world).await;
        assert_eq!(hours, (0..i64::try_from(hours.len()).unwrap()).collect::<Vec<_>>(), "{operation} {fault:?}");
        assert!(hours.len() > before);
        assert_eq!(findings(&world).await, [], "{operation} {fault:?}");
    }
}

#[tokio::test]
async fn a_receipt_that_came_to_light_after_its_seal_goes_under_the_next_one() {
    let world = without_worker().await;
    seal_now(&world).await;
    to_the_next_hour(&world);
    let [early, late] = [purged(&world, "early").await, purged(&world, "late").await];
    let receipts = world.items("ReceiptsTable").await;
    let hidden = receipts.iter().find(|item| item["person_id"].as_s().unwrap() == &late.person_id).unwrap();
    remove(&world, "ReceiptsTable", hidden).await;
    seal(&world).await;
    put(&world, "ReceiptsTable", hidden.clone()).await;
    for user in [&early, &late] {
        let answer = receipt(&world, &user.person_id).await.json();
        assert_eq!((&answer["sealed"], answer.get("proof")), (&false.into(), None));
    }
    world.advance(HOUR);
    seal_now(&world).await;
    let hours = hours(&world).await;
    let [.., first, again, next] = hours.as_slice() else { panic!("{hours:?}") };
    assert_eq!((first, *again + 1), (again, *next));
    let all = seals(&world).await;
    let counts: Vec<_> = all[all.len() - 3..].iter().map(|seal| number(seal, "count")).collect();
    assert_eq!(counts, [1, 2, 0]);
    assert_eq!(findings(&world).await, []);
    for user in [&early, &late] {
        let answer = receipt(&world, &user.person_id).await;
        roster_local::operate::verify_answer(&answer.text, &trusted(&world.target()).await).unwrap();
    }
}

#[tokio::test]
async fn a_number_that_is_taken_stays_taken() {
    let world = without_worker().await;
    seal_now(&world).await;
    let target = world.target();
    let last = target.store().last_seal().await.unwrap().unwrap();
    let mut other = last.clone();
    other.seal.count += 1;
    let operation = world.ambient().operation();
    assert_eq!(target.store().add_seal(&other, operation).await, Ok(Sealed::Taken));
    assert_eq!(target.store().last_seal().await, Ok(Some(last)));
}
