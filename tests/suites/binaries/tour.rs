//! Sends every function the events of its trigger. All work on the tables and the queue of one
//! bundle.

use std::collections::{BTreeMap, BTreeSet};

use roster_local::Options;
use serde_json::{Value, json};
use tests::{
    World,
    binaries::{binary, start},
    endpoints::Ready,
    events::{batch, schedule},
    openapi::{CLIENT, Document},
    runtime_api::Function,
    targets::Target,
    ways::ways,
};

use crate::events::Call;

const PERSON: &str = "/users/v1/person/{person_id}/purge";

/// The running functions, and the bundle that they work on.
struct Stage {
    world: World,
    token: String,
    functions: BTreeMap<String, Function>,
    /// The functions that have run.
    ran: BTreeSet<String>,
}

impl Stage {
    async fn set() -> Self {
        let world = World::start_with(Options { worker: false, ..Options::default() }).await;
        let mut functions = BTreeMap::new();
        for name in roster_local::functions::names() {
            functions.insert(name.to_owned(), start(&world, name).await);
        }
        let mut variables = world.bundle.environment("queue-person-purge").unwrap().clone();
        // The dispatcher also finds a purge at once that is due when it is queued.
        variables.insert("PURGE_HEAD_START".into(), "0s".into());
        let queueing = Function::start(binary("queue-person-purge"), &variables).await;
        functions.insert("queue-person-purge".into(), queueing);
        Self { token: world.admin(), world, functions, ran: BTreeSet::new() }
    }

    async fn run(&mut self, function: &str, event: Value) -> Value {
        self.ran.insert(function.to_owned());
        self.functions.get_mut(function).unwrap().call(event).await.answer()
    }

    /// Calls an endpoint. Fails unless the answer has this status, and returns its body.
    async fn ask(&mut self, function: &str, call: Call<'_>, status: u16) -> Value {
        let answer = self.run(function, call.event()).await;
        assert_eq!(answer["statusCode"], status, "{function}: {answer}");
        assert_eq!(answer["isBase64Encoded"], false, "{function}: {answer}");
        serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
    }

    async fn post(&mut self, function: &str, route: &str, id: &str, body: Value, status: u16) -> Value {
        let token = self.token.clone();
        self.ask(function, Call::new("POST", route, id, &token, &body), status).await
    }

    async fn get(&mut self, function: &str, route: &str, id: &str, status: u16) -> Value {
        let token = self.token.clone();
        self.ask(function, Call::new("GET", route, id, &token, &Value::Null), status).await
    }

