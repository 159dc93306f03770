//! The document lists exactly the errors that the function of each operation can answer.

use std::collections::{BTreeMap, BTreeSet};

use roster_local::functions::{describer, refusals};
use serde_json::{Value, json};
use shared::auth::TokenProblem;
use tests::openapi::{Auth, Document, Operation, unlisted};

/// The names that FastAPI and pydantic give to the problems of a request.
const PROBLEM_TYPES: [&str; 13] = [
    "json_invalid",
    "type_error",
    "type_error.bool",
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

/// The function's own refusals, and those that all operations of its dialect share.
fn expected(operation: &Operation<'_>) -> Codes {
    let mut codes = Codes::new();
    let own = refusals(operation.function(), operation.path);
    assert!(describer(operation.function()).is_some(), "there is no endpoint {}", operation.function());
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
        let tokens: Vec<_> = TokenProblem::CODES.iter().map(|(code, _)| *code).collect();
        match operation.auth() {
            Auth::Nothing => {}
            Auth::Client => add(403, &["client_credentials_invalid"]),
            Auth::AnyToken | Auth::Permission => add(403, &tokens),
        }
        if operation.auth() == Auth::Client && !operation.permissions().is_empty() {
            add(403, &["insufficient_permissions"]);
        }
        // An endpoint that answers strangers with `cannot_modify_person` does not name the
        // permission that they lack.
        if operation.auth() == Auth::Permission && !own.contains(&(400, "cannot_modify_person")) {
            add(403, &["insufficient_permissions"]);
        }
        add(413, &["request_too_large"]);
        if operation.validates() {
            add(422, &PROBLEM_TYPES);
        }
        add(500, &["internal_error"]);
        add(503, &["unavailable"]);
    }
    codes
}

fn errors<'d>(operation: &Operation<'d>) -> impl Iterator<Item = (u16, &'d Value)> {
    operation.responses().into_iter().filter(|(status, _)| *status >= 300)
}

fn examples(response: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let examples = response["content"]["application/json"]["examples"].as_object().unwrap();
    examples.iter().map(|(name, example)| (name, &example["value"]))
}

#[test]
fn an_operation_has_an_example_for_each_code_that_its_function_answers() {
    let document = Document::load();
    for operation in document.operations() {
        let documented: Codes = errors(&operation)
            .map(|(status, response)| {
                let names = examples(response).map(|(name, _)| name).filter(|name| *name != "gateway").cloned();
                (status, names.collect())
            })
            .collect();
        assert_eq!(documented, expected(&operation), "{}", operation.id);
    }
}

#[test]
fn a_status_lists_exactly_its_codes() {
    let document = Document::load();
    for operation in document.operations().iter().filter(|operation| !operation.is_zitadel()) {
        let mut expected = expected(operation);
        expected.retain(|_, codes| !codes.is_empty());
        let listed: Codes = errors(operation)
            .filter_map(|(status, response)| {
                let codes = response["x-errors"]["codes"].as_array()?;
                Some((status, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()))
            })
            .collect();
        assert_eq!(listed, expected, "{}", operation.id);
    }
}

#[test]
fn a_zitadel_status_lists_exactly_its_numbers_and_ids() {
    let document = Document::load();
    for operation in document.operations().iter().filter(|operation| operation.is_zitadel()) {
        let refused: BTreeSet<_> = refusals(operation.function(), operation.path).into_iter().collect();
        for (status, response) in errors(operation) {
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
            // A content type that Connect does not know is answered as over REST.
            let codes = if operation.is_call() && status != 415 { json!(name) } else { json!(number) };
            assert_eq!(response["x-errors"]["codes"], codes, "{} {status}", operation.id);
            if !operation.is_call() {
                let ids = response["x-errors"]["ids"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|id| id.as_str().unwrap())
                    .collect::<BTreeSet<_>>();
                assert_eq!(ids, own_ids, "{} {status}", operation.id);
            }
        }
    }
}

#[test]
fn an_example_says_the_code_that_it_is_named_after() {
    let document = Document::load();
    for operation in document.operations() {
        for (status, response) in errors(&operation) {
            for (name, body) in examples(response) {
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

#[test]
fn the_text_of_a_response_names_each_of_its_codes() {
    let document = Document::load();
    for operation in document.operations() {
        for (status, response) in errors(&operation) {
            let text = response["description"].as_str().unwrap();
            for (name, _) in examples(response).filter(|(name, _)| *name != "gateway") {
                assert!(text.contains(&format!("`{name}`")), "{} {status}: {name}", operation.id);
            }
        }
    }
}

#[test]
fn an_answer_with_a_code_that_is_not_listed_is_not_foreseen() {
    let document = Document::load();
    let response = |id: &str, status: u16| {
        let responses = document.operation(id).responses();
        responses.into_iter().find(|(of, _)| *of == status).unwrap().1.clone()
    };
    let rest = |id: &str| json!([{ "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", "id": id, "message": "" }]);
    let link = |success: bool, code: &str| json!({ "auth_success": success, "error_code": code, "desc": "" });
    let cases = [
        ("link-platform-user", 400, link(true, "leader_not_found"), link(true, "user_not_found")),
        ("link-platform-user", 403, link(false, "auth_token_expired"), link(true, "auth_token_expired")),
        ("link-platform-user", 400, link(true, "leader_not_found"), link(false, "leader_not_found")),
        (
            "link-platform-user",
            422,
            json!({ "detail": [{ "type": "type_error.uuid" }] }),
            json!({ "detail": [{ "type": "type_error.uuid" }, { "type": "type_error.float" }] }),
        ),
        ("get-user", 404, json!({ "code": 5 }), json!({ "code": "not_found" })),
        (
            "get-user",
            401,
            json!({ "code": 16, "details": rest("AUTH-7fs1e") }),
            json!({ "code": 16, "details": rest("x") }),
        ),
        (
            "get-user-rpc",
            401,
            json!({ "code": "unauthenticated", "details": [{ "type": "zitadel.v1.ErrorDetail", "value": "" }] }),
            json!({ "code": "unauthenticated", "details": rest("AUTH-7fs1e") }),
        ),
    ];
    for (id, status, good, bad) in cases {
        let response = response(id, status);
        assert_eq!(unlisted(&response, &good), Vec::<String>::new(), "{id} {status}: {good}");
        assert_ne!(unlisted(&response, &bad), Vec::<String>::new(), "{id} {status}: {bad}");
    }
}
