//! Tokens, validation and errors, byte for byte (reference/rallyhere.md and reference/zitadel.md).

mod audit;
mod bodies;
mod configuration;
mod cors;
mod failures;
mod gateway;
mod order;
mod prefixes;
mod times;
mod tokens;

use tests::{Answer, World};

const CREATE: &str = "/users/v1/platform-user";
const NO_ONE: &str = "00000000-0000-4000-8000-000000000000";

/// Every route of the RallyHere dialect.
const RALLYHERE: [(&str, &str); 10] = [
    ("POST", CREATE),
    ("GET", CREATE),
    ("GET", "/users/v2/player/00000000-0000-4000-8000-000000000000/links"),
    ("POST", "/users/v1/cross-progression/enable"),
    ("POST", "/users/v1/cross-progression/disable"),
    ("POST", "/users/v1/link"),
    ("POST", "/users/v1/unlink"),
    ("POST", "/users/v1/person/00000000-0000-4000-8000-000000000000/purge"),
    ("GET", "/users/v1/person/00000000-0000-4000-8000-000000000000/purge"),
    ("DELETE", "/users/v1/person/00000000-0000-4000-8000-000000000000/purge"),
];

/// Every REST route of the ZITADEL dialect; its calls are in the suite of states.
const ZITADEL: [(&str, &str); 5] = [
    ("POST", "/v2/users/00000000-0000-4000-8000-000000000000/deactivate"),
    ("POST", "/v2/users/00000000-0000-4000-8000-000000000000/reactivate"),
    ("POST", "/v2/users/00000000-0000-4000-8000-000000000000/lock"),
    ("POST", "/v2/users/00000000-0000-4000-8000-000000000000/unlock"),
    ("GET", "/v2/users/00000000-0000-4000-8000-000000000000"),
];

/// Status and body, for one assertion.
fn verdict(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.text)
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// POST of these bytes as JSON, as a caller with every permission.
async fn post(world: &World, path: &str, body: impl Into<bytes::Bytes>) -> Answer {
    let headers = [("authorization", &*bearer(&world.admin())), ("content-type", "application/json")];
    world.send("POST", path, &headers, body).await
}

fn refused(auth_success: bool, code: &str, desc: &str) -> String {
    format!(r#"{{"auth_success":{auth_success},"error_code":"{code}","desc":"{desc}"}}"#)
}

fn request_id(answer: &Answer) -> String {
    answer.header("apigw-requestid").expect("the gateway's id").to_owned()
}
