//! One world: tables, queue, clock, dice, and what happened in it.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use shared::{
    ambient::Ambient,
    identity::{DuePurge, PersonId, PlayerUuid, PurgeId, Second, Timestamp},
};

use super::{
    dice::Dice,
    flaws::Flaw,
    history::Entry,
    invariants::{self, Violation},
    queue::Queue,
    tables::Tables,
};

/// When every world begins, in milliseconds since the Unix epoch.
pub const BEGINNING: i64 = 1_790_000_000_000;

/// A world that its tasks share. One of them runs at a time.
#[derive(Clone)]
pub struct Sim(Arc<Mutex<State>>);

/// All of the world.
pub struct State {
    pub dice: Dice,
    /// True time, in milliseconds since the Unix epoch.
    pub now: i64,
    pub tables: Tables,
    pub queue: Queue,
    /// What the index has said, oldest first: it may lag.
    pub index: Vec<Vec<DuePurge>>,
    /// How often of a thousand calls something goes wrong.
    pub faults: usize,
    pub history: Vec<Entry>,
    pub violation: Option<Violation>,
    /// By task, what its invocation has done.
    pub notes: Vec<Note>,
    pub current: usize,
    /// By task: when it goes on.
    pub wake: Vec<i64>,
    /// Orders what happens.
    pub moment: usize,
    trace: Option<String>,
}

/// What an invocation has drawn and done: for the judge, not for the handlers.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// The player and person of a creation.
    pub created: Option<(PlayerUuid, PersonId)>,
    /// The person of an unlink.
    pub new_person: Option<PersonId>,
    /// The purge that was to be queued, and its time.
    pub purge: Option<(PurgeId, Second)>,
    /// What the queue accepted of this invocation.
    pub accepted: Vec<PurgeId>,
    /// How many calls went wrong.
    pub faults: usize,
    /// How many answers were lost.
    pub lost: usize,
    /// It is to be dropped.
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

    /// The clock of an actor that is so many milliseconds off, and dice of its own kind.
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

    /// Lets the others run, and time pass until then.
    pub async fn sleep_until(&self, then: i64) {
        {
            let mut state = self.state();
            let current = state.current;
            state.wake[current] = then;
        }
        pause().await;
    }

    /// Runs an invocation; `None` when it crashed.
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

    /// What the running task's invocation has done.
    pub fn note(&mut self) -> &mut Note {
        &mut self.notes[self.current]
    }

    /// The next moment.
    pub fn tick(&mut self) -> usize {
        self.moment += 1;
        self.moment
    }

    /// Writes a line of the trace, if somebody reads it.
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

    /// Notes that a rule was broken; the first counts.
    pub fn violate(&mut self, violation: Violation) {
        self.trace(|_| format!("{violation}"));
        self.violation.get_or_insert(violation);
    }

    /// A change of the tables, and a look at what became of them.
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

/// Lets the others run.
pub async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}
