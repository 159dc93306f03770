//! The outcomes of each operation, as the OpenAPI document lists them.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{Answer, openapi::Operation};

use crate::row::DONE;

/// All problems of the input are one outcome, since the endpoint has made no call when it finds
/// one.
pub(crate) const INVALID: &str = "422";

/// Every outcome of an operation: that it is done, and each refusal with a name.
pub(crate) fn outcomes(operation: &Operation<'_>) -> BTreeSet<String> {
    let mut outcomes = BTreeSet::from([DONE.to_owned()]);
    for (status, response) in operation.responses() {
        let examples = response["content"]["application/json"]["examples"].as_object();
        for name in examples.into_iter().flat_map(|examples| examples.keys()).filter(|name| *name != "gateway") {
            outcomes.insert(if status == 422 { INVALID.to_owned() } else { name.clone() });
        }
    }
    outcomes
}

/// Whether this answer has that outcome.
pub(crate) fn is(operation: &Operation<'_>, outcome: &str, answer: &Answer) -> bool {
    if outcome == DONE {
        return operation.successes().iter().any(|(status, _)| *status == answer.status);
    }
    if outcome == INVALID {
        return answer.status == 422;
    }
    let (status, example) = example(operation, outcome);
    let said = answer.json();
    status == answer.status
        && if operation.is_zitadel() {
            without_id(&said["message"]) == without_id(&example["message"])
        } else {
            said["error_code"] == example["error_code"]
        }
}

fn example<'d>(operation: &Operation<'d>, outcome: &str) -> (u16, &'d Value) {
    let responses = operation.responses().into_iter();
    let mut examples = responses
        .map(|(status, response)| (status, &response["content"]["application/json"]["examples"][outcome]["value"]));
    examples.find(|(_, example)| !example.is_null()).unwrap_or_else(|| panic!("{} has no {outcome}", operation.id))
}

/// A message without the id of its request.
fn without_id(message: &Value) -> Option<&str> {
    message.as_str().and_then(|message| message.split("(request ").next())
}
