//! From the queue: carries out due purges, each once and completely.

use std::time::Duration;

use shared::{
    ambient::Ambient,
    config::ConfigError,
    identity::{Person, Purge, PurgeStatus, Receipt, Timestamp},
    lambda::{RecordError, RecordHandler, Setup},
    queue::PurgeMessage,
    store::{DynamoStore, PurgePersons, Purged, ReadPersons, StoreError},
};

/// The name in the audit line.
const ACTION: &str = env!("CARGO_PKG_NAME");

/// How often a person that keeps changing is read anew before the message goes back to the queue.
const LOOKS: u32 = 3;

/// Removes persons whose purge is due.
#[derive(Debug)]
pub struct PurgePerson<S> {
    ambient: Ambient,
    store: S,
    receipt_retention: Duration,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<PurgePerson<DynamoStore>, ConfigError> {
    const THREE_YEARS: Duration = Duration::from_hours(1095 * 24);
    Ok(PurgePerson {
        ambient: setup.ambient(),
        store: setup.store()?,
        receipt_retention: setup.environment().duration("RECEIPT_RETENTION", THREE_YEARS)?,
    })
}

impl<S: ReadPersons + PurgePersons> RecordHandler for PurgePerson<S> {
    type Message = PurgeMessage;

    async fn handle(&self, message: &PurgeMessage) -> Result<(), RecordError> {
        for _ in 0..LOOKS {
            let now = self.ambient.now();
            let person_id = message.person_id();
            // Over, cancelled, or queued anew under another id: the message is an old one.
            let Some(person) = self.store.person(person_id).await? else {
                log(message, "already gone");
                return Ok(());
            };
            let Some(purge) = meant_by(message, &person) else {
                log(message, "not this purge");
                return Ok(());
            };
            if purge.purge_on > now.round_down() {
                self.store.postpone(person_id, purge).await?;
                log(message, "not yet due");
                return Ok(());
            }
            let receipt = self.receipt(&person, purge, now);
            match self.store.purge(&person, &receipt, self.ambient.operation()).await? {
                Purged::Done => {
                    tracing::info!(
                        action = ACTION,
                        subject = %person_id,
                        purge_id = %purge.purge_id,
                        outcome = PurgeStatus::Complete.as_str(),
                        users = receipt.users,
                        lateness_s = purge.purge_on.until(receipt.completed_on).as_secs(),
                        "purged"
                    );
                    return Ok(());
                }
                Purged::Changed => {}
            }
        }
        Err(StoreError::Unavailable.into())
    }
}

impl<S> PurgePerson<S> {
    fn receipt(&self, person: &Person, purge: &Purge, now: Timestamp) -> Receipt {
        let completed_on = now.round_down();
        Receipt {
            person_id: person.person_id,
            purge_id: purge.purge_id,
            purge_on: purge.purge_on,
            created_on: purge.created_on,
            completed_on,
            users: person.users.len(),
            expires_on: completed_on.plus(self.receipt_retention),
        }
    }
}

/// The line of a message that purged nobody: a purge whose answer was lost comes back as one.
fn log(message: &PurgeMessage, outcome: &'static str) {
    let (subject, purge_id) = (message.person_id(), message.purge_id());
    tracing::info!(action = ACTION, %subject, %purge_id, outcome, "nothing to purge");
}

fn meant_by<'p>(message: &PurgeMessage, person: &'p Person) -> Option<&'p Purge> {
    let purge = person.purge.as_ref()?;
    (purge.purge_id == message.purge_id() && purge.status == PurgeStatus::Queued).then_some(purge)
}
