//! Runs every minute: sends due purges to the workers.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use shared::{
    ambient::Ambient,
    aws::CallError,
    config::ConfigProblem,
    identity::{DispatchPolicy, DuePurge, MAX_DISPATCHES, PURGE_SHARDS, Second},
    lambda::{Setup, Task, TaskProblem},
    queue::{BATCH, PurgeMessage, SendPurges, SqsQueue},
    store::{DynamoStore, LeasePurges},
    telemetry,
};

/// The number of purges on one page of the index.
const PAGE: u32 = 100;

/// A round stops this long before its deadline. One batch is a send and its leases, and each takes
/// up to seven seconds with all retries.
const MARGIN: Duration = Duration::from_secs(15);

/// Sends due purges to the queue, and leases those that the queue accepted: until the lease ends,
/// the dispatcher leaves them to the workers.
#[derive(Debug)]
pub struct DispatchDuePurges<S, Q> {
    ambient: Ambient,
    store: S,
    queue: Q,
    limits: DispatchLimits,
}

/// The limits of one round.
#[derive(Debug, Clone, Copy)]
pub struct DispatchLimits {
    /// Decides how long a lease is.
    pub policy: DispatchPolicy,
    /// The largest difference expected between the clocks of dispatcher and workers.
    pub clock_skew: Duration,
    /// The largest number of purges that one round reads.
    pub purges: u32,
    /// If the queue holds more messages than this, the round sends nothing.
    pub queue_depth: u64,
}

impl<S, Q> DispatchDuePurges<S, Q> {
    /// Creates the task.
    pub fn new(ambient: Ambient, store: S, queue: Q, limits: DispatchLimits) -> Self {
        Self { ambient, store, queue, limits }
    }
}

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<DispatchDuePurges<DynamoStore, SqsQueue>, ConfigProblem> {
    let environment = setup.environment();
    let limits = DispatchLimits {
        policy: DispatchPolicy { lease: environment.duration("DISPATCH_LEASE", Duration::from_mins(30))? },
        clock_skew: environment.duration("DISPATCH_CLOCK_SKEW", Duration::from_secs(5))?,
        purges: environment.number("DISPATCH_LIMIT", 1000)?,
        queue_depth: environment.number("DISPATCH_QUEUE_DEPTH", 5000)?,
    };
    Ok(DispatchDuePurges::new(setup.ambient(), setup.store()?, setup.queue()?, limits))
}

/// The counts and findings of one round.
#[derive(Debug, Default)]
struct Round {
    seen: u32,
    sent: u32,
    stuck: u64,
    oldest: Option<Second>,
    failed: Option<CallError>,
}

impl<S: LeasePurges, Q: SendPurges> Task for DispatchDuePurges<S, Q> {
    async fn run(&self, time_left: Duration) -> Result<(), TaskProblem> {
        let stop = Instant::now() + time_left.saturating_sub(MARGIN);
        let mut round = Round::default();
        let dispatched = self.dispatch(&mut round, stop).await;
        let dispatched = dispatched.and(round.failed.take().map_or(Ok(()), Err));
        // A round that failed says nothing about lateness. It reports no metric, and the missing
        // metric raises the alarm; a zero would hide the failure.
        if dispatched.is_ok() {
            self.report(&round);
        }
        Ok(dispatched?)
    }
}

impl<S: LeasePurges, Q: SendPurges> DispatchDuePurges<S, Q> {
    async fn dispatch(&self, round: &mut Round, stop: Instant) -> Result<(), CallError> {
        let deep = self.is_deep().await;
        let until = self.ambient.now().round_down().minus(self.limits.clock_skew);
        let first = self.ambient.below(u64::from(PURGE_SHARDS));
        // The round starts at a random shard. Otherwise a limit that is reached would starve the
        // same shards every time.
        for shard in (0..PURGE_SHARDS).cycle().skip(usize::try_from(first).unwrap_or(0)).take(PURGE_SHARDS.into()) {
            let mut after = None;
            loop {
                let left = self.limits.purges.saturating_sub(round.seen);
                if left == 0 || Instant::now() >= stop {
                    return Ok(());
                }
                let limit = if deep { 1 } else { left.min(PAGE) };
                let page = self.store.due_purges(shard, until, limit, after.as_ref()).await?;
                round.note(&page.purges);
                if deep {
                    // Even then the oldest purge of each shard is read: the alarm watches its
                    // lateness.
                    break;
                }
                for batch in page.purges.chunks(BATCH) {
                    if Instant::now() >= stop {
                        return Ok(());
                    }
                    self.send(batch, round).await?;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether the queue holds more than the workers can soon handle. `false` if the depth cannot
    /// be read.
    async fn is_deep(&self) -> bool {
        match self.queue.depth().await {
            Ok(depth) => depth > self.limits.queue_depth,
            Err(error) => {
                tracing::warn!(%error, "the depth of the queue is unknown");
                false
            }
        }
    }

    /// Sends a batch, then leases the purges that the queue accepted. After a crash in between, the
    /// next round sends them again; nothing is lost.
    async fn send(&self, batch: &[DuePurge], round: &mut Round) -> Result<(), CallError> {
        let messages: Vec<_> = batch.iter().map(|purge| PurgeMessage::new(purge.person_id, purge.purge_id)).collect();
        let accepted = self.queue.send_batch(&messages).await?;
        let sent = batch.iter().zip(accepted).filter_map(|(purge, accepted)| accepted.then_some(purge));
        let now = self.ambient.now();
        let leases = sent.map(|purge| self.store.lease_purge(purge, self.limits.policy.lease_until(purge, now)));
        for lease in join_all(leases).await {
            round.sent += 1;
            // The next round sends a purge again if its lease failed. The other purges do not wait
            // for it.
            round.failed =
                lease.inspect_err(|error| tracing::error!(%error, "a lease failed")).err().or(round.failed.take());
        }
        Ok(())
    }

    fn report(&self, round: &Round) {
        let now = self.ambient.now();
        let lateness = round.oldest.map_or(0, |oldest| oldest.until(now.round_down()).as_secs());
        telemetry::metric("OldestDuePurgeSeconds", "Seconds", lateness, now);
        if round.stuck > 0 {
            telemetry::metric("StuckPurges", "Count", round.stuck, now);
        }
        if round.seen > 0 {
            tracing::info!(
                seen = round.seen,
                sent = round.sent,
                stuck = round.stuck,
                lateness_s = lateness,
                "dispatch"
            );
        }
    }
}

impl Round {
    fn note(&mut self, page: &[DuePurge]) {
        self.seen += u32::try_from(page.len()).unwrap_or(u32::MAX);
        for purge in page {
            self.oldest = Some(self.oldest.map_or(purge.purge_on, |oldest| oldest.min(purge.purge_on)));
            if purge.dispatches >= MAX_DISPATCHES {
                self.stuck += 1;
                tracing::error!(subject = %purge.person_id, dispatches = purge.dispatches, "purge stuck");
            }
        }
    }
}
