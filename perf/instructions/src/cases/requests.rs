//! Whole invocations, from the gateway's event to its response: token, permission, body, decision,
//! reply, log line. Only the store and signatures are left out.

use std::time::Duration;

use crate::{
    fixtures::{FOREIGN_ID, PLATFORM_USER_ID, ambient, authenticator, person_id, player, purge_id, token, uuid},
    measure::Measure,
    store::Full,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_runtime::Context;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use shared::{
    auth::SubjectKey,
    http::{
        App, Audit, Endpoint, Reply, Request, RequestParts, Served,
        rallyhere::{self, Guarded},
        respond,
    },
    identity::{PurgePolicy, Retention},
    lambda::{self, Invoke},
};
use tokio::runtime::Runtime;

const DAY: Duration = Duration::from_hours(24);

pub fn run(measure: &mut Measure) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut requests = Requests { measure, runtime: &runtime };
    requests.platform_users();
    requests.links();
    requests.purges();
    requests.states();
    requests.refusals();
    requests.batch();
    requests.nothing();
}

struct Requests<'a> {
    measure: &'a mut Measure,
    runtime: &'a Runtime,
}

impl Requests<'_> {
    fn platform_users(&mut self) {
        let create = guarded(create_platform_user::CreatePlatformUser);
        let body = json!({ "platform": "Steam", "platform_user_id": PLATFORM_USER_ID, "display_name": "Ada Lovelace" });
        let event = Event::new("POST", "/users/v1/platform-user").json(&body);
        self.answers("request: create", &create, event.clone(), 201);
        self.answers("request: create, 403", &create, event.with_token("player"), 403);
        let bad = json!({ "platform": "steam", "platform_user_id": "", "display_name": 7 });
        self.answers("request: create, 422", &create, Event::new("POST", "/users/v1/platform-user").json(&bad), 422);
        let find = guarded(find_platform_user::FindPlatformUser);
        let event = Event::new("GET", "/users/v1/platform-user")
            .query(&[("platform", "Steam"), ("platform_user_id", PLATFORM_USER_ID)]);
        self.answers("request: find", &find, event, 200);
        let upsert = guarded(upsert_platform_user::UpsertPlatformUser);
        let event = Event::new("PUT", "/users/v1/platform-user").query(&[
            ("platform", "Steam"),
            ("platform_user_id", PLATFORM_USER_ID),
            ("display_name", "Augusta"),
        ]);
        self.answers("request: upsert", &upsert, event, 200);
    }

    fn links(&mut self) {
        let account = json!({ "platform": "Steam", "platform_user_id": PLATFORM_USER_ID });
        let link = guarded(link_platform_user::LinkPlatformUser);
        let body = json!({
            "leader_person_id": person_id(), "follower_platform": "Steam", "follower_platform_user_id": FOREIGN_ID,
        });
        self.answers("request: link", &link, Event::new("POST", "/users/v1/link").json(&body), 200);
        let unlink = guarded(unlink_platform_user::UnlinkPlatformUser);
        self.answers("request: unlink", &unlink, Event::new("POST", "/users/v1/unlink").json(&account), 200);
        let links = guarded(get_player_links::GetPlayerLinks);
        let event = Event::new("GET", "/users/v2/player/{player_uuid}/links").path(&player(0).to_string());
        self.answers("request: links", &links, event, 200);

        let enable = guarded(enable_cross_progression::EnableCrossProgression);
        let event = Event::new("POST", "/users/v1/cross-progression/enable").json(&account);
        self.answers("request: enable", &enable, event.clone(), 200);
        self.answers("request: enable, own", &enable, event.with_token("player"), 200);
        let disable = guarded(disable_cross_progression::DisableCrossProgression);
        let event =
            Event::new("POST", "/users/v1/cross-progression/disable").json(&json!({ "person_id": person_id() }));
        self.answers("request: disable", &disable, event, 200);
    }

    fn purges(&mut self) {
        const ROUTE: &str = "/users/v1/person/{person_id}/purge";
        let policy = PurgePolicy {
            default_delay: 14 * DAY,
            max_delay: 30 * DAY,
            min_delay_self: Duration::ZERO,
            head_start: Duration::from_mins(1),
        };
        let subject_key = SubjectKey::new(&[7; 32]).expect("long enough");
        let queue = guarded(queue_person_purge::QueuePersonPurge { queue: store(), policy, subject_key });
        let event = |method| Event::new(method, ROUTE).path(&person_id().to_string());
        let body = json!({ "suggested_purge_time": "2026-12-06T09:00:00Z" });
        self.answers("request: queue purge", &queue, event("POST").json(&body), 202);
        let show = guarded(get_person_purge::GetPersonPurge);
        self.answers("request: show purge", &show, event("GET"), 200);
        let cancel = guarded(cancel_person_purge::CancelPersonPurge);
        self.answers("request: cancel purge", &cancel, event("DELETE"), 204);
    }

    fn states(&mut self) {
        const CALL: &str = "/zitadel.user.v2.UserService/DeactivateUser";
        let show = lambda::http(Served::new(get_user::GetUser, app()));
        let user = player(0).to_string();
        self.answers("request: show user", &show, Event::new("GET", "/v2/users/{userId}").path(&user), 200);
        let deactivate = lambda::http(Served::new(deactivate_user::DeactivateUser::default(), app()));
        let event = Event::new("POST", "/v2/users/{userId}/deactivate").path(&user).json(&json!({}));
        self.answers("request: deactivate, REST", &deactivate, event, 200);
        let event = Event::new("POST", CALL).json(&json!({ "userId": user }));
        self.answers("request: deactivate, Connect", &deactivate, event, 200);
        let event = Event::new("POST", CALL).bytes("application/grpc-web+proto", &grpc_web(&user));
        self.answers("request: deactivate, gRPC-Web", &deactivate, event, 200);
    }

    fn refusals(&mut self) {
        let show = lambda::http(Served::new(get_user::GetUser, app()));
        let event = Event::new("GET", "/v2/users/{userId}").path(&player(0).to_string()).with_token("expired");
        self.answers("request: show user, 401", &show, event, 401);
        let unrouted = lambda::http(answer_unrouted::AnswerUnrouted);
        self.answers("request: no such route", &unrouted, Event::new("GET", "/users/v1/platform-users"), 404);
    }

    fn answers(&mut self, name: &str, function: &Invoke, event: Event, status: u16) {
        let runtime = self.runtime;
        let work = |(event, context)| runtime.block_on(function(event, context)).expect("an answer");
        let event = to_raw_value(&event.0).expect("an event");
        self.measure.case(name, || (event.clone(), context()), work, |reply| parsed(reply)["statusCode"] == status);
    }

    /// Measures ten due purges in one batch of messages.
    fn batch(&mut self) {
        let retention = Retention { traces: 35 * DAY, receipts: 1095 * DAY };
        let function = lambda::batch(purge_person::PurgePerson::new(ambient(), store(), retention));
        let records = (0..10_u128).map(|index| {
            let body = json!({ "person_id": uuid(300 + index), "purge_id": purge_id() }).to_string();
            json!({
                "messageId": uuid(400 + index), "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a", "body": body,
                "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183" },
                "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:roster-purge", "awsRegion": "eu-west-1",
            })
        });
        let event = to_raw_value(&json!({ "Records": records.collect::<Vec<_>>() })).expect("an event");
        let runtime = self.runtime;
        let work = |(event, context)| runtime.block_on(function(event, context)).expect("an answer");
        self.measure.case(
            "batch: 10 purges",
            || (event.clone(), context()),
            work,
            |reply| parsed(reply)["batchItemFailures"] == json!([]),
        );
    }

    /// Measures an answer without work: deadline and log line.
    fn nothing(&mut self) {
        let request =
            || Request::new(RequestParts { request_id: "JKJaXmPLvHcESHA=".into(), ..RequestParts::default() });
        let runtime = self.runtime;
        let answer = |request| runtime.block_on(respond(&Nothing, &request));
        self.measure.case("answer: deadline and log line", request, answer, |reply| reply.status == 204);
    }
}

