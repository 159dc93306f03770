//! The catalogue of endpoints: the facts that suites and benches need beside `template.yaml` and
//! `openapi.yaml`.
//!
//! A new endpoint gets an entry here. Its route, fields, statuses and permissions are in the two
//! files.

use std::collections::BTreeSet;

use roster_local::template::{RouteKey, Template};

use Ask::{Body, Form, Nothing, Query};

use crate::world::percent;

/// One operation, and the call over Connect and gRPC-Web to the same function.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Its `operationId`: the name of its function, except for further routes of a function.
    pub operation: &'static str,
    /// The target on which it succeeds.
    pub ready: Ready,
    /// Every way to name its target, the plain one first. Calls over Connect and gRPC-Web are made
    /// from their encodings instead.
    pub ways: &'static [Ask],
    /// The ways in which a player names its own person, if they differ.
    pub own: Option<&'static [Ask]>,
    /// Further valid bodies, in spellings that a parser could get wrong.
    pub spellings: &'static [&'static str],
    /// The status of a valid request with every permission while the tables are empty.
    pub missing: u16,
}

/// The target on which an endpoint succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// An account that does not exist.
    Nobody,
    /// A user that was only created.
    Plain,
    /// A user on which this other operation has been called.
    After(&'static str),
    /// A user that is linked to the person of another.
    Follower,
    /// A user whose person was purged.
    Purged,
    /// A key that the bundle's login publishes.
    Key,
    /// A user that has logged in with a session.
    LoggedIn,
}

