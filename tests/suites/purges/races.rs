//! Races: in every order, each answer is still true afterwards.

use std::time::Duration;

use serde_json::json;
use tests::{Fault, User, World, world::link_body};

use crate::scene::*;

const ROUNDS: u32 = 24;

/// Queues a due purge of a person. Returns its message.
async fn due(world: &World, person_id: &str) -> String {
    post(world, person_id, json!({ "suggested_purge_time": world.now() })).await;
    let message = message(world, person_id).await;
    world.advance(Duration::from_secs(1));
    message
}

/// Waits for a time that differs by round, so that each side of a race sometimes comes first.
async fn head_start(round: u32, of: u32) {
    let steps = if of == 0 { round.saturating_sub(ROUNDS / 2) } else { (ROUNDS / 2).saturating_sub(round) };
    tokio::time::sleep(Duration::from_millis(u64::from(steps))).await;
}

const PURGE: (&str, &str) = ("purge-person", "TransactWriteItems");
const QUEUE: (&str, &str) = ("queue-person-purge", "UpdateItem");
const FAULTS: [Fault; 5] =
    [Fault::LostAnswer, Fault::ServerErrorAfter, Fault::ServerError, Fault::Throttled, Fault::Conflict];

/// Plans faults for these calls in most rounds, each round in another way. The verdicts stay the
/// same.
fn disturb(world: &World, round: u32, calls: [(&str, &str); 2]) {
    if let Some(fault) = FAULTS.get(round as usize % 7) {
        for (function, operation) in calls {
            world.fault(function, operation, *fault);
        }
    }
}

async fn worker(world: &World, round: u32, message: &str) {
    head_start(round, 0).await;
    assert_eq!(work(world, &[message]).await, [0_usize; 0]);
}

