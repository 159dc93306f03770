//! Searches the output of the compiled programs. The standard output of a function is its log.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use roster_local::functions;
use serde_json::{Value, json};
use tests::{
    Answer, World,
    binaries::{binary, start},
    client::Http,
    events::{gateway, schedule},
    openapi::{Document, Operation},
    roster::Folder,
    runtime_api::{Function, Outcome},
    targets::{ACCOUNT, Target},
    ways::{Call, ways},
    world::purge_path,
};

use super::{
    cage::{BODY, Cage, HEADER},
    purge::bytes,
    wrong::wrongs,
};

/// The gateway's event for this call.
fn event(operation: &Operation<'_>, call: &Call, content_type: &str, authorization: Option<&str>) -> Value {
    let mut event = gateway();
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let segments = operation.path.split('/').zip(path.split('/'));
    let parameters = segments
        .filter_map(|(name, value)| Some((name.strip_prefix('{')?.strip_suffix('}')?.to_owned(), json!(value))));
    event["pathParameters"] = Value::Object(parameters.collect());
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    event["queryStringParameters"] =
        Value::Object(pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect());
    let key = format!("{} {}", operation.method, operation.path);
    event["routeKey"] = json!(key);
    event["requestContext"]["routeKey"] = json!(key);
    event["requestContext"]["http"]["method"] = json!(call.method);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["http"]["userAgent"] = json!(HEADER);
    event["headers"] = json!({ "content-type": content_type, "user-agent": HEADER, "cookie": HEADER });
    if let Some(authorization) = authorization {
        event["headers"]["authorization"] = json!(authorization);
    }
    event["body"] = json!(STANDARD.encode(&call.body));
    event["isBase64Encoded"] = json!(true);
    event
}

/// Calls a function. Fails if its answer shows a canary, unless the answer is a success.
async fn ask(cage: &Cage, function: &mut Function, event: Value) -> u16 {
    let (status, said) = match function.call(event).await {
        Outcome::Answer(answer) => (u16::try_from(answer["statusCode"].as_u64().unwrap_or(200)).unwrap(), answer),
        Outcome::Error(error) => (500, error),
    };
    if status >= 300 {
        cage.finder.assert_absent("a function's answer", said.to_string().as_bytes());
    }
    status
}

/// Events that no trigger sends, with canaries in place of other values.
fn strange() -> [Value; 6] {
    let with = |name: &str, value: Value| {
        let mut event = gateway();
        event[name] = value;
        event
    };
    [
        json!(BODY),
        json!([BODY]),
        with("headers", json!([BODY])),
        with("requestContext", json!(BODY)),
        with("isBase64Encoded", json!(BODY)),
        json!({ "Records": [{ "messageId": { BODY: BODY }, "body": BODY }, BODY] }),
    ]
}

/// Sends one operation in every way: correctly, without a right to it, and with invalid input.
async fn operate(world: &World, cage: &mut Cage, function: &mut Function, operation: &Operation<'_>) {
    for index in 0..ways(operation, &Target::missing()).len() {
        let target = Target::ready(world, operation.id).await;
        cage.watch(&target);
        let call = &ways(operation, &target)[index];
        let best = cage.best(operation);
        let good = event(operation, call, call.content_type, best.as_deref());
        assert!(ask(cage, function, good.clone()).await < 300, "{}", operation.id);
        ask(cage, function, good).await;
        for other in &cage.others {
            ask(cage, function, event(operation, call, call.content_type, other.as_deref())).await;
        }
        for wrong in wrongs(call) {
            ask(cage, function, event(operation, &wrong.call, &wrong.content_type, best.as_deref())).await;
        }
    }
}

#[tokio::test]
async fn what_a_compiled_function_writes_shows_nothing_personal() {
    let world = World::start().await;
    let (document, mut cage) = (Document::load(), Cage::new(&world));
    for name in functions::names() {
        let mut variables = world.bundle.environment(name).unwrap().clone();
        variables.insert("AWS_LAMBDA_LOG_LEVEL".into(), "TRACE".into());
        let mut function = Function::start(binary(name), &variables).await;
        for operation in document.catalogued().iter().filter(|operation| operation.function() == name) {
            operate(&world, &mut cage, &mut function, operation).await;
        }
        for event in strange() {
            ask(&cage, &mut function, event).await;
        }
        ask(&cage, &mut function, schedule()).await;
        assert!(function.lives(), "{name}");
        let [log, errors] = function.written().await;
        // If nothing is due, the dispatcher writes a metric and nothing else.
        let spoke = log.contains("\"level\":") || name == "dispatch-due-purges";
        assert!(spoke && errors.is_empty(), "{name}: {log} {errors}");
        assert_eq!(log.contains("\"_aws\":"), name == "dispatch-due-purges", "metrics of {name}");
        cage.finder.assert_absent(&format!("the log of {name}"), log.as_bytes());
    }
}

#[tokio::test]
async fn what_a_compiled_function_writes_of_a_database_that_is_away_shows_nothing_personal() {
    let world = World::start().await;
    let (document, cage) = (Document::load(), Cage::new(&world));
    let operation = document.operation("create-platform-user");
    let mut variables = world.bundle.environment("create-platform-user").unwrap().clone();
    // On port 9 of loopback nobody listens.
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB".into(), "http://127.0.0.1:9".into());
    variables.insert("AWS_LAMBDA_LOG_LEVEL".into(), "TRACE".into());
    let mut function = Function::start(binary("create-platform-user"), &variables).await;
    let call = ways(&operation, &Target::missing()).remove(0);
    let event = event(&operation, &call, call.content_type, Some(&cage.admin));
    assert_eq!(ask(&cage, &mut function, event).await, 503);
    let [log, errors] = function.written().await;
    assert!(log.contains("every attempt failed") && errors.is_empty(), "{log} {errors}");
    cage.finder.assert_absent("the log", log.as_bytes());
}

