use std::{cmp, time::Duration};

use super::{OperationId, Person, PersonId, PurgeId, Requester, Second, Timestamp};

/// The number of partitions in the index of due purges.
pub const PURGE_SHARDS: u8 = 16;

/// After this many dispatches a purge counts as stuck: it is tried once a day, and an alarm is
/// raised.
pub const MAX_DISPATCHES: u32 = 8;

const DAY: Duration = Duration::from_hours(24);

/// The largest age of a suggested time. Public clients send a time of an hour ago to say "now", in
/// case a clock is wrong (docs/contract/rallyhere.md, "Purges").
const OLDEST_SUGGESTION: Duration = Duration::from_hours(7 * 24);

/// A purge that is queued for a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Purge {
    /// The purge's id. A purge that is queued again after a cancellation gets a new one.
    pub purge_id: PurgeId,
    /// The time from which the person may be deleted.
    pub purge_on: Second,
    /// The time at which it was first queued.
    pub created_on: Second,
    /// The time at which `purge_on` was last set.
    pub modified_on: Second,
    /// The status.
    pub status: PurgeStatus,
    /// The time at which the dispatcher sends it next: `purge_on`, or the end of a lease.
    pub due_on: Second,
    /// The number of times that the dispatcher has sent it to a worker.
    pub dispatches: u32,
    /// The caller that queued it first.
    pub requested_by: Requester,
}

impl Purge {
    /// Whether its time may still be changed, or the purge be cancelled.
    pub fn is_open(&self) -> bool {
        self.status == PurgeStatus::Queued
    }

    /// This purge with a lease and one dispatch more. `None` if it has changed since the dispatcher
    /// read it.
    #[must_use]
    pub fn leased(&self, seen: &DuePurge, due_on: Second) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.due_on == seen.due_on && self.is_open();
        same.then(|| Self { due_on, dispatches: self.dispatches + 1, ..self.clone() })
    }

    /// This purge, due for the dispatcher at `purge_on` again. `None` if it has changed since the
    /// worker read it.
    #[must_use]
    pub fn postponed(&self, seen: &Self) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.purge_on == seen.purge_on && self.is_open();
        same.then(|| Self { due_on: self.purge_on, ..self.clone() })
    }

    /// This purge with no dispatches, due for the dispatcher now. `None` if it has changed since it
    /// was read.
    #[must_use]
    pub fn reset(&self, seen: &DuePurge, now: Second) -> Option<Self> {
        let same = self.purge_id == seen.purge_id && self.due_on == seen.due_on && self.is_open();
        same.then(|| Self { due_on: self.purge_on.max(now), dispatches: 0, ..self.clone() })
    }
}

/// A purge as the index of due purges shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DuePurge {
    /// The person to purge.
    pub person_id: PersonId,
    /// The purge's id.
    pub purge_id: PurgeId,
    /// The time from which the person may be deleted.
    pub purge_on: Second,
    /// The time at which the dispatcher is to send it.
    pub due_on: Second,
    /// The number of times that the dispatcher has sent it to a worker.
    pub dispatches: u32,
}

/// The work that a message asks of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work<'p> {
    /// Nothing: the person does not exist any more.
    AlreadyGone,
    /// Nothing: the purge was cancelled, or queued anew with another id.
    NotThisPurge,
    /// The purge is not due yet: the dispatcher sends it again at its time.
    Postpone(&'p Purge),
    /// The purge is carried out.
    CarryOut(&'p Purge),
}

/// The work that a message about this purge asks of a worker that has read this person.
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

/// Whether a purge that ends now may delete the person: it must be unchanged since it was read.
pub fn may_remove(standing: &Person, read: &Person, purge_id: PurgeId, completed_on: Second) -> bool {
    let due = |purge: &Purge| purge.purge_id == purge_id && purge.purge_on <= completed_on;
    standing.version == read.version && standing.purge.as_ref().is_some_and(due)
}

/// Whether a user or claim may be deleted with a purged person: its owner is that person, or it
/// does not exist.
pub fn goes_with(owner: Option<PersonId>, purged: PersonId) -> bool {
    owner.is_none_or(|owner| owner == purged)
}

/// The effect of a cancellation on the current purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// None: no purge is queued.
    NoPurge,
    /// The purge is removed.
    Forget,
    /// None: the purge is in progress.
    Started,
}

