//! Events as AWS documents them, with every field.

use serde_json::{Value, json};

/// The event that API Gateway makes of a request (payload 2.0).
pub fn gateway() -> Value {
    parsed(include_str!("api-gateway-v2.json"))
}

/// The event that the event source mapping makes of messages with these ids and bodies.
pub fn batch(messages: &[(&str, &str)]) -> Value {
    let records = messages.iter().map(|(id, body)| {
        let mut record = parsed(include_str!("sqs-record.json"));
        record["messageId"] = json!(id);
        record["body"] = json!(body);
        record
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

/// The event of the schedule.
pub fn schedule() -> Value {
    parsed(include_str!("schedule.json"))
}

fn parsed(event: &str) -> Value {
    serde_json::from_str(event).expect("the event is JSON")
}