struct Nothing;

impl Endpoint for Nothing {
    const ACTION: &str = "nothing";
    type Rejection = answer_unrouted::Never;

    async fn handle(&self, _: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        audit.set_actor("e01b6cb34a0b90f4");
        audit.set_subject(person_id());
        Ok(Reply::empty(204))
    }
}

pub fn parsed(reply: &RawValue) -> Value {
    serde_json::from_str(reply.get()).expect("JSON")
}

fn guarded<R: rallyhere::Rule<Full>>(rule: R) -> Invoke {
    lambda::http(Served::new(Guarded(rule), app()))
}

fn app() -> App<Full> {
    App::new(authenticator(), ambient(), store())
}

fn store() -> Full {
    Full::new(person_id())
}

pub fn context() -> Context {
    let mut context = Context::default();
    context.deadline = u64::MAX / 1_000_000;
    context
}

/// A call of one message with the user's id, as gRPC-Web frames it.
pub fn grpc_web(user_id: &str) -> Vec<u8> {
    let length = u8::try_from(user_id.len()).expect("short");
    [&[0, 0, 0, 0, length + 2, 0x0a, length], user_id.as_bytes()].concat()
}

/// An event of API Gateway (payload 2.0), with the usual headers of a client.
#[derive(Clone)]
pub struct Event(pub Value);