impl Cancellation {
    /// The effect on this purge.
    pub fn of(standing: Option<&Purge>) -> Self {
        match standing {
            None => Self::NoPurge,
            Some(purge) if purge.is_open() => Self::Forget,
            Some(_) => Self::Started,
        }
    }
}

/// Whether the person's purge is still the one on which a decision was made. If the caller is shown
/// its time, the time must be unchanged too.
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

/// A request to queue a purge, or to change its time.
#[derive(Debug, Clone)]
pub struct QueuePurge {
    /// The person to purge.
    pub person_id: PersonId,
    /// The id of the new purge, if none is queued yet.
    pub purge_id: PurgeId,
    /// The time of the purge.
    pub purge_on: Second,
    /// The time at which the dispatcher is to send it.
    pub due_on: Second,
    /// Whether a purge that is already queued takes this time.
    pub retime: bool,
    /// The caller that asks.
    pub requested_by: Requester,
    /// The operation id of this write.
    pub operation: OperationId,
    /// The time of the request.
    pub now: Timestamp,
}

impl QueuePurge {
    /// The purge after this request. `None` if the current one stays as it is.
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

/// The status of a purge. The names are ours, not the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurgeStatus {
    /// The purge waits for its time. It may get another time, and may be cancelled.
    Queued,
    /// The purge has begun and cannot be stopped.
    InProgress,
    /// The purge is over, and only the receipt remains.
    Complete,
}

impl PurgeStatus {
    /// Every status, in the order in which a purge has them.
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

/// The rules for the time of a purge.
#[derive(Debug, Clone, Copy)]
pub struct PurgePolicy {
    /// The delay if the caller suggests no time.
    pub default_delay: Duration,
    /// The longest delay. A later suggestion is shortened to it.
    pub max_delay: Duration,
    /// The shortest delay of a purge that a person requests for itself. An earlier suggestion is
    /// lengthened to it.
    pub min_delay_self: Duration,
    /// A purge that is due at once is sent with the request. The dispatcher waits this long before
    /// it sends the purge too.
    pub head_start: Duration,
}

impl PurgePolicy {
    /// Whether a suggested time is too old to mean "now". It probably has the wrong unit, or is not
    /// a time at all.
    pub fn is_too_old(suggested: Timestamp, now: Timestamp) -> bool {
        suggested.plus(OLDEST_SUGGESTION) < now
    }

    /// The time at which the purge becomes due. A suggestion in the past means now, or the earliest
    /// allowed time.
    pub fn schedule(self, suggested: Option<Timestamp>, requested_by: &Requester, now: Timestamp) -> Second {
        let min_delay = match requested_by {
            Requester::Itself => self.min_delay_self,
            Requester::Service(_) => Duration::ZERO,
        };
        let purge_on = suggested.unwrap_or_else(|| now.plus(self.default_delay));
        purge_on.max(now.plus(min_delay)).min(now.plus(self.max_delay)).round_up()
    }

    /// The time at which the dispatcher is to send a purge with this time.
    pub fn look_on(self, purge_on: Second, now: Timestamp) -> Second {
        if is_due_at_once(purge_on, now) { purge_on.plus(self.head_start) } else { purge_on }
    }
}

/// Whether a purge with this time is sent to the queue with the request.
pub fn is_due_at_once(purge_on: Second, now: Timestamp) -> bool {
    purge_on <= now.round_up()
}

/// The rules for leases.
#[derive(Debug, Clone, Copy)]
pub struct DispatchPolicy {
    /// The first lease. It must be longer than the queue needs to deliver one message, or to give
    /// it up.
    pub lease: Duration,
}

impl DispatchPolicy {
    /// The lease after this many dispatches: it doubles each time, up to a day.
    pub fn lease_after(self, dispatches: u32) -> Duration {
        if dispatches >= MAX_DISPATCHES {
            return DAY;
        }
        cmp::min(self.lease.saturating_mul(2_u32.saturating_pow(dispatches)), DAY)
    }

    /// The end of the lease of a purge that is sent now.
    pub fn lease_until(self, seen: &DuePurge, now: Timestamp) -> Second {
        now.round_up().plus(self.lease_after(seen.dispatches))
    }
}

#[cfg(test)]
mod tests;
