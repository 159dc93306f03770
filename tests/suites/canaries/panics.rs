//! The log line of a panic names the place in the code, and never the data.

use std::sync::Arc;

use roster_local::{Bundle, Options, functions::Starter};
use shared::{
    http::{Audit, Endpoint, Rejection, Reply, Request},
    lambda::{Invoke, http},
};
use tests::{canary::Finder, client::Http, logs};

use super::cage::{BODY, HEADER, PATH};

/// An endpoint that panics with the whole request in its message.
struct Talkative;

struct Never;

impl Rejection for Never {
    fn into_reply(self, _: &Request, _: &mut Audit) -> Reply {
        Reply::empty(418)
    }
}

impl Endpoint for Talkative {
    const ACTION: &str = "talkative";
    type Rejection = Never;

    async fn handle(&self, request: &Request, _: &mut Audit) -> Result<Reply, Never> {
        panic!("{} {}", request.route(), String::from_utf8_lossy(request.body()));
    }
}

/// Every endpoint panics. The function for unknown paths panics before there is a request.
fn talkative(binary: &str) -> Option<Starter> {
    match binary {
        "answer-unrouted" => Some(|_| {
            let invoke: Invoke = Arc::new(|event, _| Box::pin(async move { panic!("{event}") }));
            Box::pin(async { Ok(invoke) })
        }),
        _ => Some(|_| Box::pin(async { Ok(http(Talkative)) })),
    }
}

#[tokio::test]
async fn a_panic_shows_nothing_personal_to_the_caller_and_the_log() {
    logs::capture_all();
    let bundle = Bundle::start_with(Options { worker: false, ..Options::default() }, talkative).await.unwrap();
    let mut finder = Finder::default();
    for (what, text) in [("a body", BODY), ("a path", PATH), ("a header", HEADER)] {
        finder.watch(what, text);
    }
    let requests = [
        ("POST", "/users/v1/platform-user".to_owned()),
        ("POST", format!("/v2/users/{PATH}/deactivate")),
        ("POST", "/zitadel.user.v2.UserService/LockUser".to_owned()),
        ("POST", "/users/v1/login".to_owned()),
        ("POST", "/users/v1/logout".to_owned()),
        ("POST", "/users/v2/oauth/introspect".to_owned()),
        ("GET", format!("/{PATH}")),
    ];
    for (method, path) in requests {
        let headers = [("authorization", HEADER), ("content-type", "application/json")];
        let answer = Http::default().send(method, &format!("{}{path}", bundle.url()), &headers, BODY).await;
        assert_eq!(answer.status, 500, "{path}");
        finder.assert_absent_in_answer(&path, &answer);
    }
    assert!(bundle.tick().await.is_err(), "a schedule's event is no request");
    let logged = logs::text();
    assert!(logged.contains("\"message\":\"panic\"") && logged.contains("panics.rs"), "panics are logged");
    finder.assert_absent("the log", logged.as_bytes());
}
