//! The deprecated integer id of a player: it is positive, unique, and fits in 32 bits.

use std::collections::BTreeSet;

use super::{support::*, tables::consistent};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::json;
use shared::aws::CONTENDED_ATTEMPTS;
use tests::{Fault, World};

const FUNCTION: &str = "create-platform-user";

/// The failed attempts after which a call is given up (`shared::aws`).
const FAILED_ATTEMPTS: u32 = 6;

/// Leaves so many numbers to be leased, and no more.
async fn numbers_left(world: &World, left: u32) {
    let next = 2_147_483_648_u32 - left;
    let put = world.bundle.dynamodb().put_item().table_name("SequencesTable");
    let put = put.item("name", AttributeValue::S("player_id".into()));
    put.item("next", AttributeValue::N(next.to_string())).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_creations_fifty_at_a_time_get_different_positive_numbers_from_blocks_that_double() {
    let world = World::start().await;
    let ids: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    let mut users = Vec::new();
    for fifty in ids.chunks(50) {
        users.extend(join_all(fifty.iter().map(|id| world.create("Steam", id))).await);
    }
    let numbers: BTreeSet<_> = users.iter().map(|user| user.player_id).collect();
    assert_eq!(numbers.len(), 300);
    assert!(numbers.iter().all(|number| (1..=2_147_483_647).contains(number)));
    assert_eq!(consistent(&world).await.len(), 300);
    let leases = world.made().into_iter().filter(|call| call.operation == "UpdateItem");
    let sizes: Vec<_> = leases.map(|lease| lease.body["ExpressionAttributeValues"][":count"]["N"].clone()).collect();
    assert_eq!(sizes, ["8", "16", "32", "64", "128", "256"]);
}

#[tokio::test]
async fn numbers_begin_at_one() {
    let world = World::start().await;
    assert_eq!(world.create("Steam", "1").await.player_id, 1);
    assert_eq!(world.create("Steam", "2").await.player_id, 2);
}

#[tokio::test]
async fn the_last_number_is_the_largest_signed_32_bit_integer() {
    let world = World::start().await;
    numbers_left(&world, 8).await;
    for number in 0..8 {
        let user = world.create("Steam", &number.to_string()).await;
        assert_eq!(user.player_id, 2_147_483_640 + number);
    }
    let body = json!({ "platform": "Steam", "platform_user_id": "one too many" });
    let answer = world.post(CREATE, &world.admin(), body).await;
    assert_eq!(answer.verdict(), (503, "unavailable".into()));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(consistent(&world).await.len(), 8);
}

#[tokio::test]
async fn a_creation_that_finds_no_number_leaves_nothing_behind() {
    let world = World::start().await;
    numbers_left(&world, 0).await;
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    assert_eq!(world.post(CREATE, &world.admin(), body).await.status, 503);
    assert_eq!(world.operations(FUNCTION), ["UpdateItem"]);
    assert_eq!(consistent(&world).await.len(), 0);
}

fn account(platform_user_id: &str) -> serde_json::Value {
    json!({ "platform": "Steam", "platform_user_id": platform_user_id })
}

#[tokio::test]
async fn a_number_that_was_not_given_out_is_given_out_next() {
    let world = World::start().await;
    assert_eq!(world.create("Steam", "1").await.player_id, 1);
    for login in 0..300 {
        let answer = world.post(CREATE, &world.admin(), account("1")).await;
        assert_eq!(answer.verdict(), (409, "user_already_exists".into()), "{login}");
    }
    assert_eq!(world.create("Steam", "2").await.player_id, 2);
    assert_eq!(leases(&world), 1);
}

/// Tests a service that sends a creation at every login, and a read after a 409.
#[tokio::test(flavor = "multi_thread")]
async fn refused_creations_at_once_use_up_no_more_numbers_than_are_asked_for_at_once() {
    let world = World::start().await;
    world.create("Steam", "known").await;
    let mut numbers = BTreeSet::from([1]);
    for round in 0..40 {
        let admin = world.admin();
        let known = join_all((0..15).map(|_| world.post(CREATE, &admin, account("known"))));
        let new = format!("new {round}");
        let (refused, user) = tokio::join!(known, world.create("Steam", &new));
        assert!(refused.iter().all(|answer| answer.status == 409));
        assert!(numbers.insert(user.player_id), "{} is given out twice", user.player_id);
    }
    // 41 numbers are given out, and each of 16 requests at the same time holds one.
    assert!(numbers.iter().all(|number| *number <= 41 + 16), "{numbers:?}");
    assert_eq!(consistent(&world).await.len(), 41);
}

/// Every other call is certainly not carried out, so the number is not lost.
#[tokio::test]
async fn a_number_comes_back_from_a_creation_that_was_refused_after_others_were_in_the_way() {
    for fault in [Fault::Conflict, Fault::Throttled, Fault::MemberThrottled, Fault::Overused] {
        let world = World::start().await;
        world.create("Steam", "1").await;
        world.fault(FUNCTION, "TransactWriteItems", fault);
        assert_eq!(world.post(CREATE, &world.admin(), account("1")).await.status, 409);
        // A conflict is retried more often than a failure.
        let attempts = if matches!(fault, Fault::Conflict) { CONTENDED_ATTEMPTS } else { FAILED_ATTEMPTS };
        (0..attempts).for_each(|_| world.fault(FUNCTION, "TransactWriteItems", fault));
        assert_eq!(world.post(CREATE, &world.admin(), account("2")).await.status, 503);
        assert_eq!(world.calls.faults_left(), 0);
        assert_eq!(world.create("Steam", "2").await.player_id, 2, "{fault:?}");
    }
}

/// A write whose answer was lost may still be carried out at any later time.
#[tokio::test]
async fn a_number_whose_write_may_still_come_is_never_given_out_again() {
    for fault in [Fault::LostAnswer, Fault::CutAnswer, Fault::ServerErrorAfter, Fault::ServerError, Fault::Unreachable]
    {
        let world = World::start().await;
        world.create("Steam", "1").await;
        world.fault(FUNCTION, "TransactWriteItems", fault);
        assert_eq!(world.post(CREATE, &world.admin(), account("1")).await.status, 409);
        assert_eq!(world.create("Steam", "2").await.player_id, 3, "{fault:?}");
        (0..FAILED_ATTEMPTS).for_each(|_| world.fault(FUNCTION, "TransactWriteItems", fault));
        assert_eq!(world.post(CREATE, &world.admin(), account("3")).await.status, 503);
        assert_eq!(world.create("Steam", "4").await.player_id, 5, "{fault:?}");
        consistent(&world).await;
    }
}

#[tokio::test]
async fn a_number_that_comes_back_when_its_block_is_used_up_is_given_out_before_another_block_is_leased() {
    let world = World::start().await;
    for number in 1..8 {
        assert_eq!(world.create("Steam", &number.to_string()).await.player_id, number);
    }
    // This takes the last number of the block.
    assert_eq!(world.post(CREATE, &world.admin(), account("1")).await.status, 409);
    numbers_taken_elsewhere(&world, 8).await;
    assert_eq!(world.create("Steam", "8").await.player_id, 8);
    assert_eq!(leases(&world), 1);
    assert_eq!(world.create("Steam", "9").await.player_id, 17);
}

/// The number of leases so far.
fn leases(world: &World) -> usize {
    world.made().iter().filter(|call| call.operation == "UpdateItem").count()
}

#[tokio::test]
async fn two_bundles_on_one_table_never_share_a_block() {
    let world = World::start().await;
    // Another instance of the function leases a block in between.
    world.create("Steam", "1").await;
    numbers_taken_elsewhere(&world, 8).await;
    let mut numbers = Vec::new();
    for number in 2..12 {
        numbers.push(world.create("Steam", &number.to_string()).await.player_id);
    }
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8, 17, 18, 19]);
}

async fn numbers_taken_elsewhere(world: &World, count: u32) {
    let update = world.bundle.dynamodb().update_item().table_name("SequencesTable");
    let update = update.key("name", AttributeValue::S("player_id".into()));
    let update = update.update_expression("SET #next = #next + :count").expression_attribute_names("#next", "next");
    update.expression_attribute_values(":count", AttributeValue::N(count.to_string())).send().await.unwrap();
}
