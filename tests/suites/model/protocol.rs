//! The steps that are possible in each state.

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

/// The due time of a purge without a due mark, which the dispatcher never finds.
pub const NEVER: Second = Second::from_unix(i64::MAX);

pub const PURGES: PurgePolicy = PurgePolicy {
    default_delay: Duration::from_secs(30),
    max_delay: Duration::from_secs(600),
    min_delay_self: Duration::ZERO,
    head_start: Duration::from_secs(60),
};

/// The lease is longer than the delay of a purge, so that a lease at the wrong place makes a purge
/// late.
pub const DISPATCH: DispatchPolicy = DispatchPolicy { lease: Duration::from_secs(60) };

/// How often the handling of a message fails before the message becomes a dead letter.
pub const RECEIVES: u8 = 3;

/// The limits of a run: the steps that can happen, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub left: Left,
    /// The requests of the service and the person.
    pub asks: &'static [Ask],
    pub own_asks: &'static [Ask],
    /// The changes of accounts by others.
    pub acts: &'static [Act],
    /// Whether a foreign message waits in the queue.
    pub poison: bool,
    /// The events that must occur, by their names in `rules`.
    pub sights: &'static [&'static str],
}

/// A change of accounts by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The account of `X` is created again, once it is free.
    CreateAnew,
    /// `B` moves to `X`, named by its id.
    LinkIntoX,
    /// `B` moves to the person that has account `A`.
    LinkIntoHolder,
    /// The user of account `A` moves to `L`.
    LinkIntoL,
    /// `B` leaves its person.
    Unlink,
    /// Account `A` enables cross progression.
    Toggle,
}

/// One step of one party.
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

/// A step, with the hashes of the states before and after it.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    pub from: u64,
    pub to: u64,
    /// Whether the protocol makes this step by itself, without a fault and without a request.
    pub by_itself: bool,
    /// Whether no step is left after it.
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
            // No round will read it any more.
            next.old_entry = None;
        }
        // A step that changes nothing does not count.
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

/// The state with one fault less left.
fn fault(state: &State) -> Option<State> {
    let faults = state.left.faults.checked_sub(1)?;
    Some(State { left: Left { faults, ..state.left }, ..state.clone() })
}

/// Moves the clock to the next second that matters to the purge.
fn clock(state: &State) -> Option<State> {
    let now = state.next_moment()?;
    let haste = if state.is_at_rest() { state.left.haste } else { state.left.haste.checked_sub(1)? };
    Some(State { now, left: Left { haste, ..state.left }, ..state.clone() })
}

/// The indexes of the taken places. Of two equal places only the first is listed.
fn distinct<T: PartialEq>(places: &[Option<T>; 2]) -> impl Iterator<Item = usize> {
    let [first, second] = places;
    let taken = [first.is_some(), second.is_some() && first != second];
    taken.into_iter().enumerate().filter_map(|(index, taken)| taken.then_some(index))
}
