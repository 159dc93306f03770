//! Who may do what next.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use shared::identity::{DispatchPolicy, PurgePolicy, Second};
use stateright::{Model, Property};

use super::{
    callers,
    held::{Held, hash_of},
    rules,
    state::{Ask, Left, Letter, Seen, State},
    tables::Tables,
    workers,
    wrong::Mutation,
};

/// When the dispatcher is never to look: a due mark that is not there.
pub const NEVER: Second = Second::from_unix(i64::MAX);

pub const PURGES: PurgePolicy = PurgePolicy {
    default_delay: Duration::from_secs(30),
    max_delay: Duration::from_secs(600),
    min_delay_self: Duration::ZERO,
    head_start: Duration::from_secs(60),
};

/// A lease is longer than the delay of a purge, so that a lease in the wrong place makes one late.
pub const DISPATCH: DispatchPolicy = DispatchPolicy { lease: Duration::from_secs(60) };

/// How often the handling of a message fails before it goes to the dead letters.
pub const RECEIVES: u8 = 3;

/// What may happen in a run, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub left: Left,
    /// What service and person may ask for.
    pub asks: &'static [Ask],
    pub own_asks: &'static [Ask],
    /// What others may do to accounts.
    pub acts: &'static [Act],
    /// Whether a message that is none of ours waits in the queue.
    pub poison: bool,
    /// What must be seen to happen, by its name in `rules`.
    pub sights: &'static [&'static str],
}

/// What others may do to accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The account of `X` is created, once it is free.
    CreateAnew,
    /// `B` moves to `X`, named by its id.
    LinkIntoX,
    /// `B` moves to whoever has account `A`.
    LinkIntoHolder,
    /// The user of account `A` moves to `L`.
    LinkIntoL,
    /// `B` leaves its person.
    Unlink,
    /// Cross progression is switched on by account `A`.
    Toggle,
}

/// One step of somebody.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Clock,
    Round,
    RoundByLateIndex,
    Lease(usize),
    RoundCrashes(usize),
    Receive(Letter),
    Write(usize),
    WriteAndCrash(usize),
    WorkerCrashes(usize),
    Duplicate(Letter),
    Lose(Letter),
    Ask(Ask),
    OwnRead(Ask),
    OwnWrite,
    Send,
    SenderCrashes,
    Act(Act),
    ActWrite,
}

impl Step {
    fn is_by_itself(&self) -> bool {
        match self {
            Self::Clock | Self::Round | Self::Lease(_) | Self::Receive(_) | Self::Write(_) => true,
            Self::OwnWrite | Self::Send | Self::ActWrite => true,
            Self::RoundByLateIndex | Self::RoundCrashes(_) | Self::WriteAndCrash(_) | Self::WorkerCrashes(_) => false,
            Self::Duplicate(_) | Self::Lose(_) | Self::SenderCrashes => false,
            Self::Ask(_) | Self::OwnRead(_) | Self::Act(_) => false,
        }
    }
}

/// A step that was found, with the hashes of its two states.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    pub from: u64,
    pub to: u64,
    /// Whether the protocol makes it by itself: no fault, and nobody's wish.
    pub by_itself: bool,
    /// Whether nothing will happen any more after it.
    pub is_last: bool,
}

pub type Edges = Arc<Mutex<Vec<Edge>>>;

