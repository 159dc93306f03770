use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::join_all};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::timeout;

use super::InvocationProblem;
use crate::{aws::CallError, queue::Record};

/// Handles the records of a queue, each independently.
pub trait RecordHandler: Send + Sync + 'static {
    /// The message in a record.
    type Message: Record;

    /// Handles one message. After an error it stays in the queue and is delivered again.
    fn handle(&self, message: &Self::Message) -> impl Future<Output = Result<(), RecordProblem>> + Send;
}

/// The reasons why a record stays in the queue. After five attempts it is moved to the dead
/// letters.
#[derive(Debug, thiserror::Error)]
pub enum RecordProblem {
    /// A call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
}

/// Slow records are given up this long before the deadline, so that the others still count as
/// handled.
const MARGIN: Duration = Duration::from_secs(2);

/// The parts of an SQS event that are read (Lambda Developer Guide, "Using Lambda with Amazon
/// SQS").
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: Option<String>,
    body: Option<String>,
}

/// The records that stay in the queue (Lambda Developer Guide, "Handling errors for an SQS event
/// source").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    batch_item_failures: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// Handles a batch and reports only the failed records, so that the others are not delivered again.
pub(super) async fn invoke<H: RecordHandler>(
    handler: &H,
    event: &RawValue,
    time_left: Duration,
) -> Result<Box<RawValue>, InvocationProblem> {
    let limit = time_left.saturating_sub(MARGIN);
    let event: Event = serde_json::from_str(event.get()).map_err(|_| InvocationProblem::Event)?;
    let mut failed = Vec::new();
    let mut records_by_message: Vec<(H::Message, Vec<String>)> = Vec::new();
    for Message { message_id, body } in event.records {
        let message_id = message_id.unwrap_or_default();
        let Some(message) = body.as_deref().and_then(H::Message::parse) else {
            tracing::error!(message_id, "the body of a record is not a purge message");
            failed.push(message_id);
            continue;
        };
        match records_by_message.iter_mut().find(|(earlier, _)| *earlier == message) {
            Some((_, message_ids)) => message_ids.push(message_id),
            None => records_by_message.push((message, vec![message_id])),
        }
    }
    let failures = join_all(records_by_message.into_iter().map(async |(message, message_ids)| {
        let done = AssertUnwindSafe(timeout(limit, handler.handle(&message))).catch_unwind().await;
        match done {
            Ok(Ok(Ok(()))) => Vec::new(),
            Ok(Err(_elapsed)) => {
                tracing::error!(?message_ids, "a record took too long");
                message_ids
            }
            Ok(Ok(Err(error))) => {
                tracing::error!(%error, ?message_ids, "a record failed");
                message_ids
            }
            Err(_panic) => message_ids,
        }
    }));
    failed.extend(failures.await.into_iter().flatten());
    let batch_item_failures = failed.into_iter().map(|item_identifier| Failure { item_identifier }).collect();
    to_raw_value(&Response { batch_item_failures }).map_err(InvocationProblem::Response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(PartialEq, Eq, Hash)]
    struct Word(String);

    impl Record for Word {
        fn parse(body: &str) -> Option<Self> {
            (!body.is_empty()).then(|| Self(body.to_owned()))
        }
    }

    struct Worker;

    impl RecordHandler for Worker {
        type Message = Word;

        async fn handle(&self, Word(word): &Word) -> Result<(), RecordProblem> {
            match word.as_str() {
                "panic" => panic!("boom"),
                "hang" => std::future::pending().await,
                "fail" => Err(CallError::Contended.into()),
                _ => Ok(()),
            }
        }
    }

    /// The ids of the records that stay in the queue. Each record's id is its body.
    async fn failures(bodies: &[&str]) -> Vec<String> {
        let records: Vec<_> = bodies.iter().map(|body| json!({ "messageId": body, "body": body })).collect();
        let limit = MARGIN + Duration::from_millis(20);
        let event = to_raw_value(&json!({ "Records": records })).unwrap();
        let response = invoke(&Worker, &event, limit).await.unwrap();
        let response: serde_json::Value = serde_json::from_str(response.get()).unwrap();
        let failures = response["batchItemFailures"].as_array().unwrap();
        let mut failures: Vec<_> =
            failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect();
        failures.sort();
        failures
    }

    #[tokio::test]
    async fn a_panic_a_failure_and_a_hang_keep_their_own_record_and_no_other() {
        assert_eq!(failures(&["a", "panic", "b", "fail", "hang", "", "c"]).await, ["", "fail", "hang", "panic"]);
    }

    #[tokio::test]
    async fn equal_records_fail_together() {
        assert_eq!(failures(&["fail", "a", "fail"]).await, ["fail", "fail"]);
    }
}
