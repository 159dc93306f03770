//! Bodies of requests: through the event adapter, a good token and the endpoint, to the wire.
//!
//! An input is a content type, a line feed, and the body.

use super::{answer::HttpReply, functions, routes, routes::Route};

/// An endpoint that reads a body.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name here.
    pub name: &'static str,
    /// The name of its corpus. Endpoints with like readers share one.
    pub corpus: &'static str,
    /// Its route.
    pub route: Route,
    /// Every status that it may answer to a caller with every permission while the tables are empty.
    answers: &'static [u16],
    /// Every field of its request: what a 422 may name.
    pub fields: &'static [&'static str],
    dialect: Dialect,
    types: &'static [&'static str],
    bodies: &'static [&'static [u8]],
}

#[derive(Debug, Clone, Copy)]
enum Dialect {
    RallyHere,
    Zitadel,
}

/// All of them.
pub static ENDPOINTS: [Endpoint; 15] = [
    Endpoint {
        answers: &[201, 413, 422],
        ..rallyhere(
            "create-platform-user",
            routes::CREATE,
            &["platform", "platform_user_id", "display_name"],
            &[
                br#"{"platform":"Steam","platform_user_id":"42","display_name":"Ada"}"#,
                br#"{"platform":"iosDevice","platform_user_id":42,"display_name":null}"#,
            ],
        )
    },
    rallyhere(
        "enable-cross-progression",
        routes::ENABLE,
        PAIR,
        &[br#"{"platform":"Epic","platform_user_id":"42"}"#, b"", b"null"],
    ),
    rallyhere(
        "disable-cross-progression",
        routes::DISABLE,
        &["person_id", "platform", "platform_user_id"],
        &[
            br#"{"person_id":"00000000-0000-4000-8000-000000000000"}"#,
            br#"{"platform":"Epic","platform_user_id":"42"}"#,
            b"",
        ],
    ),
    rallyhere(
        "link-platform-user",
        routes::LINK,
        &[
            "leader_person_id",
            "leader_platform",
            "leader_platform_user_id",
            "follower_platform",
            "follower_platform_user_id",
            "scheme",
            "credentials",
        ],
        &[
            br#"{"leader_person_id":"{00000000000040008000000000000000}","follower_platform":"Epic","follower_platform_user_id":"42"}"#,
            br#"{"leader_platform":"Steam","leader_platform_user_id":"1","follower_platform":"PSN","follower_platform_user_id":"2"}"#,
            br#"{"scheme":"Bearer","credentials":"@player","follower_platform":"PSN","follower_platform_user_id":"2"}"#,
        ],
    ),
    rallyhere(
        "unlink-platform-user",
        routes::UNLINK,
        PAIR,
        &[br#"{"platform":"Discord","platform_user_id":"42"}"#, b""],
    ),
    Endpoint {
        answers: &[404, 413, 422],
        ..rallyhere(
            "queue-person-purge",
            routes::QUEUE_PURGE,
            &["suggested_purge_time"],
            &[
                br#"{"suggested_purge_time":"2026-11-22T08:25:07.123456+01:30"}"#,
                br#"{"suggested_purge_time":1795335907.5}"#,
                br#"{"suggested_purge_time":"1795335907123"}"#,
                b"{}",
            ],
        )
    },
    over_rest("deactivate-user", routes::DEACTIVATE),
    over_rest("reactivate-user", routes::REACTIVATE),
    over_rest("lock-user", routes::LOCK),
    over_rest("unlock-user", routes::UNLOCK),
    as_call("DeactivateUser", routes::CALL_DEACTIVATE),
    as_call("ReactivateUser", routes::CALL_REACTIVATE),
    as_call("LockUser", routes::CALL_LOCK),
    as_call("UnlockUser", routes::CALL_UNLOCK),
    as_call("GetUserByID", routes::CALL_GET),
];

const PAIR: &[&str] = &["platform", "platform_user_id"];

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

const fn rallyhere(
    name: &'static str,
    route: Route,
    fields: &'static [&'static str],
    bodies: &'static [&'static [u8]],
) -> Endpoint {
    let types = &["application/json", "", "application/vnd.api+json; charset=utf-8"];
    let dialect = Dialect::RallyHere;
    Endpoint { name, corpus: "body", route, answers: &[400, 413, 422], fields, dialect, types, bodies }
}

const fn over_rest(name: &'static str, route: Route) -> Endpoint {
    Endpoint {
        name,
        corpus: "state-change",
        route,
        answers: &[200, 400, 404, 413, 415],
        fields: &[],
        dialect: Dialect::Zitadel,
        types: ENCODINGS,
        bodies: USER_REQUESTS,
    }
}

const fn as_call(name: &'static str, route: Route) -> Endpoint {
    Endpoint { answers: &[200, 400, 404, 413, 415, 429], ..over_rest(name, route) }
}

impl Endpoint {
    /// What must come of some: every answer but those to a body that is too large.
    pub fn outcomes(&self) -> Vec<String> {
        self.answers.iter().filter(|status| ![413, 429].contains(*status)).map(u16::to_string).collect()
    }

    /// Good inputs, and one that is not.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let bodies = || self.bodies.iter().copied().chain([&b"1"[..]]);
        let pairs = self.types.iter().flat_map(|kind| bodies().map(move |body| (kind.as_bytes(), body)));
        pairs.map(|(kind, body)| [kind, b"\n", body].concat()).collect()
    }

    /// Sends one input and checks the answer: its status.
    pub fn run(&self, input: &[u8]) -> String {
        let line = input.iter().position(|byte| *byte == b'\n');
        let (kind, body) = line.map_or((&b""[..], input), |line| (&input[..line], &input[line + 1..]));
        // What is no text cannot stand in an event.
        let Ok(kind) = str::from_utf8(kind) else { return NO_HEADER.to_owned() };
        let body = match str::from_utf8(body) {
            Ok(text) => functions::with_tokens(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        let event = self.route.event_with(&functions::with_tokens(AUTHORIZATION), kind, &body);
        let response = functions::invoke(self.route.function, event).expect("a function").expect("an answer");
        let answer = HttpReply::read(&response);
        if !is_header_value(kind) {
            assert!(answer.is_bad_request(), "{} takes a header that is none", self.name);
            return NO_HEADER.to_owned();
        }
        assert!(self.answers.contains(&answer.status), "{} answers {}", self.name, answer.status);
        match self.dialect {
            Dialect::Zitadel => answer.check_zitadel(self.route.path),
            Dialect::RallyHere if answer.status < 300 => {}
            Dialect::RallyHere => answer.check_rallyhere(self.fields),
        }
        answer.status.to_string()
    }
}

/// Of a caller with every permission.
const AUTHORIZATION: &str = "Bearer @admin";
const NO_HEADER: &str = "no header";

/// RFC 9110 section 5.5: no control characters but tabs.
fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
}