/// `roster` as a process that writes into files. Dropping this kills it.
struct Roster {
    child: Child,
    url: String,
}

impl Roster {
    async fn start(data: &Path, scratch: &Path, levels: Option<&str>) -> Self {
        let file = |name: &str| scratch.join(name);
        let mut command = Command::new(binary("roster"));
        command.env_remove("RUST_LOG").args(["--port", "0", "--dispatch-every", "1s", "--data"]).arg(data);
        command
            .stdin(Stdio::null())
            .stdout(File::create(file("out")).unwrap())
            .stderr(File::create(file("err")).unwrap());
        if let Some(levels) = levels {
            command.env("RUST_LOG", levels);
        }
        // A failed assertion below drops this, which kills the process and waits for its end.
        let mut roster = Self { child: command.spawn().unwrap(), url: String::new() };
        for _ in 0..600 {
            let out = fs::read_to_string(file("out")).unwrap();
            let url = out.lines().find_map(|line| line.strip_prefix("Roster runs at "));
            if let (Some(url), true) = (url, out.contains("  -d ")) {
                url.clone_into(&mut roster.url);
                return roster;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{}", fs::read_to_string(file("err")).unwrap());
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        // SIGKILL gives the process no time to tidy up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn person_of(created: &Answer) -> String {
    created.json()["person_id"].as_str().unwrap().to_owned()
}

fn run(arguments: &[&str], data: &Path) -> (bool, String) {
    let output = Command::new(binary("roster")).args(arguments).arg("--data").arg(data).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn what_roster_writes_shows_nothing_personal_and_compact_removes_what_was_purged() {
    let (data, scratch) = (Folder::new(), Folder::new());
    fs::create_dir(scratch.path()).unwrap();
    let world = World::start().await;
    let (mut cage, document) = (Cage::new(&world), Document::load());
    let operation = document.operation("create-platform-user");
    // With every level asked for, other crates log no more than they do by default. Only our own
    // code logs more.
    let others =
        "dynoxide::server=trace,aws_smithy_runtime=trace,aws_sdk_dynamodb=trace,hyper=trace,rustack_sqs_core=trace";
    for levels in [None, Some("trace"), Some(&*format!("{others},[request]=trace,debug"))] {
        let roster = Roster::start(data.path(), scratch.path(), levels).await;
        let (made, token) = run(&["token", "--permission", "*", "--subject", "zqsubject1g6p3wx8m"], data.path());
        assert!(made, "{token}");
        cage.finder.watch_token(token.trim());
        let authorization = format!("Bearer {}", token.trim());
        let target = Target::missing();
        cage.watch(&target);
        let call = ways(&operation, &target).remove(0);
        let send = async |call: &Call, content_type: &str| {
            let headers = [("authorization", &*authorization), ("content-type", content_type), ("cookie", HEADER)];
            let url = format!("{}{}", roster.url, call.path);
            let answer = Http::default().send(&call.method, &url, &headers, call.body.clone()).await;
            cage.finder.assert_absent_in_answer(&call.path, &answer);
            answer
        };
        let created = send(&call, call.content_type).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let mut persons = vec![person_of(&created)];
        for wrong in wrongs(&call) {
            let answer = send(&wrong.call, &wrong.content_type).await;
            // Some odd requests are valid.
            persons.extend((answer.status == 201).then(|| person_of(&answer)));
        }
        for person_id in persons {
            let purge = |method: &str, body: &str| Call {
                method: method.into(),
                path: purge_path(&person_id),
                content_type: "application/json",
                body: body.into(),
            };
            let now = format!("{{\"suggested_purge_time\":{}}}", tests::unix_now());
            assert_eq!(send(&purge("POST", &now), "application/json").await.status, 202);
            let mut status = Value::Null;
            for _ in 0..600 {
                status = send(&purge("GET", ""), "application/json").await.json()["status"].clone();
                if status == "complete" {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(status, "complete");
        }
        let (compacted, refusal) = run(&["compact"], data.path());
        assert!(!compacted && refusal.contains("used by another roster"), "{refusal}");
        drop(roster);
        let log = fs::read_to_string(scratch.path().join("err")).unwrap();
        assert!(log.contains(" INFO "), "requests are logged");
        assert_eq!(log.contains("DEBUG roster_local::gateway: gateway"), levels.is_some(), "{levels:?}: {log}");
        cage.finder.assert_absent("what roster writes", &bytes(&scratch));

        assert!(cage.finder.found(&bytes(&data)).contains("platform_user_id"), "{ACCOUNT} was in the write-ahead log");
        let (compacted, said) = run(&["compact"], data.path());
        assert!(compacted && said.contains(" bytes freed, "), "{said}");
        cage.finder.assert_absent("the files", &bytes(&data));
        assert!(!data.path().join("roster.db-wal").exists() && !data.path().join("roster.db-shm").exists());
    }
}

#[tokio::test]
async fn a_compiled_function_as_shipped_logs_each_request() {
    let world = World::start().await;
    let document = Document::load();
    let (cage, operation) = (Cage::new(&world), document.operation("get-user"));
    let mut function = start(&world, "get-user").await;
    let target = Target::plain(&world).await;
    let call = ways(&operation, &target).remove(0);
    let event = event(&operation, &call, call.content_type, Some(&cage.admin));
    assert_eq!(ask(&cage, &mut function, event).await, 200);
    let [log, _] = function.written().await;
    assert!(log.contains("\"action\":\"get-user\""), "{log}");
    cage.finder.assert_absent("the log", log.as_bytes());
}
