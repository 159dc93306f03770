//! Races with random faults have the same verdicts as races without.

use std::collections::HashSet;

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
