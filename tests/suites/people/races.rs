//! Requests at the same time. Their answers are those of some sequential order, and the tables
//! agree.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Fault, User, World, world::link_body};

use super::{
    support::*,
    tables::{consistent, items},
};

/// The number of rounds of each race. Every other round has conflicts that delay one of the two.
const ROUNDS: usize = 6;

/// A function, its path, a token and a body.
type Sent = (&'static str, &'static str, String, Value);

fn linking(world: &World, leader: &User, follower: &User) -> Sent {
    ("link-platform-user", LINK, world.admin(), link_body(leader, follower))
}

fn unlinking(world: &World, user: &User) -> Sent {
    ("unlink-platform-user", UNLINK, world.player(user), pair(user))
}

fn enabling(world: &World, user: &User) -> Sent {
    ("enable-cross-progression", ENABLE, world.player(user), pair(user))
}

fn disabling(world: &World, user: &User) -> Sent {
    ("disable-cross-progression", DISABLE, world.player(user), pair(user))
}

/// Sends all requests at once. In every other round the first writes get a conflict and are
/// retried.
async fn at_once(world: &World, round: usize, requests: Vec<Sent>) -> Vec<(u16, String)> {
    let conflicts = if round % 2 == 1 { 1 + round / 2 % requests.len() } else { 0 };
    for (function, ..) in &requests[..conflicts] {
        world.fault(function, "TransactWriteItems", Fault::Conflict);
    }
    let planned = world.calls.faults_left();
    let send = |(_, path, token, body): Sent| async move { world.post(path, &token, body).await };
    let answers: Vec<Answer> = join_all(requests.into_iter().map(send)).await;
    assert!(conflicts == 0 || world.calls.faults_left() < planned, "no conflict came to pass");
    consistent(world).await;
    answers.iter().map(Answer::verdict).collect()
}

/// Fails unless these are the verdicts, in any order.
fn assert_in_any_order(mut verdicts: Vec<(u16, String)>, expected: &[(u16, String)]) {
    let mut expected = expected.to_vec();
    verdicts.sort();
    expected.sort();
    assert_eq!(verdicts, expected);
}

