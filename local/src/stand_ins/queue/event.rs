//! Makes Lambda's event from messages, and reads a function's answer to it.

use std::collections::HashSet;

use aws_sdk_sqs::types::Message;
use serde_json::{Map, Value, json};

use crate::template::REGION;

/// The SQS event for these messages.
pub(super) fn sqs_event(messages: &[Message], queue_arn: &str) -> Value {
    let records: Vec<_> = messages.iter().map(|message| record(message, queue_arn)).collect();
    json!({ "Records": records })
}

fn record(message: &Message, queue_arn: &str) -> Value {
    let attributes = message.attributes.iter().flatten();
    let attributes: Map<_, _> = attributes.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body.as_deref().unwrap_or_default(),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    })
}

/// The ids of the messages that stay in the queue after this answer. As on AWS, all of them stay if
/// the answer is malformed or names a message that was not in the event.
pub(super) fn failed(answer: &Value, messages: &[Message], reports_failures: bool) -> HashSet<String> {
    let all = || messages.iter().filter_map(|message| message.message_id.clone()).collect::<HashSet<_>>();
    let failures = answer.get("batchItemFailures");
    if !reports_failures || answer.is_null() || failures.is_some_and(Value::is_null) {
        return HashSet::new();
    }
    let Some(failures) = failures.and_then(Value::as_array) else {
        // An empty object is a success. Anything else is malformed.
        return if answer.as_object().is_some_and(Map::is_empty) { HashSet::new() } else { all() };
    };
    let named = failures.iter().map(|failure| failure.get("itemIdentifier")?.as_str().map(str::to_owned));
    match named.collect::<Option<HashSet<_>>>() {
        Some(named) if named.is_subset(&all()) => named,
        _ => all(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageSystemAttributeName;

    use super::*;

    fn message(id: &str) -> Message {
        Message::builder()
            .message_id(id)
            .receipt_handle("handle")
            .body("{}")
            .md5_of_body("99914b932bd37a50b983c5e7c90ae93b")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "2")
            .build()
    }

    #[test]
    fn a_message_becomes_a_record_as_lambda_writes_it() {
        let expected = json!({ "Records": [{
            "messageId": "a",
            "receiptHandle": "handle",
            "body": "{}",
            "attributes": { "ApproximateReceiveCount": "2" },
            "messageAttributes": {},
            "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:q",
            "awsRegion": REGION,
        }] });
        assert_eq!(sqs_event(&[message("a")], "arn:q"), expected);
    }

    #[test]
    fn only_named_messages_stay_unless_the_answer_makes_no_sense() {
        let messages = [message("a"), message("b")];
        let cases = [
            (json!({ "batchItemFailures": [] }), vec![]),
            (json!({ "batchItemFailures": null }), vec![]),
            (json!({}), vec![]),
            (Value::Null, vec![]),
            (json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] }), vec!["b"]),
            (json!({ "batchItemFailures": [{ "itemIdentifier": "unknown" }] }), vec!["a", "b"]),
            (json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }), vec!["a", "b"]),
            (json!({ "batchItemFailures": [{ "id": "b" }] }), vec!["a", "b"]),
            (json!({ "batchItemFailures": "b" }), vec!["a", "b"]),
            (json!("done"), vec!["a", "b"]),
        ];
        for (answer, stay) in cases {
            let stay = stay.into_iter().map(str::to_owned).collect();
            assert_eq!(failed(&answer, &messages, true), stay, "{answer}");
        }
    }

    #[test]
    fn without_partial_failures_any_answer_is_success() {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "a" }] });
        assert!(failed(&answer, &[message("a")], false).is_empty());
    }
}
