//! One state of the whole: tables, queue, who is in the middle of what, and what was promised.

use shared::identity::{Claim, DuePurge, Person, PersonId, Platform, PlayerUuid, Purge, PurgeId, Second, Timestamp};

use super::{
    held::Held,
    protocol::NEVER,
    tables::{Link, Tables, X},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Everybody's clock; it jumps from one second that matters to the next.
    pub now: Second,
    pub tables: Held<Tables>,
    /// What the index said of the purge before its last change: a late index says so still.
    pub old_entry: Option<DuePurge>,
    /// What waits in the queue, in order, since order means nothing.
    pub queue: Vec<Letter>,
    pub dead: Vec<Letter>,
    /// Two workers in order, since it does not matter which is which.
    pub workers: [Option<Job>; 2],
    /// Two overlapping rounds of the dispatcher.
    pub rounds: [Option<Round>; 2],
    /// A request about the own purge that has read the person and not written yet.
    pub own: Option<OwnRequest>,
    /// A request that has queued a due purge and not sent its message yet.
    pub unsent: Option<PurgeId>,
    /// Somebody in the middle of a link, unlink or switch.
    pub errand: Option<Errand>,
    pub left: Left,
    pub seen: Seen,
}

/// A message, and how often its handling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// No message of ours.
    Poison(u8),
    /// About this purge of `X`.
    Purge(PurgeId, u8),
}

/// A worker between its read and its write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    pub purge_id: PurgeId,
    pub failures: u8,
    /// The person as it was read.
    pub person: Held<Person>,
    /// The time of the read.
    pub at: Second,
    /// How far a worker is that does in pieces what belongs together; 0 in the true protocol.
    pub piece: u8,
}

/// A round between its send and its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round {
    pub entry: DuePurge,
    /// Whether the index was late.
    pub late: bool,
}

/// What is asked about the purge of `X`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Queue it, without a time.
    Some,
    /// Queue or re-time it: now.
    Now,
    /// Queue or re-time it: later.
    Later,
    Cancel,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnRequest {
    pub ask: Ask,
    pub person: Held<Person>,
    pub owner: (Platform, PlayerUuid),
    /// The time of the request.
    pub at: Second,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Errand {
    Link(Link),
    Unlink(Platform, Claim),
    Toggle(Platform, Claim),
}

/// What may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Left {
    /// Requests about the purge.
    pub asks: u8,
    /// Creation, links, unlinks, switches.
    pub acts: u8,
    /// Crashes, duplicates, losses and late indexes, all together.
    pub faults: u8,
    /// Jumps of the clock while somebody is in the middle of something.
    pub haste: u8,
}

/// What an outsider noted, to judge by; no step depends on it, but for the numbers of purges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Seen {
    /// How many purges were queued.
    pub purges: u8,
    /// What the last answer said of the purge.
    pub promise: Option<(PurgeId, Second)>,
    /// Those that were cancelled.
    pub cancelled: Vec<PurgeId>,
    /// Who was in the person when its purge was queued.
    pub players: Vec<PlayerUuid>,
    /// Whether a message was sent, or was to be, since the purge got its time.
    pub hinted: bool,
    /// Whether such a message was lost on its way.
    pub lost: bool,
    pub wrong: Wrong,
}

/// What must never happen and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Wrong {
    pub early: bool,
    pub unasked: bool,
    pub other_players: bool,
    pub false_receipt: bool,
    pub on_purged: bool,
}

impl State {
    pub fn moment(&self) -> Timestamp {
        Timestamp::from_millis(self.now.as_unix() * 1000)
    }

    /// The purge of `X` as it stands.
    pub fn standing(&self) -> Option<&Purge> {
        self.tables.person(X)?.purge.as_ref()
    }

    /// What the index of due purges says of `X`.
    pub fn entry(&self) -> Option<DuePurge> {
        entry(X, self.standing()?)
    }

    /// What of it is due.
    pub fn due_entry(&self) -> Option<DuePurge> {
        self.entry().filter(|entry| entry.due_on <= self.now)
    }

    pub fn put(&mut self, letter: Letter) {
        self.queue.push(letter);
        self.queue.sort();
    }

    pub fn take(&mut self, letter: Letter) {
        let index = self.queue.iter().position(|other| *other == letter).expect("a letter that waits");
        self.queue.remove(index);
    }

    /// New tables; the index still shows what it did, if the reader is unlucky.
    pub fn write(&mut self, tables: Tables) {
        let before = self.entry();
        self.tables = Held::new(tables);
        if before.is_some() && before != self.entry() {
            self.old_entry = before;
        }
    }

    /// Nobody is in the middle of anything and nothing waits: only time and callers go on.
    pub fn is_at_rest(&self) -> bool {
        self.queue.is_empty()
            && self.workers.iter().all(Option::is_none)
            && self.rounds.iter().all(Option::is_none)
            && (self.own.is_none() && self.unsent.is_none() && self.errand.is_none())
            && self.due_entry().is_none()
    }

    /// Where the clock jumps to next: to what matters to the purge.
    pub fn next_moment(&self) -> Option<Second> {
        let purge = self.standing()?;
        let matters = |second: &Second| *second > self.now && *second < NEVER;
        [purge.purge_on, purge.due_on].into_iter().filter(matters).min()
    }

    /// Nothing will ever happen again, unless somebody asks for something.
    pub fn is_final(&self) -> bool {
        self.is_at_rest() && self.next_moment().is_none()
    }

    pub fn sort(&mut self) {
        self.workers.sort();
        self.rounds.sort();
    }
}

fn entry(person_id: PersonId, purge: &Purge) -> Option<DuePurge> {
    let Purge { purge_id, purge_on, due_on, dispatches, .. } = *purge;
    purge.is_open().then_some(DuePurge { person_id, purge_id, purge_on, due_on, dispatches })
}
