use std::{cmp, time::Duration};

use super::{OperationId, Person, PersonId, PurgeId, Requester, Second, Timestamp};

/// Over how many partitions the index of due purges is spread.
pub const PURGE_SHARDS: u8 = 16;

/// After this many dispatches a purge counts as stuck: it is tried once a day and an alarm is raised.
pub const MAX_DISPATCHES: u32 = 8;

const DAY: Duration = Duration::from_hours(24);

/// How old a suggested time may be. A client whose clock is slow asks for "an hour ago" to say "now".
const OLDEST_SUGGESTION: Duration = Duration::from_hours(7 * 24);

/// A purge that is queued for a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Purge {
    /// Which purge; a purge that was cancelled and queued again is a new one.
    pub purge_id: PurgeId,
    /// Not before this second.
    pub purge_on: Second,
    /// When it was first queued.
    pub created_on: Second,
    /// When its time was last set.
    pub modified_on: Second,
    /// How far it is.
    pub status: PurgeStatus,
    /// When the dispatcher looks at it next: `purge_on`, or the end of a lease.
    pub due_on: Second,
    /// How often it was handed to a worker.
    pub dispatches: u32,
    /// Who queued it first.
    pub requested_by: Requester,
}

impl Purge {
    /// Whether it may still be re-timed and cancelled.
    pub fn is_open(&self) -> bool {
        self.status == PurgeStatus::Queued
    }

    /// This purge at the end of a lease, and one dispatch more; `None` when it is not as the dispatcher saw it.
    #[must_use]
    pub fn leased(&self, seen: &DuePurge, due_on: Second) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.due_on == seen.due_on && self.is_open();
        same.then(|| Self { due_on, dispatches: self.dispatches + 1, ..self.clone() })
    }

    /// This purge, shown to the dispatcher again at its time; `None` when it is not as the worker saw it.
    #[must_use]
    pub fn postponed(&self, seen: &Self) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.purge_on == seen.purge_on && self.is_open();
        same.then(|| Self { due_on: self.purge_on, ..self.clone() })
    }

    /// This purge as if it had never been dispatched, to be looked at now; `None` when it is not as it was seen.
    #[must_use]
    pub fn reset(&self, seen: &DuePurge, now: Second) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.due_on == seen.due_on && self.is_open();
        same.then(|| Self { due_on: self.purge_on.max(now), dispatches: 0, ..self.clone() })
    }
}

/// What the index of due purges says of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DuePurge {
    /// Whose.
    pub person_id: PersonId,
    /// Which.
    pub purge_id: PurgeId,
    /// When it is due.
    pub purge_on: Second,
    /// When the dispatcher was to look at it.
    pub due_on: Second,
    /// How often it was handed to a worker.
    pub dispatches: u32,
}

/// What a worker does about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work<'p> {
    /// Nothing: the person is gone.
    AlreadyGone,
    /// Nothing: the purge was cancelled, or queued anew under another id.
    NotThisPurge,
    /// It is put back until its time.
    Postpone(&'p Purge),
    /// It is carried out.
    CarryOut(&'p Purge),
}

/// What a message about this purge asks of a worker that finds this person.
pub fn work(person: Option<&Person>, purge_id: PurgeId, now: Timestamp) -> Work<'_> {
    let Some(person) = person else { return Work::AlreadyGone };
    match &person.purge {
        Some(purge) if purge.purge_id == purge_id && purge.is_open() => {
            if purge.purge_on > now.round_down() {
                Work::Postpone(purge)
            } else {
                Work::CarryOut(purge)
            }
        }
        _ => Work::NotThisPurge,
    }
}

/// Whether a person may be removed that was read like this, by a purge that ends now.
pub fn may_remove(standing: &Person, read: &Person, purge_id: PurgeId, completed_on: Second) -> bool {
    let due = |purge: &Purge| purge.purge_id == purge_id && purge.purge_on <= completed_on;
    standing.version == read.version && standing.purge.as_ref().is_some_and(due)
}

/// Whether a user or claim of this owner goes with a purged person: it is gone already, or that person's still.
pub fn goes_with(owner: Option<PersonId>, purged: PersonId) -> bool {
    owner.is_none_or(|owner| owner == purged)
}

/// What a request to cancel does to the purge that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// Nothing: none stands.
    NoPurge,
    /// It is forgotten.
    Forget,
    /// Nothing: it has begun.
    Started,
}

impl Cancellation {
    /// Of this purge.
    pub fn of(standing: Option<&Purge>) -> Self {
        match standing {
            None => Self::NoPurge,
            Some(purge) if purge.is_open() => Self::Forget,
            Some(_) => Self::Started,
        }
    }
}

