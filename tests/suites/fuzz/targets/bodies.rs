//! Bodies of requests with a valid token, through the event adapter and the endpoint to the wire.
//!
//! An input is a content type, a line feed, and the body.

use std::sync::LazyLock;

use tests::{
    endpoints::{Ask, Words},
    openapi::{Document, Operation},
};

use super::{answer::HttpReply, functions, routes::Route};

/// An endpoint that reads a body.
#[derive(Debug)]
pub struct Endpoint(Operation<'static>);

/// All endpoints that read a body.
pub static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let operations = Document::built_in().catalogued().into_iter();
    operations.filter(|operation| operation.value["requestBody"].is_object()).map(Endpoint).collect()
});

/// JSON, a Protocol Buffers message, and the same in a frame of gRPC-Web.
const USER_REQUESTS: &[&[u8]] = &[
    b"",
    b"{}",
    br#"{"userId":"00000000-0000-4000-8000-000000000000"}"#,
    b"\x0a\x2400000000-0000-4000-8000-000000000000",
    b"\0\0\0\0\x26\x0a\x2400000000-0000-4000-8000-000000000000",
];
const ENCODINGS: &[&str] = &[
    "application/json",
    "application/proto",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc",
    "text/plain",
];

/// The content types of a form that is no JSON too.
const FORM_TYPES: &[&str] = &["application/x-www-form-urlencoded", "", "application/x-www-form-urlencoded; charset=x"];

const JSON_TYPES: &[&str] = &["application/json", "", "application/vnd.api+json; charset=utf-8"];

impl Endpoint {
    /// The operation.
    pub fn operation(&self) -> &Operation<'static> {
        &self.0
    }

    /// The name of the endpoint in this suite.
    pub fn name(&self) -> &'static str {
        self.0.id
    }

    /// The name of its corpus. Endpoints with similar readers share one.
    pub fn corpus(&self) -> &'static str {
        if self.0.is_zitadel() { "state-change" } else { "body" }
    }

    /// The readers of its request: the fields, or the encoding if all endpoints of the dialect have
    /// the same body.
    pub fn readers(&self) -> Vec<&'static str> {
        match (self.0.is_zitadel(), self.0.is_call()) {
            (true, true) => vec!["a call"],
            (true, false) => vec!["a change over REST"],
            _ => self.0.fields(),
        }
    }

    /// Every status that it can give to a caller with every permission while the tables are empty.
    fn answers(&self) -> Vec<u16> {
        let missing = self.0.endpoint().missing;
        match (self.0.is_zitadel(), self.0.is_call()) {
            (true, true) => vec![200, 400, missing, 413, 415, 429],
            (true, false) => vec![200, 400, missing, 413, 415],
            // Another grant is refused, and so is what is not a refresh token.
            _ if self.0.id == "log-in" => vec![missing, 403, 413, 422],
            _ => vec![missing, 413, 422],
        }
    }

    /// The outcomes that must occur: every answer but those to a body that is too large.
    pub fn outcomes(&self) -> Vec<String> {
        self.answers().iter().filter(|status| ![413, 429].contains(*status)).map(u16::to_string).collect()
    }

    /// Valid inputs, and one invalid one.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let (types, mut bodies) = match (self.0.is_zitadel(), self.0.body_schema().is_object()) {
            (true, _) => (ENCODINGS, USER_REQUESTS.iter().map(|body| body.to_vec()).collect()),
            (false, true) => (JSON_TYPES, self.good_bodies()),
            (false, false) => (FORM_TYPES, self.good_bodies()),
        };
        bodies.push(b"1".to_vec());
        let pairs = types.iter().flat_map(|kind| bodies.iter().map(move |body| (kind.as_bytes(), body.as_slice())));
        pairs.map(|(kind, body)| [kind, b"\n", body].concat()).collect()
    }

    /// The bodies of the catalogue.
    fn good_bodies(&self) -> Vec<Vec<u8>> {
        let words = Words::new([
            ("platform", "Steam"),
            ("platform_user_id", "42"),
            ("display_name", "Ada"),
            ("person_id", "00000000-0000-4000-8000-000000000000"),
            ("other_platform", "PSN"),
            ("other_platform_user_id", "2"),
            ("other_token", functions::PLAYER),
            ("access_token", functions::PLAYER),
            ("refresh_token", "AQFmxP806PxMCafJfByd"),
        ]);
        let endpoint = self.0.endpoint();
        let asked = endpoint.ways.iter().chain(endpoint.own.into_iter().flatten()).map(|ask| match ask {
            Ask::Body(body) | Ask::Form(body) => *body,
            Ask::Nothing | Ask::Query(_) => "",
        });
        asked.chain(endpoint.spellings.iter().copied()).map(|body| words.text(body).into_bytes()).collect()
    }

    /// Sends one input and checks the answer. Returns its status.
    pub fn run(&self, input: &[u8]) -> String {
        let line = input.iter().position(|byte| *byte == b'\n');
        let (kind, body) = line.map_or((&b""[..], input), |line| (&input[..line], &input[line + 1..]));
        // An event cannot hold bytes that are not text.
        let Ok(kind) = str::from_utf8(kind) else { return NO_HEADER.to_owned() };
        let body = match str::from_utf8(body) {
            Ok(text) => functions::with_tokens(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        let authorization = self.0.authorization(functions::ADMIN).unwrap_or_default();
        let event = Route::from(&self.0).event_with(&functions::with_tokens(&authorization), kind, &body);
        let response = functions::invoke(self.0.function(), event).expect("a function").expect("an answer");
        let answer = HttpReply::read(&response);
        if !is_header_value(kind) {
            assert!(answer.is_bad_request(), "{} takes a header that is none", self.name());
            return NO_HEADER.to_owned();
        }
        assert!(self.answers().contains(&answer.status), "{} answers {}", self.name(), answer.status);
        if self.0.is_zitadel() {
            answer.check_zitadel(self.0.path);
        } else if answer.status >= 300 {
            answer.check_rallyhere(&self.0.fields());
        }
        answer.status.to_string()
    }
}
const NO_HEADER: &str = "no header";

/// Whether a text is a header value: it has no control characters but tabs (RFC 9110 section 5.5).
fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
}