pub struct Protocol {
    pub bounds: Bounds,
    pub wrong: Option<Mutation>,
    pub edges: Option<Edges>,
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: Second::from_unix(100),
            tables: Held::new(Tables::start()),
            old_entry: None,
            queue: if self.bounds.poison { vec![Letter::Poison(0)] } else { Vec::new() },
            dead: Vec::new(),
            workers: [None, None],
            rounds: [None, None],
            own: None,
            unsent: None,
            errand: None,
            left: self.bounds.left,
            seen: Seen::default(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if state.left.haste > 0 || state.is_at_rest() {
            steps.push(Step::Clock);
        }
        steps.extend([Step::Round, Step::RoundByLateIndex]);
        let mut letters = state.queue.clone();
        letters.dedup();
        for letter in letters {
            steps.extend([Step::Receive(letter), Step::Duplicate(letter), Step::Lose(letter)]);
        }
        for index in distinct(&state.workers) {
            steps.extend([Step::Write(index), Step::WriteAndCrash(index), Step::WorkerCrashes(index)]);
        }
        for index in distinct(&state.rounds) {
            steps.extend([Step::Lease(index), Step::RoundCrashes(index)]);
        }
        steps.extend([Step::OwnWrite, Step::Send, Step::SenderCrashes, Step::ActWrite]);
        if state.left.asks > 0 {
            steps.extend(self.bounds.asks.iter().copied().map(Step::Ask));
            steps.extend(self.bounds.own_asks.iter().copied().map(Step::OwnRead));
        }
        if state.left.acts > 0 {
            steps.extend(self.bounds.acts.iter().copied().map(Step::Act));
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let by_itself = step.is_by_itself();
        let mut next = self.after(last, step)?;
        next.sort();
        if next.left.faults == 0 {
            // Nobody will read it any more.
            next.old_entry = None;
        }
        // A step that changes nothing is none.
        if next == *last {
            return None;
        }
        if let Some(edges) = &self.edges {
            let (from, to, is_last) = (hash_of(last), hash_of(&next), next.is_final());
            edges.lock().unwrap().push(Edge { from, to, by_itself, is_last });
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let sights = rules::sights().into_iter().filter(|sight| self.bounds.sights.contains(&sight.name));
        rules::always().into_iter().chain(sights).collect()
    }
}

impl Protocol {
    fn after(&self, state: &State, step: Step) -> Option<State> {
        match step {
            Step::Clock => clock(state),
            Step::Round => workers::round(self, state, state.due_entry()?, false),
            Step::RoundByLateIndex => {
                let entry = state.old_entry.filter(|entry| entry.due_on <= state.now)?;
                workers::round(self, &fault(state)?, entry, true)
            }
            Step::Lease(index) => workers::lease(self, state, index),
            Step::RoundCrashes(index) => workers::round_crashes(&fault(state)?, index),
            Step::Receive(letter) => workers::receive(self, state, letter),
            Step::Write(index) => workers::write(self, state, index),
            Step::WriteAndCrash(index) => workers::write_and_crash(self, &fault(state)?, index),
            Step::WorkerCrashes(index) => workers::crash(self, &fault(state)?, index),
            Step::Duplicate(letter) => {
                let mut next = fault(state)?;
                next.put(letter);
                Some(next)
            }
            Step::Lose(letter) => workers::lose(fault(state)?, letter),
            Step::Ask(ask) => callers::ask(self, state, ask),
            Step::OwnRead(ask) => callers::own_read(state, ask),
            Step::OwnWrite => callers::own_write(self, state),
            Step::Send => callers::send(state),
            Step::SenderCrashes => callers::sender_crashes(fault(state)?),
            Step::Act(act) => callers::act(state, act),
            Step::ActWrite => callers::act_write(self, state),
        }
    }
}

/// The state with one fault less to come.
fn fault(state: &State) -> Option<State> {
    let faults = state.left.faults.checked_sub(1)?;
    Some(State { left: Left { faults, ..state.left }, ..state.clone() })
}

/// To the next second that matters to the purge.
fn clock(state: &State) -> Option<State> {
    let now = state.next_moment()?;
    let haste = if state.is_at_rest() { state.left.haste } else { state.left.haste.checked_sub(1)? };
    Some(State { now, left: Left { haste, ..state.left }, ..state.clone() })
}

/// The taken places, without a second one that is the same.
fn distinct<T: PartialEq>(places: &[Option<T>; 2]) -> impl Iterator<Item = usize> {
    let [first, second] = places;
    let taken = [first.is_some(), second.is_some() && first != second];
    taken.into_iter().enumerate().filter_map(|(index, taken)| taken.then_some(index))
}
