//! Races with random faults have the same verdicts as races without.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::json;
use tests::{Answer, World, random::Random, world::link_body};

use crate::{DONE, FAILED_ATTEMPTS, NOT_DONE};

const ROUNDS: usize = 12;

/// Draws the faults.
struct Dice(Random);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// Plans fewer faults than the retries of one request can absorb.
    fn sprinkle(&mut self, world: &World, function: &str, operation: &str) {
        for _ in 0..self.0.below(FAILED_ATTEMPTS) {
            let faults: Vec<_> = NOT_DONE.into_iter().chain(DONE).collect();
            world.fault(function, operation, faults[self.0.below(faults.len())]);
        }
    }
}

/// The number of answers with the status of success. All others must have the other verdict.
fn won(answers: &[Answer], success: u16, refused: (u16, &str)) -> usize {
    for answer in answers.iter().filter(|answer| answer.status != success) {
        assert_eq!((answer.status, answer.text.contains(refused.1)), (refused.0, true), "{}", answer.text);
    }
    answers.iter().filter(|answer| answer.status == success).count()
}

#[tokio::test]
async fn of_simultaneous_creations_of_one_identity_one_is_201() {
    let (world, mut dice) = (World::start().await, Dice::new(1));
    for round in 0..ROUNDS {
        dice.sprinkle(&world, "create-platform-user", "TransactWriteItems");
        let admin = world.admin();
        let body = json!({ "platform": "Steam", "platform_user_id": round.to_string() });
        let create = || world.post("/users/v1/platform-user", &admin, body.clone());
        let answers = join_all((0..4).map(|_| create())).await;
        assert_eq!(won(&answers, 201, (409, "\"user_already_exists\"")), 1, "round {round}: {answers:?}");
    }
    let users = world.items("UsersTable").await;
    let ids: HashSet<_> = users.iter().map(|user| user["player_id"].as_n().unwrap().clone()).collect();
    assert_eq!((users.len(), ids.len()), (ROUNDS, ROUNDS), "one user a round, with an id of its own");
    assert_eq!(world.items("PersonsTable").await.len(), ROUNDS);
    assert_eq!(world.items("IdentitiesTable").await.len(), ROUNDS);
}

#[tokio::test]
async fn of_simultaneous_deactivations_one_is_200() {
    let (world, mut dice) = (World::start().await, Dice::new(2));
    let user = world.create("Steam", "42").await;
    let (admin, path) = (world.admin(), format!("/v2/users/{}", user.player_uuid));
    let rules = [("deactivate", "(COMMAND-5gunjw0cd7)"), ("reactivate", "(COMMAND-s5qqcz97hf)")].into_iter().cycle();
    for (round, (change, rule)) in rules.take(ROUNDS).enumerate() {
        dice.sprinkle(&world, &format!("{change}-user"), "UpdateItem");
        let change = format!("{path}/{change}");
        let answers = join_all((0..4).map(|_| world.post(&change, &admin, json!({})))).await;
        assert_eq!(won(&answers, 200, (400, rule)), 1, "round {round}: {answers:?}");
        let shown = world.get(&path, &admin).await.json();
        assert_eq!(shown["details"]["sequence"], (round + 2).to_string(), "each change counts once");
    }
}

#[tokio::test]
async fn a_follower_of_several_leaders_follows_one() {
    let (world, mut dice) = (World::start().await, Dice::new(3));
    let admin = world.admin();
    for round in 0..ROUNDS {
        let follower = world.create("Epic", &format!("follower {round}")).await;
        let mut leaders = Vec::new();
        for leader in 0..3 {
            leaders.push(world.create("Steam", &format!("leader {round} {leader}")).await);
        }
        dice.sprinkle(&world, "link-platform-user", "TransactWriteItems");
        let links = leaders.iter().map(|leader| world.post("/users/v1/link", &admin, link_body(leader, &follower)));
        let answers = join_all(links).await;
        let winners: Vec<_> = leaders.iter().zip(&answers).filter(|(_, answer)| answer.status == 200).collect();
        assert_eq!(won(&answers, 200, (400, "\"follower_already_linked\"")), 1, "round {round}: {answers:?}");
        let found = world.find(&follower).await.unwrap();
        assert_eq!(found["person_id"], winners[0].0.person_id.as_str(), "round {round}");
    }
    // Each follower's own person is gone.
    assert_eq!(world.items("PersonsTable").await.len(), 3 * ROUNDS);
}

/// The value of a member that all these answers have in common.
fn common(answers: &[Answer], name: &str) -> String {
    let values: HashSet<_> = answers.iter().map(|answer| answer.json()[name].to_string()).collect();
    assert_eq!((values.len(), won(answers, 200, (200, ""))), (1, answers.len()), "{answers:?}");
    values.into_iter().next().unwrap()
}

#[tokio::test]
async fn of_simultaneous_first_logins_one_creates_the_user_and_all_play_it() {
    let (world, mut dice) = (World::start().await, Dice::new(4));
    for round in 0..ROUNDS {
        dice.sprinkle(&world, "log-in", "TransactWriteItems");
        let body =
            json!({ "grant_type": "anon", "portal_access_token": format!("new {round}"), "include_refresh": true });
        let answers = join_all((0..4).map(|_| world.log_in(body.clone()))).await;
        common(&answers, "active_player_uuid");
        common(&answers, "person_id");
    }
    let users = world.items("UsersTable").await;
    assert_eq!((users.len(), world.items("PersonsTable").await.len()), (ROUNDS, ROUNDS));
    assert!(users.iter().all(|user| user["sessions"].as_m().unwrap().len() == 4), "each login has a session");
}

#[tokio::test]
async fn simultaneous_refreshes_with_one_token_get_one_successor() {
    let (world, mut dice) = (World::start().await, Dice::new(5));
    let login = json!({ "grant_type": "anon", "portal_access_token": "ada", "include_refresh": true });
    let mut token = world.log_in(login).await.json()["refresh_token"].clone();
    for _ in 0..ROUNDS {
        dice.sprinkle(&world, "log-in", "UpdateItem");
        let body = json!({ "grant_type": "refresh", "portal_access_token": token });
        let answers = join_all((0..4).map(|_| world.log_in(body.clone()))).await;
        token = serde_json::from_str(&common(&answers, "refresh_token")).unwrap();
    }
    let sessions = world.items("UsersTable").await.remove(0).remove("sessions").unwrap();
    let numbers: Vec<_> =
        sessions.as_m().unwrap().values().map(|session| session.as_m().unwrap()["n"].clone()).collect();
    assert_eq!(numbers, [AttributeValue::N((ROUNDS + 1).to_string())], "each round used one number");
}

#[tokio::test]
async fn however_many_log_in_at_once_eight_sessions_stay() {
    let (world, mut dice) = (World::start().await, Dice::new(6));
    let login = json!({ "grant_type": "anon", "portal_access_token": "ada", "include_refresh": true });
    world.log_in(login.clone()).await;
    for _ in 0..3 {
        dice.sprinkle(&world, "log-in", "UpdateItem");
        let answers = join_all((0..6).map(|_| world.log_in(login.clone()))).await;
        common(&answers, "active_player_uuid");
    }
    assert_eq!(world.items("UsersTable").await[0]["sessions"].as_m().unwrap().len(), 8);
}
