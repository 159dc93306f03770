//! The errors of every operation are those that its function can answer, no more and no fewer.

use std::collections::{BTreeMap, BTreeSet};

use roster_local::functions::refusals;
use serde_json::Value;
use shared::auth::AuthError;
use tests::openapi::{Document, Operation};

/// What FastAPI and pydantic call the problems of a request.
const PROBLEM_TYPES: [&str; 12] = [
    "json_invalid",
    "type_error",
    "type_error.dict",
    "type_error.enum",
    "type_error.none.not_allowed",
    "type_error.str",
    "type_error.uuid",
    "value_error",
    "value_error.any_str.max_length",
    "value_error.any_str.min_length",
    "value_error.datetime",
    "value_error.missing",
];

type Codes = BTreeMap<u16, BTreeSet<String>>;

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// The function's own refusals, and what its dialect has for everybody.
fn expected(operation: &Operation<'_>) -> Codes {
    let mut codes = Codes::new();
    let own = refusals(operation.function());
    assert!(!own.is_empty(), "{} refuses nothing", operation.id);
    for (status, code) in &own {
        codes.entry(*status).or_default().insert((*code).to_owned());
    }
    let mut add = |status: u16, more: &[&str]| codes.entry(status).or_default().extend(set(more));
    add(400, &["bad_request"]);
    add(429, &[]);
    add(431, &[]);
    if operation.is_zitadel() {
        let reads = operation.method == "POST";
        add(400, if reads { &["invalid_user_id", "malformed_body"] } else { &["invalid_user_id"] });
        add(401, &["AUTH-7fs1e", "AUTH-toLo1", "no_token"]);
        add(403, &["AUTH-AWfge"]);
        add(if operation.is_call() { 429 } else { 413 }, &["request_too_large"]);
        add(413, &[]);
        add(500, &["internal"]);
        add(503, &["unavailable"]);
        if reads {
            add(415, &["unsupported_content_type"]);
        }
        if operation.is_call() {
            add(400, &["unsupported_compression"]);
        }
    } else {
        let tokens: Vec<_> = AuthError::CODES.iter().map(|(code, _)| *code).collect();
        add(403, &tokens);
        // Who tells strangers that they cannot modify the person does not tell them to get a permission.
        if !own.contains(&(400, "cannot_modify_person")) {
            add(403, &["insufficient_permissions"]);
        }
        add(413, &["request_too_large"]);
        add(422, &PROBLEM_TYPES);
        add(500, &["internal_error"]);
        add(503, &["unavailable"]);
    }
    codes
}

fn errors<'d>(operation: &Operation<'d>) -> impl Iterator<Item = (u16, &'d Value)> {
    let errors = operation.responses().into_iter().filter(|(status, _)| *status >= 300);
    errors.map(|(status, response)| (status, &response["content"]["application/json"]))
}

/// The codes that the schema of a status lets through, besides what the gateway says.
fn in_schema(content: &Value) -> Option<BTreeSet<String>> {
    let schema = &content["schema"];
    let own = if schema["anyOf"].is_array() { &schema["anyOf"][0] } else { schema };
    let places = ["/properties/error_code/enum", "/properties/detail/items/properties/type/enum"];
    let codes = places.iter().find_map(|place| own.pointer(place))?;
    Some(codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[test]
fn an_operation_has_an_example_for_each_code_that_its_function_answers() {
    let document = Document::load();
    for operation in document.operations() {
        let documented: Codes = errors(&operation)
            .map(|(status, content)| {
                let names = content["examples"].as_object().unwrap().keys().filter(|name| *name != "gateway").cloned();
                (status, names.collect())
            })
            .collect();
        assert_eq!(documented, expected(&operation), "{}", operation.id);
    }
}

#[test]
fn the_schema_of_a_status_lists_exactly_its_codes() {
    let document = Document::load();
    for operation in document.operations().iter().filter(|operation| !operation.is_zitadel()) {
        let mut expected = expected(operation);
        expected.retain(|_, codes| !codes.is_empty());
        let listed: Codes =
            errors(operation).filter_map(|(status, content)| Some((status, in_schema(content)?))).collect();
        assert_eq!(listed, expected, "{}", operation.id);
    }
}

#[test]
fn the_schema_of_a_zitadel_status_lists_exactly_its_numbers_and_ids() {
    let document = Document::load();
    for operation in document.operations().iter().filter(|operation| operation.is_zitadel()) {
        let refused: BTreeSet<_> = refusals(operation.function()).into_iter().collect();
        for (status, content) in errors(operation) {
            let schema = &content["schema"];
            let own = if schema["anyOf"].is_array() { &schema["anyOf"][0] } else { schema };
            let mut own_ids: BTreeSet<_> = refused.iter().filter(|(of, _)| *of == status).map(|(_, id)| *id).collect();
            match status {
                401 => own_ids.extend(["AUTH-7fs1e", "AUTH-toLo1"]),
                403 => own_ids.extend(["AUTH-AWfge"]),
                _ => {}
            }
            let (number, name): (&[u64], &[&str]) = match status {
                400 if own_ids.is_empty() => (&[3], &["invalid_argument", "unimplemented"]),
                400 => (&[9, 3], &["failed_precondition", "invalid_argument", "unimplemented"]),
                401 => (&[16], &["unauthenticated"]),
                403 => (&[7], &["permission_denied"]),
                404 => (&[5], &["not_found"]),
                413 if !operation.is_call() => (&[8], &["resource_exhausted"]),
                429 if operation.is_call() => (&[8], &["resource_exhausted"]),
                415 => (&[12], &["unimplemented"]),
                500 => (&[13], &["internal"]),
                503 => (&[14], &["unavailable"]),
                _ => continue,
            };
            // A content type that is none of Connect's is answered as over REST.
            let codes =
                if operation.is_call() && status != 415 { serde_json::json!(name) } else { serde_json::json!(number) };
            assert_eq!(own["properties"]["code"]["enum"], codes, "{} {status}", operation.id);
            if !operation.is_call() {
                let ids = &own["properties"]["details"]["items"]["properties"]["id"]["enum"];
                let ids = ids.as_array().into_iter().flatten().map(|id| id.as_str().unwrap()).collect::<BTreeSet<_>>();
                assert_eq!(ids, own_ids, "{} {status}", operation.id);
            }
        }
    }
}

#[test]
fn an_example_says_the_code_that_it_is_named_after() {
    let document = Document::load();
    for operation in document.operations() {
        for (status, content) in errors(&operation) {
            for (name, example) in content["examples"].as_object().unwrap() {
                let body = &example["value"];
                let says = [
                    body["error_code"].as_str() == Some(name),
                    body["detail"][0]["type"].as_str() == Some(name),
                    body["message"].as_str().is_some_and(|message| {
                        message.ends_with(&format!("({name})"))
                            || !name.contains('-') && !message.contains('(')
                            || message.contains("(request ")
                    }),
                ];
                assert!(says.contains(&true), "{} {status}: {name} is {body}", operation.id);
            }
        }
    }
}
