//! The rules of every answer of an HTTP function, whatever the request was.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// An answer as API Gateway reads it.
#[derive(Debug)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The content type, if there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// Reads a function's response. It must be valid, not a 5xx, and JSON if its content type says
    /// so.
    pub fn read(response: &Value) -> Self {
        let status = response["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.filter(|status| (200..500).contains(status));
        let status = status.unwrap_or_else(|| panic!("the status is {}", response["statusCode"]));
        let text = response["body"].as_str().unwrap_or_default();
        let body = match response["isBase64Encoded"].as_bool().expect("isBase64Encoded") {
            true => STANDARD.decode(text).expect("base64"),
            false => text.as_bytes().to_vec(),
        };
        let headers = response["headers"].as_object().expect("headers");
        let content_type = headers.get("content-type").map(|value| value.as_str().expect("text").to_owned());
        assert_eq!(content_type.is_some(), !body.is_empty(), "a body and its type come together");
        let answer = Self { status, content_type, body };
        if answer.content_type.as_deref() == Some("application/json") {
            answer.json();
        }
        answer
    }

    /// The body as JSON. Fails if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    /// Whether the request could not be read at all. Such an answer is in REST's form, since no
    /// header names another encoding.
    pub fn is_bad_request(&self) -> bool {
        let rallyhere = br#"{"auth_success":true,"error_code":"bad_request","desc":"Bad Request"}"#;
        let zitadel = br#"{"code":3,"message":"Bad Request"}"#;
        self.status == 400 && [&rallyhere[..], zitadel].contains(&&*self.body)
    }

    /// Checks an error of the RallyHere dialect. `fields` are the names that a 422 may use.
    pub fn check_rallyhere(&self, fields: &[&str]) {
        let body = self.json();
        let members = body.as_object().expect("an object");
        if self.status == 422 {
            assert_eq!(names(members), ["detail"]);
            let problems = body["detail"].as_array().expect("a list");
            assert!(!problems.is_empty(), "a 422 has a problem");
            problems.iter().for_each(|problem| check_problem(problem, fields));
        } else {
            const OF_LOGIN: [&str; 4] = ["needs_eula", "needs_privacy_policy", "needs_tos", "restrictions"];
            let mut names = names(members);
            if members.contains_key("restrictions") {
                names.retain(|name| !OF_LOGIN.contains(&name.as_str()));
                assert_eq!((self.status, names.len()), (403, members.len() - OF_LOGIN.len()));
            }
            assert_eq!(names, ["auth_success", "desc", "error_code"]);
            assert!(body["auth_success"].is_boolean() && body["desc"].is_string() && body["error_code"].is_string());
        }
    }

    /// Checks an error of the ZITADEL dialect in any encoding.
    pub fn check_zitadel(&self, path: &str) {
        if self.content_type.as_deref() == Some("application/grpc-web+proto") {
            assert_eq!(self.status, 200);
            return check_frames(&self.body);
        }
        let body = self.json();
        let names = names(body.as_object().expect("an object"));
        assert!(names.iter().all(|name| ["code", "details", "message"].contains(&name.as_str())), "{names:?}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "a message");
        // A request in no encoding of a call is answered as over REST: with 415, and with 413 where
        // a call gets 429.
        let is_call = path.starts_with("/zitadel.") && ![413, 415].contains(&self.status);
        let (number, name) = (body["code"].as_u64(), body["code"].as_str());
        assert!(if is_call { name.is_some() } else { number.is_some_and(|code| (1..=16).contains(&code)) }, "{body}");
    }
}

/// Checks that frames of gRPC-Web have the length that they state, and that the last one holds the
/// trailers.
fn check_frames(mut body: &[u8]) {
    while let Some((&[flag, a, b, c, d], rest)) = body.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).expect("a length");
        let (frame, rest) = rest.split_at_checked(length).expect("a whole frame");
        if flag == 0x80 {
            let trailers = str::from_utf8(frame).expect("text");
            assert!(
                rest.is_empty() && trailers.starts_with("grpc-status: ") && trailers.ends_with("\r\n"),
                "{trailers:?}"
            );
            return;
        }
        body = rest;
    }
    panic!("there are no trailers");
}

/// Checks one item of a 422, as FastAPI writes it. It names our fields, and never repeats the
/// caller's text.
fn check_problem(problem: &Value, fields: &[&str]) {
    let members = problem.as_object().expect("an object");
    let known = ["ctx", "input", "loc", "msg", "type"];
    assert!(members.keys().all(|name| known.contains(&name.as_str())), "{:?}", names(members));
    for text in ["msg", "type"] {
        assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{text}");
    }
    let loc = problem["loc"].as_array().expect("loc");
    let place = loc.first().and_then(Value::as_str).expect("a place");
    assert!(["body", "path", "query"].contains(&place), "{place}");
    let is_ours = |step: &Value| step.is_u64() || step.as_str().is_some_and(|name| fields.contains(&name));
    assert!(loc.len() <= 2 && loc.iter().skip(1).all(is_ours), "{loc:?}");
    if problem["type"] == "json_invalid" {
        assert!(loc.get(1).is_some_and(Value::is_u64) && problem["input"] == serde_json::json!({}), "{problem}");
    }
}

fn names(members: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<_> = members.keys().cloned().collect();
    names.sort();
    names
}