    async fn create(&mut self, platform: &str, id: &str) -> Value {
        let body = json!({ "platform": platform, "platform_user_id": id, "display_name": "Ada" });
        let user = self.post("create-platform-user", "/users/v1/platform-user", "", body, 201).await;
        assert_eq!((&user["platform"], &user["platform_user_id"]), (&json!(platform), &json!(id)));
        user
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{value} has no {name}"))
}

#[tokio::test]
async fn every_compiled_function_answers_the_events_of_its_trigger() {
    let mut stage = Stage::set().await;
    let steam = stage.create("Steam", "1").await;
    let epic = stage.create("Epic", "2").await;
    people(&mut stage, &steam, &epic).await;
    states(&mut stage, text(&steam, "player_uuid")).await;
    purges(&mut stage, text(&steam, "person_id")).await;
    logins(&mut stage).await;
    the_rest(&mut stage, text(&steam, "person_id")).await;
    assert_eq!(stage.run("seal-receipts", schedule()).await, Value::Null);
    let token = stage.token.clone();
    let unrouted = Call::new("PUT", "/users/v1/link", "", &token, &json!({}));
    let answer = stage.run("answer-unrouted", unrouted.event()).await;
    assert_eq!((&answer["statusCode"], &answer["headers"]["allow"]), (&json!(405), &json!("POST")));
    for (name, function) in &mut stage.functions {
        assert!(function.lives(), "{name}");
        assert!(stage.ran.contains(name), "{name} has not run");
    }
}

async fn people(stage: &mut Stage, steam: &Value, epic: &Value) {
    let token = stage.token.clone();
    let found = Call {
        query: "platform=Epic&platform_user_id=2",
        ..Call::new("GET", "/users/v1/platform-user", "", &token, &Value::Null)
    };
    assert_eq!(stage.ask("find-platform-user", found, 200).await, *epic);
    let again = json!({ "platform": "Epic", "platform_user_id": "2" });
    let refused = stage.post("create-platform-user", "/users/v1/platform-user", "", again.clone(), 409).await;
    assert_eq!(refused["error_code"], "user_already_exists");
    let link = json!({
        "leader_person_id": steam["person_id"],
        "follower_platform": "Epic",
        "follower_platform_user_id": "2",
    });
    stage.post("link-platform-user", "/users/v1/link", "", link, 200).await;
    let links = "/users/v2/player/{player_uuid}/links";
    let links = stage.get("get-player-links", links, text(steam, "player_uuid"), 200).await;
    let portals: BTreeSet<_> =
        links["linked_portals"].as_array().unwrap().iter().map(|user| text(user, "platform")).collect();
    assert_eq!(portals, ["Epic", "Steam"].into());
    let twice = [
        ("enable-cross-progression", "/users/v1/cross-progression/enable", "already_cross_progression_player"),
        ("disable-cross-progression", "/users/v1/cross-progression/disable", "not_cross_progression_player"),
        ("unlink-platform-user", "/users/v1/unlink", "player_not_linked"),
    ];
    for (function, route, code) in twice {
        stage.post(function, route, "", again.clone(), 200).await;
        let refused = stage.post(function, route, "", again.clone(), 400).await;
        assert_eq!(refused["error_code"], code);
    }
}

async fn states(stage: &mut Stage, user: &str) {
    stage.post("deactivate-user", "/v2/users/{userId}/deactivate", user, Value::Null, 200).await;
    let refused = stage.post("deactivate-user", "/v2/users/{userId}/deactivate", user, json!({}), 400).await;
    assert_eq!(refused["code"], 9);
    let shown = stage.get("get-user", "/v2/users/{userId}", user, 200).await;
    assert_eq!(shown["user"]["state"], "USER_STATE_INACTIVE");
    stage.post("reactivate-user", "/v2/users/{userId}/reactivate", user, json!({}), 200).await;
    stage.post("lock-user", "/zitadel.user.v2.UserService/LockUser", "", json!({ "userId": user }), 200).await;
    stage.post("unlock-user", "/v2/users/{userId}/unlock", user, Value::Null, 200).await;
}

async fn purges(stage: &mut Stage, person: &str) {
    let token = stage.token.clone();
    stage.post("queue-person-purge", PERSON, person, json!({}), 202).await;
    let queued = stage.get("get-person-purge", PERSON, person, 200).await;
    assert_eq!(queued["status"], "queued");
    let cancel = Call::new("DELETE", PERSON, person, &token, &Value::Null);
    stage.ask("cancel-person-purge", cancel, 204).await;
    stage.post("queue-person-purge", PERSON, person, json!({ "suggested_purge_time": tests::unix_now() }), 202).await;
    let bodies = sent_twice(stage).await;
    assert_eq!(bodies[0], bodies[1]);
    let nobody = json!({ "person_id": uuid::Uuid::new_v4(), "purge_id": uuid::Uuid::new_v4() }).to_string();
    let event = batch(&[("a", &bodies[0]), ("b", "not ours"), ("c", &bodies[1]), ("d", &nobody), ("e", "{}")]);
    let failed = |answer: Value| {
        let failures = answer["batchItemFailures"].as_array().unwrap().clone();
        failures.iter().map(|failure| text(failure, "itemIdentifier").to_owned()).collect::<BTreeSet<_>>()
    };
    let malformed: BTreeSet<_> = ["b", "e"].map(str::to_owned).into();
    assert_eq!(failed(stage.run("purge-person", event.clone()).await), malformed);
    let receipt = stage.get("get-person-purge", PERSON, person, 200).await;
    assert_eq!(receipt["status"], "complete");
    assert_eq!(failed(stage.run("purge-person", event).await), malformed);
    assert_eq!(stage.get("get-person-purge", PERSON, person, 200).await, receipt);
    assert_eq!(stage.world.items("PersonsTable").await.len(), 1, "the other user's person is left");
}

/// Logs a player in, plays with its token, and logs it out. Each function reads secret and keys by
/// itself.
async fn logins(stage: &mut Stage) {
    const LOGIN: &str = "/users/v1/login";
    let login = |body: Value| by_client(LOGIN, &body);
    let body = json!({ "grant_type": "anon", "portal_access_token": "ada", "include_refresh": true });
    let first = stage.ask("log-in", login(body.clone()), 200).await;
    assert_eq!(stage.ask("log-in", login(body), 200).await["person_id"], first["person_id"]);
    let refresh = json!({ "grant_type": "refresh", "portal_access_token": first["refresh_token"] });
    let second = stage.ask("log-in", login(refresh), 200).await;
    let (access, user) = (text(&second, "access_token"), text(&second, "active_player_uuid"));
    let own = Call::new("GET", "/v2/users/{userId}", user, access, &Value::Null);
    assert_eq!(stage.ask("get-user", own, 200).await["user"]["userId"], *user);
    assert_eq!(introspected(stage, access).await["active"], true);
    let out = json!({ "refresh_token": second["refresh_token"] });
    stage.post("log-out", "/users/v1/logout", "", out, 200).await;
    assert_eq!(introspected(stage, access).await, json!({ "active": false }));
    let body = json!({ "grant_type": "client_credentials" });
    let client = by_client("/users/v2/oauth/token", &body);
    let client = stage.ask("issue-client-token", client, 200).await;
    let client = text(&client, "access_token");
    stage.ask("verify-token", Call::new("POST", "/users/v1/verify", "", client, &Value::Null), 200).await;
}

/// A call of the client of the bundle's login.
fn by_client<'a>(route: &'a str, body: &Value) -> Call<'a> {
    Call { authorization: format!("Basic {CLIENT}"), ..Call::new("POST", route, "", "", body) }
}

