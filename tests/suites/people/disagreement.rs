//! Records that disagree, as they do for a moment during a link. Readers and writers retry, then
//! give up.

use super::{support::*, tables::consistent};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::json;
use shared::aws::CONTENDED_ATTEMPTS;
use tests::{Answer, User, World, world::link_body};

/// The largest number of attempts.
const MOST: usize = CONTENDED_ATTEMPTS as usize;

/// Writes another person into the user's item or into its claim.
async fn misplace(world: &World, table: &str, key: &str, value: &str) {
    let update = world.bundle.dynamodb().update_item().table_name(table);
    let update = update.key(key, AttributeValue::S(value.to_owned()));
    let update =
        update.update_expression("SET person_id = :nobody").condition_expression("attribute_exists(person_id)");
    update.expression_attribute_values(":nobody", AttributeValue::S(NOBODY.into())).send().await.unwrap();
}

async fn misplace_user(world: &World, user: &User) {
    misplace(world, "UsersTable", "player_uuid", &user.player_uuid).await;
}

async fn misplace_claim(world: &World) {
    let items = world.items("IdentitiesTable").await;
    let claim = items.first().unwrap()["identity"].as_s().unwrap().clone();
    misplace(world, "IdentitiesTable", "identity", &claim).await;
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.verdict(), (503, "unavailable".into()), "{}", answer.text);
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_reader_of_records_that_disagree_starts_over_and_gives_up() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    misplace_user(&world, &user).await;
    assert_unavailable(&world.get(&find_path(&user), &world.admin()).await);
    let attempts = world.operations("find-platform-user");
    assert!(attempts.chunks(2).all(|calls| calls == ["GetItem", "BatchGetItem"]), "{attempts:?}");
    assert!((4..=2 * MOST).contains(&attempts.len()), "{attempts:?}");
    assert_unavailable(&world.get(&links_path(&user.player_uuid), &world.admin()).await);
    let calls = world.operations("get-player-links");
    assert!((2..=3 * MOST).contains(&calls.len()), "{calls:?}");
}

#[tokio::test]
async fn a_writer_that_finds_its_user_elsewhere_every_time_gives_up_and_writes_nothing() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    misplace_claim(&world).await;
    let before = world.items("PersonsTable").await;
    let tokens = [world.admin(), world.player(&user)];
    let calls = [ENABLE, DISABLE, UNLINK].into_iter().flat_map(|path| tokens.iter().map(move |token| (path, token)));
    let answers = join_all(calls.map(|(path, token)| world.post(path, token, pair(&user)))).await;
    answers.iter().for_each(assert_unavailable);
    assert_eq!(world.items("PersonsTable").await, before);
}

#[tokio::test]
async fn a_link_whose_follower_or_leader_is_elsewhere_gives_up_and_writes_nothing() {
    let world = World::start().await;
    let misplaced = world.create("Steam", "42").await;
    misplace_claim(&world).await;
    let other = world.create("Epic", "43").await;
    let answer = world.post(LINK, &world.admin(), link_body(&other, &misplaced)).await;
    assert_unavailable(&answer);
    // The claim's person does not exist, so there is no leader.
    let answer = world.post(LINK, &world.admin(), link_body(&misplaced, &other)).await;
    assert!(matches!(answer.status, 400 | 503), "{}", answer.text);
    assert_eq!(world.find(&other).await.unwrap()["person_id"], json!(other.person_id));
    assert_eq!(world.items("PersonsTable").await.len(), 2);
}

#[tokio::test]
#[should_panic(expected = "assertion `left == right` failed")]
async fn the_check_of_the_tables_sees_a_user_that_says_otherwise() {
    let world = World::start().await;
    misplace_user(&world, &world.create("Steam", "42").await).await;
    consistent(&world).await;
}

#[tokio::test]
#[should_panic(expected = "assertion `left == right` failed")]
async fn the_check_of_the_tables_sees_a_claim_that_says_otherwise() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    misplace_claim(&world).await;
    consistent(&world).await;
}

#[tokio::test]
#[should_panic(expected = "somebody is left over")]
async fn the_check_of_the_tables_sees_a_user_without_a_person() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let delete = world.bundle.dynamodb().delete_item().table_name("PersonsTable");
    delete.key("person_id", AttributeValue::S(user.person_id)).send().await.unwrap();
    consistent(&world).await;
}
