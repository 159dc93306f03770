//! One world: tables, queue, clock, random numbers, and its history.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use shared::{
    ambient::Ambient,
    identity::{DuePurge, PersonId, PlayerUuid, PurgeId, RefreshClaim, Second, SessionId, Timestamp},
};

use super::{
    dice::Dice,
    flaws::Flaw,
    history::Entry,
    invariants::{self, Violation, logins::Past},
    queue::Queue,
    tables::Tables,
};

/// The time at which every world begins, in milliseconds since the Unix epoch.
pub const BEGINNING: i64 = 1_790_000_000_000;

/// A world that its tasks share. Only one task runs at a time.
#[derive(Clone)]
pub struct Sim(Arc<Mutex<State>>);

/// The state of a world.
pub struct State {
    pub dice: Dice,
    /// The true time, in milliseconds since the Unix epoch.
    pub now: i64,
    pub tables: Tables,
    pub queue: Queue,
    /// The earlier contents of the index, oldest first. A read may get an old one.
    pub index: Vec<Vec<DuePurge>>,
    /// The number of calls with a fault, of a thousand.
    pub faults: usize,
    pub history: Vec<Entry>,
    pub violation: Option<Violation>,
    /// The users and persons at earlier moments, oldest first.
    pub past: Vec<Past>,
    /// The sessions that have ended.
    pub ended: BTreeSet<SessionId>,
    /// The refresh tokens that callers got, oldest first.
    pub refresh_tokens: Vec<RefreshClaim>,
    /// Whether callers log in.
    pub logs_in: bool,
    /// The notes of each task's invocation.
    pub notes: Vec<Note>,
    pub current: usize,
    /// The time at which each task continues.
    pub wake: Vec<i64>,
    /// A counter that orders events.
    pub moment: usize,
    trace: Option<String>,
}

/// The random values and the acts of an invocation. The rules read them, the handlers do not.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// The player and person of a creation.
    pub created: Option<(PlayerUuid, PersonId)>,
    /// The person of an unlink.
    pub new_person: Option<PersonId>,
    /// The purge that it tried to queue, and its time.
    pub purge: Option<(PurgeId, Second)>,
    /// The messages of this invocation that the queue accepted.
    pub accepted: Vec<PurgeId>,
    /// The session that it opens.
    pub session: Option<SessionId>,
    /// The sessions that its login ended.
    pub evicted: Vec<SessionId>,
    /// The true time of its last write that let a user in.
    pub entered: Option<i64>,
    /// The number of such writes.
    pub entries: usize,
    /// Whether KMS answers none of its calls any more.
    pub kms_is_away: bool,
    /// The number of calls with a fault.
    pub faults: usize,
    /// The number of lost answers.
    pub lost: usize,
    /// Whether it crashes.
    pub crashed: bool,
}

impl Sim {
    pub fn new(seed: u64, flaw: Option<Flaw>, traced: bool) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice: Dice::new(seed),
            now: BEGINNING,
            tables: Tables::with(flaw),
            queue: Queue::default(),
            index: vec![Vec::new()],
            faults: 0,
            history: Vec::new(),
            violation: None,
            past: Vec::new(),
            ended: BTreeSet::new(),
            refresh_tokens: Vec::new(),
            logs_in: false,
            notes: Vec::new(),
            current: 0,
            wake: Vec::new(),
            moment: 0,
            trace: traced.then(String::new),
        })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock of an actor, with this error in milliseconds, and its random numbers.
    pub fn ambient(&self, skew: i64) -> Ambient {
        let (clock, dice, sleeper) = (self.clone(), self.clone(), self.clone());
        Ambient::system()
            .with_clock(move || Timestamp::from_millis(clock.state().now + skew))
            .with_random(move || dice.state().dice.uuid())
            .with_sleep(move |time| {
                let sim = sleeper.clone();
                async move {
                    let then = sim.state().now + i64::try_from(time.as_millis()).expect("a short while");
                    sim.sleep_until(then).await;
                }
            })
    }

    /// Lets other tasks run until this time.
    pub async fn sleep_until(&self, then: i64) {
        {
            let mut state = self.state();
            let current = state.current;
            state.wake[current] = then;
        }
        pause().await;
    }

    /// Runs an invocation. The output is `None` if it crashed.
    pub async fn invoke<F: Future>(&self, invocation: F) -> (Option<F::Output>, Note) {
        let mut invocation = Box::pin(invocation);
        self.state().begin();
        let outcome = poll_fn(|context| {
            let polled = invocation.as_mut().poll(context);
            if self.state().note().crashed { Poll::Ready(None) } else { polled.map(Some) }
        });
        let outcome = outcome.await;
        (outcome, std::mem::take(self.state().note()))
    }
}

impl State {
    fn begin(&mut self) {
        *self.note() = Note::default();
    }

    /// The notes of the running task's invocation.
    pub fn note(&mut self) -> &mut Note {
        &mut self.notes[self.current]
    }

    /// Notes that a write let a user in.
    pub fn note_entry(&mut self, is_done: bool) {
        if is_done {
            let now = self.now;
            self.note().entered = Some(now);
            self.note().entries += 1;
        }
    }

    /// Counts to the next moment.
    pub fn tick(&mut self) -> usize {
        self.moment += 1;
        self.moment
    }

    /// Writes a line of the trace, if the trace is on.
    pub fn trace(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.trace.is_none() {
            return;
        }
        let line = format!("{:>8} {} {}\n", self.now - BEGINNING, self.current, line(self));
        if let Some(trace) = &mut self.trace {
            trace.push_str(&line);
        }
    }

    pub fn take_trace(&mut self) -> String {
        self.trace.take().unwrap_or_default()
    }

    /// Notes a broken rule. Only the first one is kept.
    pub fn violate(&mut self, violation: Violation) {
        self.trace(|_| format!("{violation}"));
        self.violation.get_or_insert(violation);
    }

    /// Changes the tables and checks the result.
    pub fn write<T>(&mut self, name: &'static str, change: impl FnOnce(&mut Tables) -> T) -> T {
        let before = self.tables.clone();
        let done = change(&mut self.tables);
        invariants::after_write(self, name, &before);
        let due = self.tables.due();
        if self.index.last() != Some(&due) {
            self.index.push(due);
        }
        done
    }
}

/// Lets other tasks run.
pub async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}
