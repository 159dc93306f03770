//! Events as a trigger sends them, and events that no trigger sends.
//!
//! An input is the name of a function, a line feed, and the event as JSON.

use std::collections::HashSet;

use serde_json::{Value, json};
use shared::lambda::InvocationProblem;
use tests::openapi::{Document, Operation};

use super::{answer::HttpReply, bodies::ENDPOINTS, functions, routes::Route};

const CREATE: &str = "create-platform-user";
const UNROUTED: &str = "answer-unrouted";
const WORKER: &str = "purge-person";
/// The functions that a schedule calls. They do not read the event.
const TASKS: [&str; 2] = ["dispatch-due-purges", "seal-receipts"];

/// The outcomes that must occur.
pub const OUTCOMES: [&str; 8] = ["done", "refused", "201", "400", "403", "404", "405", "422"];

/// A valid event for every function, and some invalid ones.
pub fn seeds() -> Vec<Vec<u8>> {
    let operations = Document::built_in().operations();
    let routed = operations.iter().map(|operation| {
        let mut event = Route::from(operation).event();
        if operation.body_schema().is_object() {
            event["body"] = json!(r#"{"platform":"Steam","platform_user_id":"42"}"#);
        }
        (operation.function(), event)
    });
    let unrouted = Route { method: "PATCH", path: "/users/v1/link" };
    let create = Operation::built_in(CREATE);
    let others = [
        (UNROUTED, unrouted.event()),
        (CREATE, Route::from(create).event()),
        (CREATE, without_token(Route::from(create))),
        (WORKER, batch()),
        (WORKER, json!({})),
    ];
    let tasks = TASKS.map(|task| (task, tests::events::schedule()));
    let all = routed.chain(others).chain(tasks);
    all.map(|(function, event)| format!("{function}\n{event}").into_bytes()).collect()
}

/// The functions that the seeds call.
pub fn functions() -> Vec<String> {
    let name = |seed: Vec<u8>| String::from_utf8_lossy(&seed).lines().next().unwrap_or_default().to_owned();
    seeds().into_iter().map(name).collect()
}

/// Calls a function. It must answer, or report that the event is not one of its trigger.
pub fn run(input: &[u8]) -> String {
    let parts = str::from_utf8(input).ok().and_then(|text| text.split_once('\n'));
    let Some((function, event)) = parts else { return "no text".to_owned() };
    // The runtime itself refuses an event that is not JSON.
    let event = serde_json::from_str::<Value>(&functions::with_tokens(event));
    let Ok(event) = event else { return "no JSON".to_owned() };
    let Some(answer) = functions::invoke(function, event.clone()) else { return "no function".to_owned() };
    let response = match answer {
        Ok(response) => response,
        Err(InvocationProblem::Event) if !TASKS.contains(&function) => {
            return "refused".to_owned();
        }
        Err(error) => panic!("{function} fails: {error}"),
    };
    match function {
        task if TASKS.contains(&task) => assert!(response.is_null()),
        WORKER => check_batch(&event, &response),
        _ => {
            let answer = HttpReply::read(&response);
            if answer.status == 422 {
                let fields = ENDPOINTS.iter().flat_map(|endpoint| endpoint.operation().fields());
                let fields: Vec<_> = fields.chain(["person_id", "player_uuid"]).collect();
                answer.check_rallyhere(&fields);
            }
            return answer.status.to_string();
        }
    }
    "done".to_owned()
}

/// Checks that only messages of this batch stay in the queue, and that every foreign message does.
fn check_batch(event: &Value, response: &Value) {
    let failed = response["batchItemFailures"].as_array().expect("batchItemFailures");
    let failed: HashSet<_> = failed.iter().map(|item| item["itemIdentifier"].as_str().expect("a name")).collect();
    // Serde also accepts a list with the members in order, which no trigger writes.
    let records = event["Records"].as_array().filter(|records| records.iter().all(Value::is_object));
    let Some(records) = records else { return };
    let ids: HashSet<_> = records.iter().map(message_id).collect();
    assert!(failed.is_subset(&ids), "a stranger failed");
    for record in records {
        let is_ours = record["body"].as_str().is_some_and(|body| body.contains("_id") || body.trim().starts_with('['));
        assert!(is_ours || failed.contains(message_id(record)), "a record that says nothing counts as handled");
    }
}

fn message_id(record: &Value) -> &str {
    record["messageId"].as_str().unwrap_or_default()
}

fn without_token(route: Route<'_>) -> Value {
    let mut event = route.event();
    event["headers"].as_object_mut().expect("an object").remove("authorization");
    event
}

fn batch() -> Value {
    let message =
        r#"{"person_id":"00000000-0000-4000-8000-000000000000","purge_id":"00000000-0000-4000-8000-000000000001"}"#;
    tests::events::batch(&[("m0", message), ("m1", message), ("m2", "poison")])
}
