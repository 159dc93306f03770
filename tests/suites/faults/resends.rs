//! Every operation that writes, with each answer lost in between: the SDK's repeat is exact, and
//! the caller's own gets what docs/api.md says.

use std::collections::{BTreeMap, BTreeSet};

use tests::{
    Answer, Fault, World,
    docs::{code, page, rows},
    openapi::Document,
};

use crate::{
    acts::{ACTS, Act, READS},
    shape::Snapshot,
    without_worker,
};

fn acts() -> impl Iterator<Item = Act> {
    ACTS.into_iter().chain([Act::QueueNow])
}

/// Whether an operation of AWS writes.
fn is_write(operation: &str) -> bool {
    let reads =
        ["GetItem", "BatchGetItem", "Query", "Scan", "GetQueueAttributes", "GetPublicKey", "GetSecretValue", "Sign"];
    !reads.contains(&operation)
}

/// Performs the act. Returns its writes in order.
async fn writes_of(world: &World, act: Act, label: usize) -> (Vec<String>, Answer, Vec<String>) {
    let stage = act.prepare(world, label).await;
    world.calls.forget();
    let answer = act.perform(world, &stage).await;
    assert_eq!(answer.status, act.success(), "{act:?}: {}", answer.text);
    let made = world.made().into_iter().filter(|call| call.function == act.function());
    let writes = made.map(|call| call.operation).filter(|operation| is_write(operation)).collect();
    (writes, answer, Snapshot::of(world).await.shape(&stage))
}

/// The names of all members of an answer, at any depth.
fn members(answer: &Answer) -> BTreeSet<String> {
    fn walk(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            found.insert(name.clone());
            walk(value, found);
        }
    }
    let mut found = BTreeSet::new();
    walk(&answer.json(), &mut found);
    found
}

#[test]
fn every_operation_that_writes_is_tried_here() {
    let document = Document::load();
    // Over Connect a read is a POST too.
    let operations = document.operations().into_iter().filter(|operation| !operation.id.starts_with("get-"));
    let operations = operations.filter(|operation| operation.method != "GET");
    let described: BTreeSet<_> = operations.map(|operation| operation.id.to_owned()).collect();
    assert_eq!(acts().chain(READS).map(Act::operation).collect::<BTreeSet<_>>(), described);
}

#[tokio::test]
async fn whichever_write_inside_loses_its_answer_the_caller_gets_the_first_success_and_it_is_done_once() {
    let world = without_worker().await;
    let mut label = 0;
    let mut tried = BTreeMap::<Act, usize>::new();
    for act in acts() {
        // A new process leases player ids first. That write also belongs to the creation.
        let (mut writes, quiet, shape) = writes_of(&world, act, label).await;
        label += 1;
        assert!(writes.iter().any(|write| write == act.write()), "{act:?} writes {writes:?}");
        if act.creates() {
            writes.push("UpdateItem".to_owned());
        }
        for write in writes.into_iter().collect::<BTreeSet<_>>() {
            for fault in [Fault::LostAnswer, Fault::ServerErrorAfter] {
                let mut stage = act.prepare(&world, label).await;
                world.fault(act.function(), &write, fault);
                let mut answer = act.perform(&world, &stage).await;
                // A lease serves several creations, so the fault hits the next creation that
                // leases.
                for _ in 0..300 {
                    if world.calls.faults_left() == 0 {
                        break;
                    }
                    assert!(act.creates(), "{write} was not made");
                    label += 1;
                    stage.label = label;
                    answer = act.perform(&world, &stage).await;
                }
                assert_eq!(world.calls.faults_left(), 0, "{act:?} {write}");
                label += 1;
                assert_eq!(answer.status, act.success(), "{act:?} {write} {fault:?}: {}", answer.text);
                assert_eq!(members(&answer), members(&quiet), "{act:?} {write} {fault:?}");
                assert_eq!(Snapshot::of(&world).await.shape(&stage), shape, "{act:?} {write} {fault:?}");
                *tried.entry(act).or_default() += 1;
            }
        }
    }
    // The three acts with two kinds of writes were tried with both.
    let two = [Act::Create, Act::FirstLogin, Act::QueueNow].map(|act| tried[&act]);
    assert_eq!(two, [4, 4, 4], "{tried:?}");
    assert_eq!(tried.len(), acts().count());
}

/// The documented answer to a second request, by endpoint.
fn said() -> BTreeMap<String, String> {
    let rows = rows(&page("api").section("Sending a request twice")).into_iter();
    rows.map(|cells| (code(&cells[0]).remove(0), cells[1].clone())).collect()
}

/// The endpoint of each procedure.
fn procedures() -> BTreeMap<String, String> {
    let rows = rows(&page("api").section("Calls over Connect and gRPC-Web")).into_iter();
    rows.map(|cells| (code(&cells[0]).remove(0), code(&cells[1]).remove(0))).collect()
}

/// The answer as the table writes it: the status, and the error's code in either dialect.
fn verdict(answer: &Answer) -> String {
    let body = answer.json();
    let in_brackets =
        body["message"].as_str().and_then(|text| text.rsplit_once('(')).map(|(_, id)| id.trim_end_matches(')'));
    match in_brackets.or(body["error_code"].as_str()) {
        Some(code) => format!("{} `{code}`", answer.status),
        None => answer.status.to_string(),
    }
}

#[tokio::test]
async fn the_callers_own_resend_after_a_lost_answer_gets_what_the_page_says() {
    let (world, document) = (without_worker().await, Document::load());
    let (said, procedures) = (said(), procedures());
    let mut used = BTreeSet::new();
    for (label, act) in acts().chain(READS).enumerate() {
        let operation = document.operation(&act.operation());
        let named = format!("{} {}", operation.method, operation.path);
        let endpoint = procedures.get(&named).unwrap_or(&named).clone();
        let said = said.get(&endpoint).unwrap_or_else(|| panic!("docs/api.md says nothing of {endpoint}"));
        let stage = act.prepare(&world, label).await;
        if !READS.contains(&act) {
            world.fault(act.function(), act.write(), Fault::LostAnswer);
        }
        let first = act.perform(&world, &stage).await;
        assert_eq!((first.status, world.calls.faults_left()), (act.success(), 0), "{act:?}: {}", first.text);
        let done = Snapshot::of(&world).await;
        let again = act.perform(&world, &stage).await;
        let verdict = verdict(&again);
        let ends = said
            .strip_prefix(&verdict)
            .unwrap_or_else(|| panic!("{act:?} gets {verdict}, and docs/api.md says {said}"));
        assert!(
            !ends.starts_with(|next: char| next.is_alphanumeric() || next == ' '),
            "{act:?}: {verdict} is not all of {said}"
        );
        if again.status < 300 {
            // It is the same purge, with the same person, beginning and state. It is the same player,
            // and the same successor of a refresh token.
            let same = ["person_id", "created_on", "status", "active_player_uuid"];
            for name in same.into_iter().chain((act == Act::Refresh).then_some("refresh_token")) {
                assert_eq!(again.json()[name], first.json()[name], "{act:?}");
            }
        } else if act != Act::CancelOwn {
            // A player's own cancellation writes to prove its right to the person, also if it is
            // refused.
            assert!(Snapshot::of(&world).await.exact() == done.exact(), "{act:?}: a refusal changed something");
        }
        used.insert(endpoint);
    }
    let listed: BTreeSet<_> = said.into_keys().filter(|endpoint| endpoint != "GET").collect();
    assert_eq!(used, listed);
}