fn succeeded(verdicts: &[(u16, String)]) -> usize {
    verdicts.iter().filter(|(status, _)| *status == 200).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_two_leaders_at_once_is_linked_to_exactly_one() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let follower = world.create("Epic", &format!("{round}")).await;
        let leaders =
            [world.create("Steam", &format!("{round}")).await, world.create("PSN", &format!("{round}")).await];
        let requests = leaders.iter().map(|leader| linking(&world, leader, &follower)).collect();
        let verdicts = at_once(&world, round, requests).await;
        let won = verdicts.iter().position(|verdict| *verdict == done()).unwrap();
        assert_in_any_order(verdicts, &[done(), refused("follower_already_linked")]);
        assert_eq!(person_of(&world, &follower).await, leaders[won].person_id);
        let persons = consistent(&world).await;
        assert!(!persons.contains_key(&follower.person_id));
        assert_eq!(persons[&leaders[1 - won].person_id].len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_followers_of_one_platform_exactly_one_is_linked() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let leader = world.create("Steam", &format!("{round}")).await;
        let followers =
            [world.create("Epic", &format!("a{round}")).await, world.create("Epic", &format!("b{round}")).await];
        let requests = followers.iter().map(|follower| linking(&world, &leader, follower)).collect();
        let verdicts = at_once(&world, round, requests).await;
        assert_in_any_order(verdicts, &[done(), refused("platform_already_linked")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_of_different_platforms_are_all_linked() {
    let world = World::start().await;
    let leader = world.create(PLATFORMS[0], "leader").await;
    let mut followers = Vec::new();
    for platform in &PLATFORMS[1..] {
        followers.push(world.create(platform, "follower").await);
    }
    let requests = followers.iter().map(|follower| linking(&world, &leader, follower)).collect();
    let verdicts = at_once(&world, 1, requests).await;
    assert_eq!(succeeded(&verdicts), followers.len());
    assert_eq!(consistent(&world).await[&leader.person_id].len(), PLATFORMS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_that_lead_each_other_end_in_one_person() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let (one, other) =
            (world.create("Steam", &format!("{round}")).await, world.create("Epic", &format!("{round}")).await);
        let requests = vec![linking(&world, &one, &other), linking(&world, &other, &one)];
        let verdicts = at_once(&world, round, requests).await;
        assert_in_any_order(verdicts, &[done(), refused("follower_already_linked")]);
        assert_eq!(person_of(&world, &one).await, person_of(&world, &other).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_becomes_a_follower_meanwhile_takes_its_own_follower_along_or_stays() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let id = format!("{round}");
        let (top, middle, low) =
            (world.create("Steam", &id).await, world.create("Epic", &id).await, world.create("PSN", &id).await);
        let requests = vec![linking(&world, &top, &middle), linking(&world, &middle, &low)];
        let verdicts = at_once(&world, round, requests).await;
        let middle_moved = person_of(&world, &middle).await == top.person_id;
        assert_eq!(person_of(&world, &low).await, person_of(&world, &middle).await);
        let first = if middle_moved { done() } else { refused("follower_already_linked") };
        assert_eq!(verdicts, [first, done()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_unlinked_twice_at_once_leaves_once() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic", "PSN"]).await;
        let requests = vec![unlinking(&world, &users[1]), unlinking(&world, &users[1])];
        let verdicts = at_once(&world, round, requests).await;
        assert_in_any_order(verdicts, &[done(), refused("player_not_linked")]);
        assert_eq!(consistent(&world).await[&users[0].person_id].len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_last_two_users_only_one_leaves() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let requests = users.iter().map(|user| unlinking(&world, user)).collect();
        let verdicts = at_once(&world, round, requests).await;
        assert_in_any_order(verdicts, &[done(), refused("player_not_linked")]);
        assert_ne!(person_of(&world, &users[0]).await, person_of(&world, &users[1]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_enabling_and_unlinking_one_user_the_active_player_is_never_left_behind() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let requests = vec![enabling(&world, &users[1]), unlinking(&world, &users[1])];
        let verdicts = at_once(&world, round, requests).await;
        let left = person_of(&world, &users[1]).await != users[0].person_id;
        let unlinked = if left { done() } else { refused("cannot_unlink_cross_progression_player") };
        assert_eq!(verdicts, [done(), unlinked]);
        assert_eq!(active(&world, &users[1]).await, users[1].player_uuid.as_str());
        let others = if left { Value::Null } else { json!(users[1].player_uuid) };
        assert_eq!(active(&world, &users[0]).await, others);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_enabling_and_linking_one_follower_one_comes_first_and_decides() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let (leader, follower) =
            (world.create("Steam", &format!("{round}")).await, world.create("Epic", &format!("{round}")).await);
        let requests = vec![enabling(&world, &follower), linking(&world, &leader, &follower)];
        let verdicts = at_once(&world, round, requests).await;
        let moved = person_of(&world, &follower).await == leader.person_id;
        let linked = if moved { done() } else { refused("follower_has_cross_progression_enabled") };
        assert_eq!(verdicts, [done(), linked]);
        assert_eq!(active(&world, &follower).await, follower.player_uuid.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_twice_at_once_is_switched_once() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let on = vec![enabling(&world, &users[0]), enabling(&world, &users[0])];
        let verdicts = at_once(&world, round, on).await;
        assert_in_any_order(verdicts, &[done(), refused("already_cross_progression_player")]);
        let off = vec![disabling(&world, &users[0]), disabling(&world, &users[1])];
        let verdicts = at_once(&world, round, off).await;
        assert_in_any_order(verdicts, &[done(), refused("not_cross_progression_player")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_enabling_two_users_and_disabling_the_last_to_come_stands() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic", "PSN"]).await;
        activate(&world, &users[2]).await;
        let requests = vec![enabling(&world, &users[0]), enabling(&world, &users[1]), disabling(&world, &users[2])];
        let verdicts = at_once(&world, round, requests).await;
        assert_eq!(verdicts, [done(), done(), done()]);
        let stands = active(&world, &users[2]).await;
        assert!([json!(users[0].player_uuid), json!(users[1].player_uuid), Value::Null].contains(&stands));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_into_a_person_that_its_leader_leaves_goes_with_the_leader_or_stays() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let follower = world.create("PSN", &format!("{round}")).await;
        let requests = vec![linking(&world, &users[1], &follower), unlinking(&world, &users[1])];
        let verdicts = at_once(&world, round, requests).await;
        assert_eq!(verdicts, [done(), done()]);
        let now = person_of(&world, &follower).await;
        assert!([&users[0].person_id, &person_of(&world, &users[1]).await].contains(&&now));
        assert_ne!(person_of(&world, &users[1]).await, users[0].person_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_deactivated_meanwhile_acts_before_or_not_at_all() {
    let world = World::start().await;
    for round in 0..ROUNDS {
        let users = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let act = enabling(&world, &users[0]);
        let verdict = async { at_once(&world, round, vec![act]).await.remove(0) };
        let ((), verdict) = futures_util::future::join(deactivate(&world, &users[0]), verdict).await;
        // The player is not shown as active, since its user is inactive.
        assert_eq!(active(&world, &users[1]).await, Value::Null);
        let acted = items(&world, "PersonsTable").await[&users[0].person_id].contains_key("active_player_uuid");
        assert_eq!(verdict, if acted { done() } else { refused("cannot_modify_person") });
        let after = world.post(DISABLE, &world.player(&users[0]), json!({})).await;
        assert_eq!(after.verdict(), refused("cannot_modify_person"));
    }
}

/// All kinds of writes at the same time break nothing and lose no user.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_all_writes_loses_nobody() {
    let world = World::start().await;
    let mut users = Vec::new();
    for platform in &PLATFORMS[..6] {
        users.push(world.create(platform, "in the storm").await);
    }
    let pick = |seed: usize| &users[seed % users.len()];
    for wave in 0..4_usize {
        let requests = (0..16_usize).map(|number| {
            let seed = wave * 7919 + number * 104_729;
            match seed % 5 {
                0 | 1 => linking(&world, pick(seed / 5), pick(seed / 31)),
                2 => unlinking(&world, pick(seed / 7)),
                3 => enabling(&world, pick(seed / 11)),
                _ => disabling(&world, pick(seed / 13)),
            }
        });
        let verdicts = at_once(&world, wave, requests.collect()).await;
        assert!(verdicts.iter().all(|(status, _)| matches!(status, 200 | 400)), "{verdicts:?}");
        let players: usize = consistent(&world).await.values().map(std::collections::BTreeSet::len).sum();
        assert_eq!(players, users.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_moves_while_the_follower_is_refused_is_never_called_missing() {
    let world = World::start().await;
    for round in 0..10 {
        let id = format!("{round}");
        let linked = person(&world, &id, &["Epic", "PSN"]).await;
        let (leader, top) = (world.create("Steam", &id).await, world.create("Apple", &id).await);
        let mut requests = vec![linking(&world, &leader, &linked[0]); 3];
        requests.push(linking(&world, &top, &leader));
        let mut verdicts = at_once(&world, 0, requests).await;
        assert_eq!(verdicts.pop(), Some(done()));
        for verdict in verdicts {
            assert_eq!(verdict, refused("follower_already_linked"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_moves_while_the_leader_is_refused_is_never_called_missing() {
    let world = World::start().await;
    for round in 0..10 {
        let id = format!("{round}");
        let leader = person(&world, &format!("{round}"), &["Steam", "Epic"]).await;
        let (follower, top) = (world.create("Epic", &format!("follower {id}")).await, world.create("Apple", &id).await);
        let mut requests = vec![linking(&world, &leader[0], &follower); 3];
        requests.push(linking(&world, &top, &follower));
        let mut verdicts = at_once(&world, 0, requests).await;
        assert_eq!(verdicts.pop(), Some(done()));
        let honest = [refused("platform_already_linked"), refused("follower_already_linked")];
        assert!(verdicts.iter().all(|verdict| honest.contains(verdict)), "{verdicts:?}");
    }
}
