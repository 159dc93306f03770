//! The ways in which a request can name its target.

use serde_json::json;

use crate::{
    Answer, World,
    endpoints::{Ask, Words},
    openapi::Operation,
    targets::Target,
    world::PlayerToken,
};

/// One request without its token.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method in capitals.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The content type of the body.
    pub content_type: &'static str,
    /// The body. Empty if there is none.
    pub body: Vec<u8>,
}

impl Call {
    /// Sends it, with an `Authorization` header if there is one.
    pub async fn send(&self, world: &World, authorization: Option<&str>) -> Answer {
        let authorization = authorization.map(|value| ("authorization", value));
        let headers: Vec<_> = [("content-type", self.content_type)].into_iter().chain(authorization).collect();
        world.send(&self.method, &self.path, &headers, self.body.clone()).await
    }
}

/// Every request that makes an operation work on this target.
pub fn ways(operation: &Operation<'_>, target: &Target) -> Vec<Call> {
    calls(operation, &target.words())
}

/// The requests with which the user of a token names its own person. A second token in a request is
/// made in the same way.
pub fn own_ways(world: &World, operation: &Operation<'_>, target: &Target, token: PlayerToken) -> Vec<Call> {
    let words = target.words().with("other_token", token.make(world, &target.other, &[]));
    match operation.endpoint().own.filter(|_| !operation.is_call()) {
        Some(own) => own.iter().map(|ask| call(operation, *ask, &words)).collect(),
        None => calls(operation, &words),
    }
}

/// Every form of request of an operation, with these words.
pub fn calls(operation: &Operation<'_>, words: &Words) -> Vec<Call> {
    if operation.is_call() {
        let encoded = encodings(words.word("userId")).into_iter();
        return encoded
            .map(|(content_type, body)| Call { content_type, body, ..call(operation, Ask::Nothing, words) })
            .collect();
    }
    operation.endpoint().ways.iter().map(|ask| call(operation, *ask, words)).collect()
}

/// One of these forms. Only the words that it uses are needed.
pub fn way(operation: &Operation<'_>, index: usize, words: &Words) -> Call {
    if operation.is_call() {
        return calls(operation, words).swap_remove(index);
    }
    call(operation, operation.endpoint().ways[index], words)
}

fn call(operation: &Operation<'_>, ask: Ask, words: &Words) -> Call {
    let path = words.path(operation.path);
    let (path, body) = match ask {
        Ask::Nothing => (path, String::new()),
        Ask::Query(query) => (format!("{path}?{}", words.query(query)), String::new()),
        Ask::Body(body) => (path, words.text(body)),
        Ask::Form(form) => (path, words.query(form)),
    };
    let content_type = match ask {
        Ask::Form(_) => "application/x-www-form-urlencoded",
        Ask::Nothing | Ask::Query(_) | Ask::Body(_) => "application/json",
    };
    Call { method: operation.method.clone(), path, content_type, body: body.into_bytes() }
}

/// A call's message in every encoding.
fn encodings(user_id: &str) -> [(&'static str, Vec<u8>); 3] {
    let length = u8::try_from(user_id.len()).expect("a short id");
    let message = [&[0x0A, length], user_id.as_bytes()].concat();
    let frame = [&[0, 0, 0, 0, length + 2], message.as_slice()].concat();
    [
        ("application/json", json!({ "userId": user_id }).to_string().into_bytes()),
        ("application/proto", message),
        ("application/grpc-web+proto", frame),
    ]
}
