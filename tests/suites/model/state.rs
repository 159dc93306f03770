//! One state of the model: tables, queue, the unfinished work of each party, and the promises to
//! callers.

use shared::identity::{Claim, DuePurge, Person, PersonId, Platform, PlayerUuid, Purge, PurgeId, Second, Timestamp};

use super::{
    held::Held,
    protocol::NEVER,
    tables::{Link, Tables, X},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The clock of all parties. It jumps from one second that matters to the next.
    pub now: Second,
    pub tables: Held<Tables>,
    /// The index's entry of the purge before its last change. A late index still shows it.
    pub old_entry: Option<DuePurge>,
    /// The messages in the queue. They are sorted, since their order has no meaning.
    pub queue: Vec<Letter>,
    pub dead: Vec<Letter>,
    /// Two workers. They are sorted, since they are equal.
    pub workers: [Option<Job>; 2],
    /// Two overlapping rounds of the dispatcher.
    pub rounds: [Option<Round>; 2],
    /// A player's own request about its purge that has read the person and not written yet.
    pub own: Option<OwnRequest>,
    /// A request that has queued a due purge and not sent its message yet.
    pub unsent: Option<PurgeId>,
    /// An unfinished link, unlink or switch.
    pub errand: Option<Errand>,
    pub left: Left,
    pub seen: Seen,
}

/// A message, with the number of times that its handling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// A foreign message.
    Poison(u8),
    /// A message about this purge of `X`.
    Purge(PurgeId, u8),
}

/// A worker between its read and its write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    pub purge_id: PurgeId,
    pub failures: u8,
    /// The person as the worker read it.
    pub person: Held<Person>,
    /// The time of the read.
    pub at: Second,
    /// The progress of a worker that writes in several pieces by mistake. 0 in the correct
    /// protocol.
    pub piece: u8,
}

/// A round between its send and its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round {
    pub entry: DuePurge,
    /// Whether the index was late.
    pub late: bool,
}

/// A request about the purge of `X`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Queue it without a time.
    Some,
    /// Queue or re-time it for now.
    Now,
    /// Queue or re-time it for later.
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

/// The number of steps of each kind that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Left {
    /// Requests about the purge.
    pub asks: u8,
    /// Creations, links, unlinks and switches.
    pub acts: u8,
    /// Crashes, duplicates, losses and late indexes, all together.
    pub faults: u8,
    /// Jumps of the clock while work is unfinished.
    pub haste: u8,
}

/// The notes of an observer, by which the rules judge. No step depends on them, except for the
/// numbers of purges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The number of purges that were queued.
    pub purges: u8,
    /// The purge and its time in the last answer.
    pub promise: Option<(PurgeId, Second)>,
    /// The purges that were cancelled.
    pub cancelled: Vec<PurgeId>,
    /// The players of the person when its purge was queued.
    pub players: Vec<PlayerUuid>,
    /// Whether a message was sent, or was about to be, since the purge got its time.
    pub hinted: bool,
    /// Whether such a message was lost on its way.
    pub lost: bool,
    pub wrong: Wrong,
}

/// Events that must never happen.
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

    /// The queued purge of `X`.
    pub fn standing(&self) -> Option<&Purge> {
        self.tables.person(X)?.purge.as_ref()
    }

    /// The entry of `X` in the index of due purges.
    pub fn entry(&self) -> Option<DuePurge> {
        entry(X, self.standing()?)
    }

    /// The same entry, if it is due.
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

    /// Replaces the tables. A late index can still show the old entry.
    pub fn write(&mut self, tables: Tables) {
        let before = self.entry();
        self.tables = Held::new(tables);
        if before.is_some() && before != self.entry() {
            self.old_entry = before;
        }
    }

    /// Whether no work is unfinished and no message waits, so that only time and callers can
    /// continue.
    pub fn is_at_rest(&self) -> bool {
        self.queue.is_empty()
            && self.workers.iter().all(Option::is_none)
            && self.rounds.iter().all(Option::is_none)
            && (self.own.is_none() && self.unsent.is_none() && self.errand.is_none())
            && self.due_entry().is_none()
    }

    /// The next second that matters to the purge, to which the clock jumps.
    pub fn next_moment(&self) -> Option<Second> {
        let purge = self.standing()?;
        let matters = |second: &Second| *second > self.now && *second < NEVER;
        [purge.purge_on, purge.due_on].into_iter().filter(matters).min()
    }

    /// Whether nothing more will happen without a request.
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