/// Whether the purge of a person is the one on which a decision was made; its time too, where that is shown.
pub fn is_as_read(standing: Option<&Purge>, read: Option<&Purge>, shown: bool) -> bool {
    match (standing, read) {
        (Some(standing), Some(read)) => {
            let same = standing.purge_id == read.purge_id && standing.status == read.status;
            let timed = standing.purge_on == read.purge_on && standing.modified_on == read.modified_on;
            same && (timed || !shown)
        }
        (standing, read) => standing.is_none() && read.is_none(),
    }
}

/// A purge that is to be queued, or given another time.
#[derive(Debug, Clone)]
pub struct QueuePurge {
    /// Whose.
    pub person_id: PersonId,
    /// The id that it gets if none is queued.
    pub purge_id: PurgeId,
    /// Its time.
    pub purge_on: Second,
    /// When the dispatcher is to look at it.
    pub due_on: Second,
    /// Whether a purge that is queued already takes this time.
    pub retime: bool,
    /// Who asks.
    pub requested_by: Requester,
    /// The request.
    pub operation: OperationId,
    /// Its time.
    pub now: Timestamp,
}

impl QueuePurge {
    /// The purge after this request; `None` when the one that stands stays as it is.
    pub fn applied_to(&self, standing: Option<&Purge>) -> Option<Purge> {
        if standing.is_some_and(|purge| !self.retime || !purge.is_open()) {
            return None;
        }
        let now = self.now.round_down();
        Some(Purge {
            purge_id: standing.map_or(self.purge_id, |purge| purge.purge_id),
            purge_on: self.purge_on,
            created_on: standing.map_or(now, |purge| purge.created_on),
            modified_on: now,
            status: PurgeStatus::Queued,
            due_on: self.due_on,
            dispatches: 0,
            requested_by: standing.map_or_else(|| self.requested_by.clone(), |purge| purge.requested_by.clone()),
        })
    }
}

/// How far a purge is. The strings are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurgeStatus {
    /// Waiting for its time; may be re-timed and cancelled.
    Queued,
    /// Begun; cannot be stopped any more.
    InProgress,
    /// Over: only the receipt is left.
    Complete,
}

impl PurgeStatus {
    /// Every status, in the order in which they come.
    pub const ALL: &'static [Self] = &[Self::Queued, Self::InProgress, Self::Complete];

    /// The name on the wire and in the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Complete => "complete",
        }
    }

    /// The status with exactly this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == name)
    }
}

/// When purges happen.
#[derive(Debug, Clone, Copy)]
pub struct PurgePolicy {
    /// The delay when the caller suggests no time.
    pub default_delay: Duration,
    /// The longest delay; a later suggestion is brought forward to it.
    pub max_delay: Duration,
    /// The shortest delay of a purge that a person asks for itself; an earlier suggestion is put off to it.
    pub min_delay_self: Duration,
    /// A purge that is due when it is queued goes to the queue at once, and the dispatcher leaves it alone for so long.
    pub head_start: Duration,
}

impl PurgePolicy {
    /// Whether a suggestion is so old that it cannot mean "now": its unit was mistaken, or it was no time at all.
    pub fn is_too_old(suggested: Timestamp, now: Timestamp) -> bool {
        suggested.plus(OLDEST_SUGGESTION) < now
    }

    /// The second at which the purge becomes due. A suggestion in the past means now, or as soon as may be.
    pub fn schedule(self, suggested: Option<Timestamp>, requested_by: &Requester, now: Timestamp) -> Second {
        let min_delay = match requested_by {
            Requester::Itself => self.min_delay_self,
            Requester::Service(_) => Duration::ZERO,
        };
        let purge_on = suggested.unwrap_or_else(|| now.plus(self.default_delay));
        purge_on.max(now.plus(min_delay)).min(now.plus(self.max_delay)).round_up()
    }

    /// When the dispatcher is to look at a purge of this time.
    pub fn look_on(self, purge_on: Second, now: Timestamp) -> Second {
        if is_due_at_once(purge_on, now) { purge_on.plus(self.head_start) } else { purge_on }
    }
}

/// Whether a purge of this time goes to the queue with the request.
pub fn is_due_at_once(purge_on: Second, now: Timestamp) -> bool {
    purge_on <= now.round_up()
}

/// How due purges are handed to the workers.
#[derive(Debug, Clone, Copy)]
pub struct DispatchPolicy {
    /// The first lease: longer than the queue can take to deliver, or give up on, one message.
    pub lease: Duration,
}

impl DispatchPolicy {
    /// How long a purge is left to the workers after its `dispatches`-th dispatch: doubling, a day at most.
    pub fn lease_after(self, dispatches: u32) -> Duration {
        if dispatches >= MAX_DISPATCHES {
            return DAY;
        }
        cmp::min(self.lease.saturating_mul(2_u32.saturating_pow(dispatches)), DAY)
    }

    /// When the dispatcher looks again at a purge that it sends now.
    pub fn lease_until(self, seen: &DuePurge, now: Timestamp) -> Second {
        now.round_up().plus(self.lease_after(seen.dispatches))
    }
}

#[cfg(test)]
mod tests;
