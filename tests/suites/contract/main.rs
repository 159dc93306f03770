//! Tokens, validation and errors, byte for byte.

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

use tests::{
    Answer, World,
    endpoints::Words,
    openapi::{Document, Operation},
};

const CREATE: &str = "/users/v1/platform-user";
const NO_ONE: &str = "00000000-0000-4000-8000-000000000000";

const DEACTIVATE: &str = "/v2/users/00000000-0000-4000-8000-000000000000/deactivate";
const USER: &str = "/v2/users/00000000-0000-4000-8000-000000000000";

/// Method and path of every REST route of one dialect that takes a token, about a user that does not exist. Calls over
/// Connect and gRPC-Web are in the suite `states`.
fn routes(of: fn(&Operation<'_>) -> bool) -> Vec<(String, String)> {
    let words = Words::new([("person_id", NO_ONE), ("player_uuid", NO_ONE), ("userId", NO_ONE)]);
    let operations = Document::built_in().operations();
    let operations =
        operations.iter().filter(|operation| operation.takes_token() && of(operation) && !operation.is_call());
    operations.map(|operation| (operation.method.clone(), words.path(operation.path))).collect()
}

fn rallyhere() -> Vec<(String, String)> {
    routes(|operation| !operation.is_zitadel())
}

fn zitadel() -> Vec<(String, String)> {
    routes(|operation| operation.is_zitadel())
}

/// Status and body, for short assertions.
fn verdict(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.text)
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Sends a POST of these bytes as JSON, as a caller with every permission.
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
