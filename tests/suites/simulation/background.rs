//! The real dispatcher and the real worker, and the queue between them.

use std::{sync::LazyLock, time::Duration};

use dispatch_due_purges::{DispatchDuePurges, DispatchLimits};
use lambda_runtime::Context;
use purge_person::PurgePerson;
use serde_json::{Value, json, value::to_raw_value};
use shared::{
    identity::{DispatchPolicy, Person, Retention, Timestamp},
    lambda::{Task, batch},
    queue::{PurgeMessage, Record},
};

use super::{
    actor::Actor,
    flaws::Flaw,
    invariants::{self, Violation},
    queue::Message,
    sim::{Note, Sim},
};

/// The limits of the template.
const LIMITS: DispatchLimits = DispatchLimits {
    policy: DispatchPolicy { lease: Duration::from_mins(30) },
    clock_skew: Duration::from_secs(5),
    purges: 1000,
    queue_depth: 5000,
};

const RETENTION: Retention = Retention { traces: Duration::from_hours(840), receipts: Duration::from_hours(26_280) };

/// Far in the future, since the simulation does not use the real clock's deadline.
const TIME_LEFT: Duration = Duration::from_hours(24);

static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let mut context = Context::default();
    let deadline = std::time::SystemTime::now() + TIME_LEFT;
    let deadline = deadline.duration_since(std::time::UNIX_EPOCH).expect("a time after 1970");
    context.deadline = u64::try_from(deadline.as_millis()).expect("a time before the end of time");
    context
});

/// Runs one round of the dispatcher.
pub async fn dispatch(sim: &Sim, skew: i64) {
    sim.state().trace(|_| "dispatch".to_owned());
    let task = DispatchDuePurges::new(sim.ambient(skew), Actor(sim.clone()), Actor(sim.clone()), LIMITS);
    // A round may fail because of a fault. The next round starts again.
    let (_, _) = sim.invoke(task.run(TIME_LEFT)).await;
}

/// Runs one batch of the worker.
pub async fn work(sim: &Sim, skew: i64) {
    let (messages, seen, clock) = receive(sim, skew);
    if messages.is_empty() {
        return;
    }
    let records: Vec<_> =
        messages.iter().map(|message| json!({ "messageId": message.id.to_string(), "body": message.body })).collect();
    let invoke = batch(PurgePerson::new(sim.ambient(skew), Actor(sim.clone()), RETENTION));
    let event = to_raw_value(&json!({ "Records": records })).expect("an event");
    let (answer, note) = sim.invoke(invoke(event, CONTEXT.clone())).await;
    // Without an answer the messages become visible again by themselves.
    let Some(Ok(answer)) = answer else { return };
    let answer: Value = serde_json::from_str(answer.get()).expect("an answer");
    let failed = |message: &Message| is_among(&answer, message.id);
    for (message, seen) in messages.iter().zip(&seen) {
        judge(sim, message, failed(message), seen.as_ref(), (&note, clock));
        let mut state = sim.state();
        let forgives = state.tables.flaw == Some(Flaw::AcknowledgedFailures);
        let faults = state.faults;
        if (!failed(message) || forgives) && !state.dice.often(faults) {
            state.queue.delete(message.id);
        }
    }
}

/// Receives some messages. Returns them with the current persons that they are about, and the
/// worker's time.
fn receive(sim: &Sim, skew: i64) -> (Vec<Message>, Vec<Option<Person>>, Timestamp) {
    let mut state = sim.state();
    let state = &mut *state;
    let most = state.dice.below(5) + 1;
    let messages = state.queue.receive(most, state.now, &mut state.dice, state.faults);
    let person = |message: &Message| {
        let message = PurgeMessage::parse(&message.body)?;
        state.tables.person(message.person_id())
    };
    let seen = messages.iter().map(person).collect();
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    state.trace(|_| format!("work {ids:?}"));
    (messages, seen, Timestamp::from_millis(state.now + skew))
}

fn is_among(answer: &Value, id: u64) -> bool {
    let failures = answer["batchItemFailures"].as_array();
    failures.is_some_and(|failures| failures.iter().any(|failure| failure["itemIdentifier"] == id.to_string().as_str()))
}

fn judge(sim: &Sim, message: &Message, failed: bool, seen: Option<&Person>, (note, clock): (&Note, Timestamp)) {
    let mut state = sim.state();
    let forgives = state.tables.flaw == Some(Flaw::AcknowledgedFailures);
    let Some(purge) = PurgeMessage::parse(&message.body) else {
        if !failed {
            state.violate(Violation::new("poison-fails-alone", "a message that is none of ours was acknowledged"));
        }
        return;
    };
    if !failed || forgives {
        invariants::acknowledged(&mut state, purge, seen, clock);
    } else if note.faults == 0 {
        let now = state.tables.person(purge.person_id());
        let changed = now.as_ref().map(|person| person.version) != seen.map(|person| person.version);
        if !changed {
            let text = "a message failed, and no call had: another in its batch took it along";
            state.violate(Violation::new("poison-fails-alone", text));
        }
    }
}
