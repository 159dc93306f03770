//! The queue of due purges. Messages are only hints: the person's item is the truth.

use std::{future::Future, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    ambient::Ambient,
    aws::{CallError, Verdict, attempt},
    identity::{PersonId, PurgeId},
};

/// The largest number of messages in one batch (SQS quota).
pub const BATCH: usize = 10;

/// The longest delay of a message, in seconds (SQS quota).
const LONGEST_DELAY: u64 = 900;

/// The time limit for a request that sends to the queue. After it, the dispatcher sends the purge.
const SEND_LIMIT: Duration = Duration::from_secs(2);

/// A message to a worker: the ids of the person and the purge, no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PurgeMessage {
    person_id: uuid::Uuid,
    purge_id: uuid::Uuid,
}

impl PurgeMessage {
    /// The message about this purge.
    pub fn new(person_id: PersonId, purge_id: PurgeId) -> Self {
        Self { person_id: person_id.0, purge_id: purge_id.0 }
    }

    /// The person to purge.
    pub fn person_id(&self) -> PersonId {
        PersonId(self.person_id)
    }

    /// The id of the purge.
    pub fn purge_id(&self) -> PurgeId {
        PurgeId(self.purge_id)
    }

    fn body(self) -> String {
        format!(r#"{{"person_id":"{}","purge_id":"{}"}}"#, self.person_id, self.purge_id)
    }
}

/// A message that a record's body is parsed to. Equal messages in one batch are handled once.
pub trait Record: Eq + Send + Sync + Sized {
    /// `None` if the body is not such a message.
    fn parse(body: &str) -> Option<Self>;
}

impl Record for PurgeMessage {
    fn parse(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }
}

/// Sends one purge that is due at once.
pub trait SendPurge: Send + Sync + 'static {
    /// Sends the message, for delivery after the delay.
    fn send(&self, message: PurgeMessage, delay: Duration) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Sends due purges in batches.
pub trait SendPurges: Send + Sync + 'static {
    /// Sends up to [`BATCH`] messages. For each message, the result says whether the queue accepted
    /// it.
    fn send_batch(&self, messages: &[PurgeMessage]) -> impl Future<Output = Result<Vec<bool>, CallError>> + Send;

    /// The approximate number of waiting messages.
    fn depth(&self) -> impl Future<Output = Result<u64, CallError>> + Send;
}

/// The queue in SQS.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
    ambient: Ambient,
}

impl SqsQueue {
    /// The queue at this URL. The client's own retries must be off.
    pub fn new(client: Client, url: String, ambient: Ambient) -> Self {
        Self { client, url, ambient }
    }
}

impl SendPurge for SqsQueue {
    async fn send(&self, message: PurgeMessage, delay: Duration) -> Result<(), CallError> {
        let seconds = i32::try_from(delay.as_secs().min(LONGEST_DELAY)).unwrap_or(0);
        let call = || {
            let send = self.client.send_message().queue_url(&self.url).message_body(message.body());
            send.delay_seconds(seconds).send()
        };
        let sending = attempt(&self.ambient, |_| Verdict::ByCode, call);
        let late = |_elapsed| CallError::NotAnswered("timeout".into());
        match timeout(SEND_LIMIT, sending).await.map_err(late)?? {
            Ok(_) => Ok(()),
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }
}

impl SendPurges for SqsQueue {
    async fn send_batch(&self, messages: &[PurgeMessage]) -> Result<Vec<bool>, CallError> {
        let entries = messages.iter().enumerate().map(|(index, message)| {
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(message.body());
            entry.build().map_err(|error| CallError::Broken(error.to_string()))
        });
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let call = || {
            let send = self.client.send_message_batch().queue_url(&self.url);
            send.set_entries(Some(entries.clone())).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => {
                for failed in output.failed() {
                    tracing::warn!(code = failed.code(), "the queue refused a message");
                }
                let accepted = |index: usize| output.successful().iter().any(|sent| sent.id() == index.to_string());
                Ok((0..messages.len()).map(accepted).collect())
            }
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    async fn depth(&self) -> Result<u64, CallError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let call = || {
            let get = self.client.get_queue_attributes().queue_url(&self.url);
            get.attribute_names(name.clone()).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => {
                let depth = output.attributes().and_then(|attributes| attributes.get(&name));
                depth.and_then(|depth| depth.parse().ok()).ok_or_else(|| CallError::Broken("queue depth".into()))
            }
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_queue_and_nothing_else_is_one() {
        let message = PurgeMessage::new(PersonId(uuid::Uuid::from_u128(1)), PurgeId(uuid::Uuid::from_u128(2)));
        assert_eq!(PurgeMessage::parse(&message.body()), Some(message));
        for other in ["", "{}", "null", r#"{"person_id":"x","purge_id":"y"}"#] {
            assert_eq!(PurgeMessage::parse(other), None, "{other}");
        }
    }
}