impl Event {
    pub fn new(method: &str, route: &str) -> Self {
        let host = "r3pmxmplak.execute-api.eu-west-1.amazonaws.com";
        let agent = "UnityPlayer/6000.0.23f1 (UnityWebRequest/1.0, libcurl/8.6.0-DEV)";
        let event = json!({
            "version": "2.0", "routeKey": format!("{method} {route}"), "rawPath": route, "rawQueryString": "",
            "headers": {
                "accept": "*/*", "accept-encoding": "deflate, gzip", "authorization": "", "content-length": "117",
                "host": host, "user-agent": agent, "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
                "x-forwarded-for": "205.255.255.176", "x-forwarded-port": "443", "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "123456789012", "apiId": "r3pmxmplak", "domainName": host, "domainPrefix": "r3pmxmplak",
                "http": {
                    "method": method, "path": route, "protocol": "HTTP/1.1", "sourceIp": "205.255.255.176",
                    "userAgent": agent,
                },
                "requestId": "JKJaXmPLvHcESHA=", "routeKey": format!("{method} {route}"), "stage": "$default",
                "time": "10/Mar/2020:05:16:23 +0000", "timeEpoch": 1_583_817_383_220_u64,
            },
            "isBase64Encoded": false,
        });
        Self(event).with_token("service_ed25519")
    }

    fn with_token(mut self, name: &str) -> Self {
        self.0["headers"]["authorization"] = json!(format!("Bearer {}", token(name)));
        self
    }

    /// Sets another proof than a bearer token.
    pub fn with_authorization(mut self, value: &str) -> Self {
        self.0["headers"]["authorization"] = json!(value);
        self
    }

    /// Sets the value of the route's `{…}`.
    fn path(mut self, id: &str) -> Self {
        let route = self.0["rawPath"].as_str().expect("a route").to_owned();
        let (before, rest) = route.split_once('{').expect("a parameter");
        let (name, after) = rest.split_once('}').expect("its end");
        let path = format!("{before}{id}{after}");
        self.0["pathParameters"] = json!({ name: id });
        self.0["requestContext"]["http"]["path"] = json!(path);
        self.0["rawPath"] = json!(path);
        self
    }

    fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        let raw: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.0["rawQueryString"] = json!(raw.join("&"));
        self.0["queryStringParameters"] = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.0["headers"]["content-type"] = json!("application/json");
        self.0["body"] = json!(body.to_string());
        self
    }

    fn bytes(mut self, content_type: &str, body: &[u8]) -> Self {
        self.0["headers"]["content-type"] = json!(content_type);
        self.0["body"] = json!(STANDARD.encode(body));
        self.0["isBase64Encoded"] = json!(true);
        self
    }
}
