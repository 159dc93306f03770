//! Writes of the HTTP endpoints under faults.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Fault, World, engines::Engine, world::purge_path};

use crate::{
    DONE, FAILED_ATTEMPTS, NOT_DONE,
    acts::{ACTS, Act, Stage},
    plan,
    shape::Snapshot,
    without_worker,
};

/// An act that was performed.
struct Done {
    act: Act,
    stage: Stage,
    answer: Answer,
    /// The number of its writes.
    writes: usize,
}

/// Prepares every act on its own stage. `round` distinguishes the stages of several rounds.
async fn prepared(world: &World, round: usize) -> Vec<(Act, Stage)> {
    let mut stages = Vec::new();
    for (number, act) in ACTS.into_iter().enumerate() {
        stages.push((act, act.prepare(world, round * ACTS.len() + number).await));
    }
    stages
}

/// Performs every act under these faults. Acts of one function run one after the other, since
/// faults are planned by function.
async fn performed(world: &World, stages: Vec<(Act, Stage)>, faults: &[Fault]) -> Vec<Done> {
    let mut by_function: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (act, stage) in stages {
        by_function.entry(act.function()).or_default().push((act, stage));
    }
    let done = join_all(by_function.into_values().map(async |stages| {
        let mut done = Vec::new();
        for (act, stage) in stages {
            let before = writes(world, act);
            faults.iter().for_each(|fault| world.fault(act.function(), act.write(), *fault));
            let answer = act.perform(world, &stage).await;
            done.push(Done { act, stage, answer, writes: writes(world, act) - before });
        }
        done
    }));
    let done: Vec<_> = done.await.into_iter().flatten().collect();
    assert_eq!(world.calls.faults_left(), 0, "{faults:?}");
    done
}

fn writes(world: &World, act: Act) -> usize {
    let ours = |call: &tests::Call| call.function == act.function() && call.operation == act.write();
    world.made().iter().filter(|call| ours(call)).count()
}

/// Names of members, so that answers about two stages can be compared.
fn names(answer: &Value) -> Vec<String> {
    match answer {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| [vec![name.clone()], names(value)].concat()).collect()
        }
        _ => Vec::new(),
    }
}

