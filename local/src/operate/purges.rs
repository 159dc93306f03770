//! `roster purges`: lists purges that are late, stuck or done, and resets stuck ones.

use std::time::Duration;

use super::{Target, failed};
use crate::problem::Problem;
use shared::{
    identity::{DuePurge, Hour, MAX_DISPATCHES, PURGE_SHARDS, PersonId, PurgeId, Requester, Second},
    store::{LeasePurges, ListReceipts, ReadReceipts, ResetPurges, WalkSeals},
};

const DAY: Duration = Duration::from_hours(24);

/// The number of index entries in one read.
const PAGE: u32 = 500;

/// An upper limit of leases and head starts, in hours. The index lists a purge at the end of its
/// lease, so a purge that is due by now is in the index at most this far ahead.
const LONGEST_LEASE_HOURS: u64 = 25;

/// A selection of the purges that are not yet done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenPurges {
    /// Purges that are due.
    Overdue,
    /// Purges that were dispatched eight times or more, so that something must prevent them.
    Stuck,
}

/// One purge in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPurge {
    /// The person that is to be purged.
    pub person_id: PersonId,
    /// The id of the purge.
    pub purge_id: PurgeId,
    /// The time at which the purge is or was due.
    pub purge_on: Second,
    /// The time at which the dispatcher reads it next. `None` once the purge is done.
    pub due_on: Option<Second>,
    /// The time at which the purge was completed.
    pub completed_on: Option<Second>,
    /// How often it was sent to a worker.
    pub dispatches: u32,
    /// How late it was completed, or how late it is by now, in seconds.
    pub late_seconds: u64,
    /// The kind of caller that queued it. Only known once the purge is done.
    pub requested_by: Option<Requester>,
    /// The number of deleted users. Only known once the purge is done.
    pub users: Option<usize>,
}

/// Lists the purges that are not yet done, shard by shard, in the order in which the dispatcher
/// reads them. Returns their number.
pub async fn list_open(
    target: &Target,
    which: OpenPurges,
    mut list: impl FnMut(&ListedPurge) -> Result<(), Problem>,
) -> Result<u64, Problem> {
    let now = target.ambient().now().round_down();
    let mut count = 0;
    for shard in 0..PURGE_SHARDS {
        let mut pages = Pages::of(shard, now);
        while let Some(purges) = pages.next(target).await? {
            for purge in purges.iter().filter(|purge| which.holds(purge, now)) {
                list(&ListedPurge::open(purge, now))?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Resets stuck purges, so that they are dispatched as if for the first time. Returns the number of
/// reset purges, and the number of those that had changed meanwhile.
pub async fn reset_stuck(target: &Target) -> Result<(u64, u64), Problem> {
    let now = target.ambient().now().round_down();
    let (mut reset, mut moved_on) = (0, 0);
    for shard in 0..PURGE_SHARDS {
        let mut pages = Pages::of(shard, now);
        while let Some(purges) = pages.next(target).await? {
            for purge in purges.iter().filter(|purge| OpenPurges::Stuck.holds(purge, now)) {
                let done = target.store().reset_purge(purge, now).await.map_err(failed("resetting a purge"))?;
                *(if done { &mut reset } else { &mut moved_on }) += 1;
            }
        }
    }
    Ok((reset, moved_on))
}

/// Lists the purges that were completed since this time, hour by hour. Returns their number.
pub async fn list_done(
    target: &Target,
    since: Second,
    mut list: impl FnMut(&ListedPurge) -> Result<(), Problem>,
) -> Result<u64, Problem> {
    let (store, current) = (target.store(), Hour::of(target.ambient().now().round_down()));
    let (mut hour, mut count) = (Hour::of(since), 0);
    let (seals, _) = store.seals_from(0).await.map_err(failed("reading the seals"))?;
    // No receipt is more than a day older than the first seal.
    let earliest = match seals.into_iter().next() {
        Some(Ok(first)) => first.seal.hour.start().minus(DAY),
        _ => current.start().minus(3653 * DAY),
    };
    hour = hour.max(Hour::of(earliest));
    while hour <= current {
        let mut after = None;
        loop {
            let (persons, next) = store.receipts_in(hour, after.as_ref()).await.map_err(failed("listing receipts"))?;
            for person_id in persons {
                let receipt = store.receipt(person_id).await.map_err(failed("reading a receipt"))?;
                // The receipt may have expired while the index still lists it.
                if let Some(receipt) = receipt.filter(|receipt| since <= receipt.completed_on) {
                    list(&ListedPurge {
                        person_id,
                        purge_id: receipt.purge_id,
                        purge_on: receipt.purge_on,
                        due_on: None,
                        completed_on: Some(receipt.completed_on),
                        dispatches: receipt.dispatches,
                        late_seconds: receipt.purge_on.until(receipt.completed_on).as_secs(),
                        requested_by: Some(receipt.requested_by.clone()),
                        users: Some(receipt.players.len()),
                    })?;
                    count += 1;
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        hour = hour.next();
    }
    Ok(count)
}

impl OpenPurges {
    fn holds(self, purge: &DuePurge, now: Second) -> bool {
        match self {
            Self::Overdue => purge.purge_on <= now,
            Self::Stuck => purge.dispatches >= MAX_DISPATCHES,
        }
    }
}

impl ListedPurge {
    fn open(purge: &DuePurge, now: Second) -> Self {
        Self {
            person_id: purge.person_id,
            purge_id: purge.purge_id,
            purge_on: purge.purge_on,
            due_on: Some(purge.due_on),
            completed_on: None,
            dispatches: purge.dispatches,
            late_seconds: purge.purge_on.until(now).as_secs(),
            requested_by: None,
            users: None,
        }
    }
}

/// The pages of one shard of the index.
struct Pages {
    shard: u8,
    until: Second,
    after: Option<shared::store::PageKey>,
    is_over: bool,
}

impl Pages {
    fn of(shard: u8, now: Second) -> Self {
        let until = now.plus(std::time::Duration::from_hours(LONGEST_LEASE_HOURS));
        Self { shard, until, after: None, is_over: false }
    }

    async fn next(&mut self, target: &Target) -> Result<Option<Vec<DuePurge>>, Problem> {
        if self.is_over {
            return Ok(None);
        }
        let page = target.store().due_purges(self.shard, self.until, PAGE, self.after.as_ref()).await;
        let page = page.map_err(failed("reading the index of due purges"))?;
        self.is_over = page.next.is_none();
        self.after = page.next;
        Ok(Some(page.purges))
    }
}