async fn introspected(stage: &mut Stage, token: &str) -> Value {
    let form = by_client("/users/v2/oauth/introspect", &Value::Null);
    let content_type = "application/x-www-form-urlencoded";
    stage.ask("introspect-token", Call { content_type, body: format!("token={token}"), ..form }, 200).await
}

/// Calls once each endpoint that has no part in the tour.
async fn the_rest(stage: &mut Stage, purged: &str) {
    let ran = stage.ran.clone();
    for operation in Document::built_in().catalogued() {
        if ran.contains(operation.function()) || operation.is_call() {
            continue;
        }
        let target = match operation.endpoint().ready {
            // No worker is there to carry out another purge.
            Ready::Purged => {
                let mut target = Target::missing();
                purged.clone_into(&mut target.user.person_id);
                target
            }
            _ => Target::ready(&stage.world, operation.id).await,
        };
        let way = ways(&operation, &target).remove(0);
        let id =
            operation.path.split(['{', '}']).nth(1).map_or_else(String::new, |name| target.words().word(name).into());
        let query = way.path.split_once('?').map_or("", |(_, query)| query);
        let authorization = operation.authorization(&stage.token).unwrap_or_default();
        let body = String::from_utf8(way.body.clone()).unwrap();
        let call = Call::new(&way.method, operation.path, &id, "", &Value::Null);
        let call = Call { query, authorization, content_type: way.content_type, body, ..call };
        stage.ask(operation.function(), call, operation.success().0).await;
    }
}

/// The bodies of two messages about a purge: one from the request that queued it, one from the
/// dispatcher.
async fn sent_twice(stage: &mut Stage) -> Vec<String> {
    let mut bodies = Vec::new();
    for _ in 0..100 {
        assert_eq!(stage.run("dispatch-due-purges", schedule()).await, Value::Null);
        let url = stage.world.bundle.queue_url("PurgeQueue").unwrap();
        let receive = stage.world.bundle.sqs().receive_message().queue_url(url).max_number_of_messages(10);
        let received = receive.wait_time_seconds(0).send().await.unwrap().messages.unwrap_or_default();
        bodies.extend(received.into_iter().filter_map(|message| message.body));
        if bodies.len() >= 2 {
            return bodies;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{bodies:?} after 10 s");
}

/// As the gateway expects, bytes are base64 in both directions.
#[tokio::test]
async fn a_compiled_function_answers_grpc_web_byte_by_byte() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let world = World::start().await;
    let mut lock = start(&world, "lock-user").await;
    let user = world.create("Steam", "42").await;
    let token = world.admin();
    let call = Call::new("POST", "/zitadel.user.v2.UserService/LockUser", "", &token, &Value::Null);
    let mut event = call.event();
    event["headers"]["content-type"] = json!("application/grpc-web+proto");
    let request = [&[0, 0, 0, 0, 38, 0x0A, 36][..], user.player_uuid.as_bytes()].concat();
    event["body"] = json!(STANDARD.encode(request));
    event["isBase64Encoded"] = json!(true);
    for ends_with in [&b"\x80\0\0\0\x10grpc-status: 0\r\n"[..], b"IGFjdGl2ZSBvciBpbml0aWFs\r\n"] {
        let answer = lock.call(&event).await.answer();
        assert_eq!((&answer["statusCode"], &answer["isBase64Encoded"]), (&json!(200), &json!(true)), "{answer}");
        assert_eq!(answer["headers"]["content-type"], "application/grpc-web+proto");
        let body = STANDARD.decode(text(&answer, "body")).unwrap();
        assert!(body.ends_with(ends_with), "{body:?}");
    }
}

#[tokio::test]
async fn a_body_in_base64_is_read_like_a_plain_one() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let world = World::start().await;
    let mut create = start(&world, "create-platform-user").await;
    let token = world.admin();
    let body = json!({ "platform": "Steam", "platform_user_id": "🙂" });
    let mut event = Call::new("POST", "/users/v1/platform-user", "", &token, &body).event();
    event["body"] = json!(STANDARD.encode(body.to_string()));
    event["isBase64Encoded"] = json!(true);
    let answer = create.call(event).await.answer();
    assert_eq!(answer["statusCode"], 201, "{answer}");
    assert!(text(&answer, "body").contains("🙂"), "{answer}");
}