async fn is_whole(world: &World, user: &User) -> bool {
    let found = world.find(user).await;
    found.is_ok_and(|found| found["person_id"] == user.person_id.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn purge_against_re_time() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let user = world.create("Steam", &round.to_string()).await;
        let message = due(&world, &user.person_id).await;
        let later = world.now() + HOUR;
        disturb(&world, round, [PURGE, QUEUE]);
        let retime = async {
            head_start(round, 1).await;
            post(&world, &user.person_id, json!({ "suggested_purge_time": later })).await
        };
        let (answer, ()) = tokio::join!(retime, worker(&world, round, &message));
        assert_eq!(answer.status, 202, "{}", answer.text);
        let status = world.purge_status(&user.person_id).await;
        assert_eq!(answer.json()["status"], status.as_str());
        if status == "queued" {
            assert_eq!(unix(&answer.json(), "purge_on"), later);
            assert!(is_whole(&world, &user).await);
            assert_eq!(number(&stored(&world, &user.person_id).await, "due_on"), later);
            delete(&world, &user.person_id).await;
            purge_now(&world, &user.person_id).await;
        }
        assert_eq!(counts(&world).await, [0, 0, 0, round as usize + 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn purge_against_cancel() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let user = world.create("Steam", &round.to_string()).await;
        let message = due(&world, &user.person_id).await;
        disturb(&world, round, [PURGE, ("cancel-person-purge", "UpdateItem")]);
        let cancel = async {
            head_start(round, 1).await;
            delete(&world, &user.person_id).await
        };
        let (answer, ()) = tokio::join!(cancel, worker(&world, round, &message));
        match answer.status {
            204 => {
                assert_eq!(world.purge_status(&user.person_id).await, "purge_not_found");
                assert!(is_whole(&world, &user).await);
                purge_now(&world, &user.person_id).await;
            }
            _ => assert_eq!(answer.verdict(), (409, "purge_already_started".to_owned())),
        }
        assert_eq!(world.purge_status(&user.person_id).await, "complete");
        assert_eq!(counts(&world).await, [0, 0, 0, round as usize + 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn link_into_a_person_whose_purge_is_queued_meanwhile() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let leader = world.create("Steam", &round.to_string()).await;
        let follower = world.create("PSN", &round.to_string()).await;
        let admin = world.admin();
        disturb(&world, round, [QUEUE, ("link-platform-user", "TransactWriteItems")]);
        let link = async {
            head_start(round, 1).await;
            world.post("/users/v1/link", &admin, link_body(&leader, &follower)).await
        };
        let queue = async {
            head_start(round, 0).await;
            post(&world, &leader.person_id, json!({ "suggested_purge_time": world.now() })).await
        };
        let (linked, queued) = tokio::join!(link, queue);
        assert_eq!(queued.status, 202);
        purge_now(&world, &leader.person_id).await;
        // A linked user is purged with the person. A user that was not linked is unchanged.
        if linked.status == 200 {
            assert_eq!(world.find(&follower).await.unwrap_err(), 404);
        } else {
            assert_eq!(linked.verdict(), (400, "leader_has_restrictions".to_owned()));
            assert!(is_whole(&world, &follower).await);
            purge_now(&world, &follower.person_id).await;
        }
        let [persons, users, claims, _] = counts(&world).await;
        assert_eq!([persons, users, claims], [0, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn link_into_a_person_that_is_being_purged() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let leader = world.create("Steam", &round.to_string()).await;
        let follower = world.create("PSN", &round.to_string()).await;
        let message = due(&world, &leader.person_id).await;
        let admin = world.admin();
        disturb(&world, round, [PURGE, ("link-platform-user", "TransactWriteItems")]);
        let link = async {
            head_start(round, 1).await;
            world.post("/users/v1/link", &admin, link_body(&leader, &follower)).await
        };
        let (linked, ()) = tokio::join!(link, worker(&world, round, &message));
        let refusals = ["leader_has_restrictions", "leader_not_found"];
        assert!(linked.status == 400 && refusals.contains(&linked.code().as_str()), "{}", linked.text);
        assert_eq!(world.purge_status(&leader.person_id).await, "complete");
        assert!(is_whole(&world, &follower).await);
        let done = round as usize + 1;
        assert_eq!(counts(&world).await, [done, done, done, done]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unlink_from_a_person_whose_purge_is_queued_meanwhile() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let leader = world.create("Steam", &round.to_string()).await;
        let follower = world.create("PSN", &round.to_string()).await;
        world.link(&leader, &follower).await;
        let admin = world.admin();
        disturb(&world, round, [QUEUE, ("unlink-platform-user", "TransactWriteItems")]);
        let unlink = async {
            head_start(round, 1).await;
            let pair = json!({ "platform": "PSN", "platform_user_id": follower.platform_user_id });
            world.post("/users/v1/unlink", &admin, pair).await
        };
        let queue = async {
            head_start(round, 0).await;
            post(&world, &leader.person_id, json!({ "suggested_purge_time": world.now() })).await
        };
        let (unlinked, _) = tokio::join!(unlink, queue);
        purge_now(&world, &leader.person_id).await;
        if unlinked.status == 200 {
            let found = world.find(&follower).await.unwrap();
            purge_now(&world, found["person_id"].as_str().unwrap()).await;
        } else {
            assert_eq!(unlinked.verdict(), (400, "user_has_restrictions".to_owned()));
            assert_eq!(world.find(&follower).await.unwrap_err(), 404);
        }
        let [persons, users, claims, _] = counts(&world).await;
        assert_eq!([persons, users, claims], [0, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_never_bring_back_what_is_being_purged() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let user = world.create("Steam", &round.to_string()).await;
        let message = due(&world, &user.person_id).await;
        let admin = world.admin();
        let pair = json!({ "platform": "Steam", "platform_user_id": user.platform_user_id });
        disturb(&world, round, [PURGE, ("deactivate-user", "UpdateItem")]);
        let switches = async {
            head_start(round, 1).await;
            let deactivate = format!("/v2/users/{}/deactivate", user.player_uuid);
            tokio::join!(
                world.post("/users/v1/cross-progression/enable", &admin, pair.clone()),
                world.post(&deactivate, &admin, json!({})),
            )
        };
        let ((enabled, deactivated), ()) = tokio::join!(switches, worker(&world, round, &message));
        assert!(matches!(enabled.status, 200 | 400), "{}", enabled.text);
        assert!(matches!(deactivated.status, 200 | 404), "{}", deactivated.text);
        assert_eq!(counts(&world).await, [0, 0, 0, round as usize + 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn purge_while_the_same_account_is_created_anew() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let old = world.create("Steam", &round.to_string()).await;
        let message = due(&world, &old.person_id).await;
        let admin = world.admin();
        disturb(&world, round, [PURGE, ("create-platform-user", "TransactWriteItems")]);
        let create = async {
            head_start(round, 1).await;
            let body = json!({ "platform": "Steam", "platform_user_id": old.platform_user_id });
            world.post("/users/v1/platform-user", &admin, body).await
        };
        let (created, ()) = tokio::join!(create, worker(&world, round, &message));
        assert_eq!(world.purge_status(&old.person_id).await, "complete");
        let found = world.find(&old).await;
        if created.status == 201 {
            let (created, found) = (created.json(), found.unwrap());
            assert_eq!(found["player_uuid"], created["player_uuid"]);
            assert_ne!(found["person_id"], old.person_id.as_str());
            // The old message arrives again, late.
            assert_eq!(work(&world, &[&message]).await, [0_usize; 0]);
            assert_eq!(world.find(&old).await.unwrap(), found);
            purge_now(&world, found["person_id"].as_str().unwrap()).await;
        } else {
            assert_eq!(created.verdict(), (409, "user_already_exists".to_owned()));
            assert_eq!(found.unwrap_err(), 404);
        }
        let [persons, users, claims, _] = counts(&world).await;
        assert_eq!([persons, users, claims], [0, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_queue_at_once_make_one_purge() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let user = world.create("Steam", &round.to_string()).await;
        disturb(&world, round, [QUEUE, QUEUE]);
        let queue = || post(&world, &user.person_id, json!({}));
        let (a, b, c) = tokio::join!(queue(), queue(), queue());
        for answer in [&a, &b, &c] {
            assert_eq!((answer.status, answer.json()), (202, a.json()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_against_cancel_is_one_204() {
    let world = without_worker().await;
    for round in 0..ROUNDS {
        let user = world.create("Steam", &round.to_string()).await;
        post(&world, &user.person_id, json!({})).await;
        disturb(&world, round, [("cancel-person-purge", "UpdateItem"); 2]);
        let cancel = || delete(&world, &user.person_id);
        let (a, b, c) = tokio::join!(cancel(), cancel(), cancel());
        let mut statuses = [a.status, b.status, c.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404, 404]);
    }
}