/// The query or the body of a request. `<word>` is replaced by the entry of [`Words`] with this
/// name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Neither query nor body, since the path or the token is enough.
    Nothing,
    /// A query without its `?`.
    Query(&'static str),
    /// A JSON body.
    Body(&'static str),
    /// A body of `application/x-www-form-urlencoded`.
    Form(&'static str),
}

const ACCOUNT: Ask = Body(r#"{"platform":"<platform>","platform_user_id":"<platform_user_id>"}"#);
const PERSON: Ask = Body(r#"{"person_id":"<person_id>"}"#);
const EMPTY: Ask = Body("{}");

/// Every endpoint.
pub const CATALOGUE: &[Endpoint] = &[
    Endpoint {
        ready: Ready::Nobody,
        ways: &[Body(
            r#"{"display_name":"<display_name>","platform":"<platform>","platform_user_id":"<platform_user_id>"}"#,
        )],
        spellings: &[r#"{"platform":"iosDevice","platform_user_id":42,"display_name":null}"#],
        missing: 201,
        ..of("create-platform-user")
    },
    Endpoint { ways: &[Query("platform=<platform>&platform_user_id=<platform_user_id>")], ..of("find-platform-user") },
    Endpoint {
        ways: &[
            Query("platform=<platform>&platform_user_id=<platform_user_id>&display_name=Another"),
            Query("platform=<platform>&platform_user_id=<platform_user_id>&display_name=<display_name>"),
        ],
        missing: 201,
        ..of("upsert-platform-user")
    },
    of("get-player-links"),
    of("list-sessions"),
    of("end-sessions"),
    Endpoint {
        ways: &[ACCOUNT],
        own: Some(&[ACCOUNT, Nothing, EMPTY]),
        spellings: &["null"],
        missing: 400,
        ..of("enable-cross-progression")
    },
    Endpoint {
        ready: Ready::After("enable-cross-progression"),
        ways: &[ACCOUNT, PERSON],
        own: Some(&[ACCOUNT, PERSON, Nothing, EMPTY]),
        missing: 400,
        ..of("disable-cross-progression")
    },
    Endpoint {
        ways: &[
            Body(concat!(
                r#"{"follower_platform":"<other_platform>","follower_platform_user_id":"<other_platform_user_id>","#,
                r#""leader_person_id":"<person_id>"}"#
            )),
            Body(concat!(
                r#"{"follower_platform":"<other_platform>","follower_platform_user_id":"<other_platform_user_id>","#,
                r#""leader_platform":"<platform>","leader_platform_user_id":"<platform_user_id>"}"#
            )),
        ],
        // The token in the body proves the leader. The follower is the caller.
        own: Some(&[Body(r#"{"credentials":"<other_token>","scheme":"Bearer"}"#)]),
        spellings: &[
            r#"{"leader_person_id":"{00000000000040008000000000000000}","follower_platform":"Epic","follower_platform_user_id":"42"}"#,
            r#"{"scheme":"Bearer","credentials":"<other_token>","follower_platform":"PSN","follower_platform_user_id":"2"}"#,
        ],
        missing: 400,
        ..of("link-platform-user")
    },
    Endpoint {
        ready: Ready::Follower,
        ways: &[ACCOUNT],
        own: Some(&[ACCOUNT, Nothing, EMPTY]),
        missing: 400,
        ..of("unlink-platform-user")
    },
    Endpoint {
        ways: &[EMPTY, Body(r#"{"suggested_purge_time":4000000000}"#)],
        spellings: &[
            r#"{"suggested_purge_time":"2026-11-22T08:25:07.123456+01:30"}"#,
            r#"{"suggested_purge_time":1795335907.5}"#,
            r#"{"suggested_purge_time":"1795335907123"}"#,
        ],
        ..of("queue-person-purge")
    },
    Endpoint { ready: Ready::After("queue-person-purge"), ..of("get-person-purge") },
    Endpoint { ready: Ready::Purged, ..of("get-purge-receipt") },
    Endpoint { ready: Ready::After("queue-person-purge"), ..of("cancel-person-purge") },
    Endpoint { ways: &[EMPTY], ..of("deactivate-user") },
    Endpoint { ways: &[EMPTY], ready: Ready::After("deactivate-user"), ..of("reactivate-user") },
    Endpoint { ways: &[EMPTY], ..of("lock-user") },
    Endpoint { ways: &[EMPTY], ready: Ready::After("lock-user"), ..of("unlock-user") },
    of("get-user"),
    Endpoint {
        ways: &[
            Body(r#"{"grant_type":"anon","portal_access_token":"<platform_user_id>","include_refresh":true}"#),
            Body(concat!(
                r#"{"grant_type":"anon","portal_access_token":"<platform_user_id>","#,
                r#""portal_display_name":"<display_name>"}"#
            )),
            Body(r#"{"grant_type":"client_credentials"}"#),
        ],
        spellings: &[
            r#"{"grant_type":"anon","portal_access_token":42,"include_refresh":"Yes","accept_eula":0,"accept_tos":1.0}"#,
            r#"{"grant_type":"refresh","portal_access_token":"x","include_refresh":"off","portal_display_name":true}"#,
        ],
        ..alone("log-in")
    },
    Endpoint {
        ready: Ready::LoggedIn,
        ways: &[Body(r#"{"refresh_token":"<refresh_token>"}"#)],
        spellings: &[r#"{"refresh_token":42}"#],
        ..alone("log-out")
    },
    Endpoint {
        ready: Ready::LoggedIn,
        ways: &[Form("token=<refresh_token>"), Form("token=<access_token>&token_type_hint=access_token")],
        spellings: &["token_type_hint=x&token=%2B+%2b&more="],
        ..alone("log-out-revoke")
    },
    Endpoint {
        ways: &[Body(r#"{"grant_type":"client_credentials"}"#), Form("grant_type=client_credentials")],
        ..alone("issue-client-token")
    },
    Endpoint {
        ready: Ready::LoggedIn,
        ways: &[Form("token=<access_token>")],
        spellings: &["token_type_hint=x&token=%2B+%2b&more="],
        ..alone("introspect-token")
    },
    alone("verify-token"),
    alone("get-public-keys"),
    Endpoint { ready: Ready::Key, ..of("get-public-keys-by-id") },
    alone("get-public-keys-oauth-authorization-server"),
    alone("get-public-keys-openid-configuration"),
];

/// An endpoint whose path names a user. It succeeds on any user, and answers 404 if there is none.
const fn of(operation: &'static str) -> Endpoint {
    Endpoint { operation, ready: Ready::Plain, ways: &[Nothing], own: None, spellings: &[], missing: 404 }
}

/// An endpoint that concerns no user. It always succeeds.
const fn alone(operation: &'static str) -> Endpoint {
    Endpoint { ready: Ready::Nobody, missing: 200, ..of(operation) }
}

/// The entry of an operation.
pub fn find(operation: &str) -> Option<&'static Endpoint> {
    CATALOGUE.iter().find(|endpoint| endpoint.operation == operation)
}

/// The differences between template and catalogue, each with the way to correct it. Empty if they
/// agree.
pub fn differences(template: &Template) -> Vec<String> {
    let mut operations = BTreeSet::new();
    for function in template.functions.values() {
        let has_entry =
            |route: &RouteKey| matches!(route, RouteKey::Path { path, .. } if !path.starts_with("/zitadel."));
        let listed = function.routes.iter().filter(|(_, route)| has_entry(route));
        operations.extend(listed.map(|(event, _)| function.operation_id(event)));
    }
    let missing = operations.iter().filter(|operation| find(operation).is_none()).map(|operation| {
        format!(
            "{operation} is not in the catalogue: add `of(\"{operation}\")` to CATALOGUE in tests/harness/endpoints.rs, \
             with `ready` if it does not succeed on just any user, `ways` if it reads a body or a query, `own` if a \
             player asks otherwise for its own person, and `missing` if it is not 404 for nobody"
        )
    });
    let stale = CATALOGUE.iter().filter(|endpoint| !operations.contains(endpoint.operation));
    missing.chain(stale.map(|endpoint| format!("{} has no route: take it out", endpoint.operation))).collect()
}

/// The values that replace the names in paths, queries and bodies.
#[derive(Debug, Clone)]
pub struct Words(Vec<(&'static str, String)>);

impl Words {
    /// A list of these words.
    pub fn new<const N: usize>(words: [(&'static str, &str); N]) -> Self {
        Self(words.map(|(name, text)| (name, text.to_owned())).into())
    }

    /// Adds a word.
    #[must_use]
    pub fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.push((name, text.into()));
        self
    }

    /// The value of the word with this name.
    pub fn word(&self, name: &str) -> &str {
        self.0.iter().find(|(of, _)| *of == name).map_or_else(|| panic!("no word for {name}"), |(_, text)| text)
    }

    /// Replaces each `{name}` in the path of a route.
    pub fn path(&self, route: &str) -> String {
        self.filled(route, ['{', '}'], str::to_owned)
    }

    /// Replaces each `<name>` in a text.
    pub fn text(&self, text: &str) -> String {
        self.filled(text, ['<', '>'], str::to_owned)
    }

    /// Replaces each `<name>` in a query or a form, percent-encoded.
    pub fn query(&self, query: &str) -> String {
        self.filled(query, ['<', '>'], percent)
    }

    fn filled(&self, text: &str, [open, close]: [char; 2], encoded: fn(&str) -> String) -> String {
        let mut parts = text.split(open);
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(close).unwrap_or_else(|| panic!("{text} has no {close}"));
            filled += &encoded(self.word(name));
            filled += rest;
        }
        filled
    }
}