/// Performs every act without faults and under each of these. Answers and tables must be the same.
async fn same_as_without(rounds: impl IntoIterator<Item = Vec<Fault>>) {
    let world = World::start().await;
    let quiet = performed(&world, prepared(&world, 0).await, &[]).await;
    for (round, faults) in rounds.into_iter().enumerate() {
        let disturbed = performed(&world, prepared(&world, round + 1).await, &faults).await;
        let snapshot = Snapshot::of(&world).await;
        for (quiet, disturbed) in quiet.iter().zip(disturbed) {
            let (act, answer) = (disturbed.act, disturbed.answer);
            assert_eq!(quiet.act, act);
            assert_eq!(
                (quiet.answer.status, answer.status),
                (act.success(), act.success()),
                "{act:?} {faults:?}: {}",
                answer.text
            );
            assert_eq!(names(&answer.json()), names(&quiet.answer.json()), "{act:?} {faults:?}");
            assert_eq!((quiet.writes, disturbed.writes), (1, faults.len() + 1), "{act:?} {faults:?}");
            assert_eq!(snapshot.shape(&disturbed.stage), snapshot.shape(&quiet.stage), "{act:?} {faults:?}");
        }
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_a_success_for_its_caller_and_done_once() {
    same_as_without(DONE.map(|fault| vec![fault])).await;
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_time_and_again_is_still_done_once() {
    let [lost, error] = DONE;
    same_as_without([vec![lost, error, Fault::Throttled, lost], vec![Fault::Conflict, lost, Fault::InProgress]]).await;
}

#[tokio::test]
async fn a_write_that_met_a_passing_fault_is_repeated() {
    same_as_without([NOT_DONE.to_vec()]).await;
}

#[tokio::test]
async fn after_six_tries_the_answer_is_503_and_nothing_changed() {
    let world = World::start().await;
    let stages = prepared(&world, 0).await;
    let before = Snapshot::of(&world).await.exact();
    // A conflict does not count as a failure: see `kinds`.
    let failures = NOT_DONE.into_iter().filter(|fault| *fault != Fault::Conflict);
    let faults: Vec<_> = failures.cycle().take(FAILED_ATTEMPTS).collect();
    for Done { act, answer, writes, .. } in performed(&world, stages, &faults).await {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{act:?}: {}", answer.text);
        assert_eq!(writes, FAILED_ATTEMPTS, "{act:?}");
    }
    assert_eq!(Snapshot::of(&world).await.exact(), before);
}

#[tokio::test]
async fn six_lost_answers_are_503_and_the_write_is_there_once() {
    let world = World::start().await;
    let quiet = performed(&world, prepared(&world, 0).await, &[]).await;
    let lost = performed(&world, prepared(&world, 1).await, &[Fault::LostAnswer; FAILED_ATTEMPTS]).await;
    let snapshot = Snapshot::of(&world).await;
    for (quiet, lost) in quiet.iter().zip(&lost) {
        assert_eq!((lost.answer.status, lost.writes), (503, FAILED_ATTEMPTS), "{:?}", lost.act);
        assert_eq!(snapshot.shape(&lost.stage), snapshot.shape(&quiet.stage), "{:?}", lost.act);
    }
}

#[tokio::test]
async fn a_create_whose_lease_of_player_ids_failed_or_was_lost_still_gets_an_id_of_its_own() {
    for fault in NOT_DONE.into_iter().chain(DONE) {
        let world = World::start().await;
        world.fault("create-platform-user", "UpdateItem", fault);
        let first = world.create("Steam", "1").await;
        let second = world.create("Steam", "2").await;
        assert_eq!(world.calls.faults_left(), 0, "{fault:?}");
        assert!(first.player_id > 0 && second.player_id > first.player_id, "{fault:?}");
    }
    let world = World::start().await;
    plan(&world, "create-platform-user", "UpdateItem", Fault::Throttled, FAILED_ATTEMPTS);
    let body = json!({ "platform": "Steam", "platform_user_id": "42" });
    assert_eq!(world.post("/users/v1/platform-user", &world.admin(), body).await.status, 503);
    assert_eq!(world.create("Steam", "42").await.player_id, 1);
}

#[tokio::test]
async fn what_a_lost_answer_would_have_said_is_what_the_caller_gets() {
    let world = without_worker().await;
    world.fault("create-platform-user", "TransactWriteItems", Fault::LostAnswer);
    let user = world.create("Steam", "42").await;
    let found = world.find(&user).await.unwrap();
    assert_eq!((&found["player_uuid"], &found["person_id"]), (&json!(user.player_uuid), &json!(user.person_id)));

    world.fault("deactivate-user", "UpdateItem", Fault::LostAnswer);
    let answer = world.post(&format!("/v2/users/{}/deactivate", user.player_uuid), &world.admin(), json!({})).await;
    let shown = world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await;
    assert_eq!(answer.json()["details"], shown.json()["details"]);

    world.fault("queue-person-purge", "UpdateItem", Fault::LostAnswer);
    let queued = world.queue_purge(&user.person_id, Some(world.now() + 86_400)).await;
    let shown = world.get(&purge_path(&user.person_id), &world.admin()).await;
    assert_eq!(queued.text, shown.text);
    assert_eq!(world.calls.faults_left(), 0);
}

#[tokio::test]
async fn a_purge_keeps_its_id_and_its_beginning_through_lost_answers() {
    let world = without_worker().await;
    let user = world.create("Steam", "42").await;
    let purge_id = async || world.items("PersonsTable").await[0]["purge_id"].clone();
    world.fault("queue-person-purge", "UpdateItem", Fault::LostAnswer);
    let queued = world.queue_purge(&user.person_id, Some(world.now() + 86_400)).await.json();
    let id = purge_id().await;
    world.advance(std::time::Duration::from_secs(5));
    world.fault("queue-person-purge", "UpdateItem", Fault::ServerErrorAfter);
    let retimed = world.queue_purge(&user.person_id, Some(world.now() + 2 * 86_400)).await.json();
    assert_eq!(purge_id().await, id);
    assert_eq!(retimed["created_on"], queued["created_on"]);
    assert_ne!(retimed["purge_on"], queued["purge_on"]);
    assert_ne!(retimed["last_modified_on"], queued["last_modified_on"]);
}

/// The answer to the first attempt is lost. Before the second attempt, another caller reverts the
/// change.
#[tokio::test]
async fn a_repeat_after_somebody_else_s_change_does_not_apply_the_write_again() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let (admin, path) = (world.admin(), format!("/v2/users/{}", user.player_uuid));
    let (off, on) = (format!("{path}/deactivate"), format!("{path}/reactivate"));
    plan(&world, "deactivate-user", "UpdateItem", Fault::LostAnswer, FAILED_ATTEMPTS - 1);
    let turned_back = async {
        for _ in 0..2000 {
            if world.post(&on, &admin, json!({})).await.status == 200 {
                return;
            }
        }
        panic!("the deactivation was never seen");
    };
    let (answer, ()) = tokio::join!(world.post(&off, &admin, json!({})), turned_back);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let shown = world.get(&path, &admin).await.json();
    assert_eq!((&shown["details"]["sequence"], &shown["user"]["state"]), (&json!("3"), &json!("USER_STATE_ACTIVE")));
}

/// Seven other callers write the person between the two attempts.
#[tokio::test]
async fn a_repeat_after_seven_changes_of_others_is_known_and_not_applied_again() {
    let world = without_worker().await;
    let user = world.create("Steam", "42").await;
    let (admin, path) = (world.admin(), purge_path(&user.person_id));
    plan(&world, "queue-person-purge", "UpdateItem", Fault::LateAnswer, 1);
    let (first, others) = (world.now() + 86_400, world.now() + 2 * 86_400);
    let changes = async {
        while world.purge_status(&user.person_id).await != "queued" {}
        for change in 0..7 {
            let status = match change % 2 {
                0 => world.delete(&path, &admin).await.status,
                _ => world.queue_purge(&user.person_id, Some(others)).await.status,
            };
            assert!(matches!(status, 202 | 204), "{status}");
        }
    };
    let (answer, ()) = tokio::join!(world.queue_purge(&user.person_id, Some(first)), changes);
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(world.purge_status(&user.person_id).await, "purge_not_found", "the last of the others cancelled it");
}

/// Items of an earlier version, which kept four operations as texts.
#[tokio::test]
async fn an_item_that_keeps_four_operations_is_written_and_keeps_eight() {
    if Engine::of_dynamodb() == Engine::Ministack {
        eprintln!("left out: this engine adds one place at a time to a list (engine/known.rs)");
        return;
    }
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let four = AttributeValue::L(vec![AttributeValue::S("00000000-0000-4000-8000-000000000000".into()); 4]);
    let update = world.bundle.dynamodb().update_item().table_name("UsersTable");
    let update = update.key("player_uuid", AttributeValue::S(user.player_uuid.clone()));
    update.update_expression("SET operations = :four").expression_attribute_values(":four", four).send().await.unwrap();
    let path = format!("/v2/users/{}", user.player_uuid);
    for (change, kept) in [("deactivate", 8), ("reactivate", 8)] {
        world.fault(&format!("{change}-user"), "UpdateItem", Fault::LostAnswer);
        let answer = world.post(&format!("{path}/{change}"), &world.admin(), json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(world.items("UsersTable").await[0]["operations"].as_l().unwrap().len(), kept);
    }
}
