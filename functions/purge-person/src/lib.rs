//! Handles messages of the purge queue: carries out each due purge once and completely.

use std::time::Duration;

use shared::{
    ambient::Ambient,
    aws::{Attempts, CallError},
    config::ConfigProblem,
    identity::{PurgeStatus, Receipt, Retention, Work, work},
    lambda::{RecordHandler, RecordProblem, Setup},
    queue::PurgeMessage,
    store::{DynamoStore, PurgePersons, Purged, ReadPersons},
};

/// The name of the action in the audit line.
const ACTION: &str = env!("CARGO_PKG_NAME");

/// Deletes persons whose purge is due.
#[derive(Debug)]
pub struct PurgePerson<S> {
    ambient: Ambient,
    store: S,
    retention: Retention,
}

impl<S> PurgePerson<S> {
    /// Creates the worker.
    pub fn new(ambient: Ambient, store: S, retention: Retention) -> Self {
        Self { ambient, store, retention }
    }
}

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<PurgePerson<DynamoStore>, ConfigProblem> {
    const DAY: Duration = Duration::from_hours(24);
    let duration = |name, default| setup.environment().duration(name, default);
    let traces = [
        duration("BACKUP_RETENTION", 35 * DAY)?,
        // CloudWatch takes up to 72 hours to delete what has expired (PutRetentionPolicy).
        duration("LOG_RETENTION", 30 * DAY)? + 3 * DAY,
        duration("QUEUE_RETENTION", 4 * DAY)?,
        duration("DEAD_LETTER_RETENTION", 14 * DAY)?,
    ];
    let retention = Retention {
        traces: traces.into_iter().max().unwrap_or_default(),
        receipts: duration("RECEIPT_RETENTION", 1095 * DAY)?,
    };
    Ok(PurgePerson::new(setup.ambient(), setup.store()?, retention))
}

impl<S: ReadPersons + PurgePersons> RecordHandler for PurgePerson<S> {
    type Message = PurgeMessage;

    async fn handle(&self, message: &PurgeMessage) -> Result<(), RecordProblem> {
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let now = self.ambient.now();
            let person_id = message.person_id();
            let person = self.store.person(person_id).await?;
            let (person, purge) = match (work(person.as_ref(), message.purge_id(), now), &person) {
                (Work::CarryOut(purge), Some(person)) => (person, purge),
                (Work::Postpone(purge), _) => {
                    self.store.postpone(person_id, purge).await?;
                    log(message, "not yet due");
                    return Ok(());
                }
                (Work::NotThisPurge, _) => {
                    log(message, "not this purge");
                    return Ok(());
                }
                (Work::AlreadyGone | Work::CarryOut(_), _) => {
                    log(message, "already gone");
                    return Ok(());
                }
            };
            let receipt = Receipt::of(person, purge, now.round_down(), self.retention);
            match self.store.purge(person, &receipt, self.ambient.operation()).await? {
                Purged::Done => {
                    tracing::info!(
                        action = ACTION,
                        subject = %person_id,
                        purge_id = %purge.purge_id,
                        outcome = PurgeStatus::Complete.as_str(),
                        users = receipt.players.len(),
                        lateness_s = purge.purge_on.until(receipt.completed_on).as_secs(),
                        "purged"
                    );
                    return Ok(());
                }
                Purged::Changed => {}
            }
        }
        Err(CallError::Contended.into())
    }
}

/// Logs a message that purged nobody. If the response to a purge was lost, its message comes back
/// and is logged here.
fn log(message: &PurgeMessage, outcome: &'static str) {
    let (subject, purge_id) = (message.person_id(), message.purge_id());
    tracing::info!(action = ACTION, %subject, %purge_id, outcome, "nothing to purge");
}
