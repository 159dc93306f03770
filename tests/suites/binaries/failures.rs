//! A function reports an event that it cannot answer, and then serves the next event.

use serde_json::{Value, json};
use tests::{
    World,
    binaries::{binary, start},
    events::{batch, schedule},
};

use crate::events::Call;

const CREATE: &str = "/users/v1/platform-user";

/// The status with which `create-platform-user` answers the next valid event.
async fn next_status(world: &World, create: &mut tests::runtime_api::Function) -> Value {
    let id = uuid::Uuid::new_v4().to_string();
    let token = world.admin();
    let body = json!({ "platform": "Steam", "platform_user_id": id });
    create.call(Call::new("POST", CREATE, "", &token, &body).event()).await.answer()["statusCode"].clone()
}

#[tokio::test]
async fn an_event_larger_than_any_gateway_sends_is_answered_and_the_process_lives() {
    let world = World::start().await;
    let mut create = start(&world, "create-platform-user").await;
    let path = json!(format!("/{}", "a".repeat(70_000)));
    let headers: serde_json::Map<_, _> = (0..30_000).map(|number| (format!("a{number}"), json!("aaaa"))).collect();
    // No URI is so long. The event fails before there is a request, so no token is checked.
    for (name, large) in [("rawPath", path.clone()), ("rawQueryString", path), ("headers", headers.into())] {
        let mut event = Call::new("POST", CREATE, "", "", &json!({})).event();
        event[name] = large;
        let answer = create.call(event).await.answer();
        assert_eq!(answer["statusCode"], 400, "{name}: {answer}");
        assert!(!answer.to_string().contains("aaaa"), "the answer quotes the request");
        assert_eq!(next_status(&world, &mut create).await, 201);
    }
    assert!(create.lives());
}

#[tokio::test]
async fn an_event_of_another_trigger_is_reported_and_the_process_lives() {
    let world = World::start().await;
    let mut create = start(&world, "create-platform-user").await;
    let mut purge = start(&world, "purge-person").await;
    for wrong in [batch(&[("a", "{}")]), schedule(), json!([]), json!("text"), Value::Null] {
        let error = create.call(&wrong).await.error();
        assert_eq!(error["errorType"], "InvocationError", "{wrong}: {error}");
    }
    for wrong in [Call::new("GET", CREATE, "", "", &Value::Null).event(), schedule(), json!([]), Value::Null] {
        let error = purge.call(&wrong).await.error();
        assert_eq!(error["errorType"], "InvocationError", "{wrong}: {error}");
    }
    assert_eq!(next_status(&world, &mut create).await, 201);
    assert_eq!(purge.call(batch(&[])).await.answer(), json!({ "batchItemFailures": [] }));
    assert!(create.lives() && purge.lives());
}

#[tokio::test]
async fn an_event_that_is_no_json_is_reported_and_every_function_lives() {
    let world = World::start().await;
    for name in roster_local::functions::names() {
        let mut function = start(&world, name).await;
        function.call("{ not json").await.error();
        let again = function.call("").await.error();
        assert!(again["errorMessage"].is_string(), "{name}: {again}");
        assert!(function.lives(), "{name}");
    }
}

#[tokio::test]
async fn a_body_that_claims_base64_and_is_none_is_answered() {
    let world = World::start().await;
    let mut create = start(&world, "create-platform-user").await;
    let token = world.admin();
    let mut event = Call::new("POST", CREATE, "", &token, &json!({})).event();
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("%%%");
    let answer = create.call(event).await.answer();
    assert_eq!(answer["statusCode"], 400, "{answer}");
}

#[tokio::test]
async fn an_unreachable_database_is_503_and_the_process_lives() {
    let world = World::start().await;
    let mut variables = world.bundle.environment("get-user").unwrap().clone();
    // On port 9 of loopback nobody listens.
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB".into(), "http://127.0.0.1:9".into());
    let mut get = tests::runtime_api::Function::start(binary("get-user"), &variables).await;
    let token = world.admin();
    let user = uuid::Uuid::new_v4().to_string();
    let call = Call::new("GET", "/v2/users/{userId}", &user, &token, &Value::Null);
    for _ in 0..2 {
        let answer = get.call(call.event()).await.answer();
        assert_eq!(answer["statusCode"], 503, "{answer}");
        assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
        assert!(!answer.to_string().contains("127.0.0.1"), "{answer}");
    }
    assert!(get.lives());
    assert_eq!(server_errors(get).await, ["fault"; 2]);
}

/// The kinds of 5xx that a function has counted, from the metric lines that CloudWatch reads.
async fn server_errors(function: tests::runtime_api::Function) -> Vec<String> {
    let [log, _] = function.written().await;
    let lines = log.lines().filter(|line| line.contains("ServerErrors")).map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let metric = json!([{
            "Namespace": "Roster", "Dimensions": [["kind"]], "Metrics": [{ "Name": "ServerErrors", "Unit": "Count" }],
        }]);
        assert_eq!((&line["_aws"]["CloudWatchMetrics"], &line["ServerErrors"]), (&metric, &json!(1)), "{line}");
        assert!(line["_aws"]["Timestamp"].as_i64().unwrap() > 1_700_000_000_000, "{line}");
        assert_eq!(line.as_object().unwrap().len(), 3, "{line}");
        line["kind"].as_str().unwrap().to_owned()
    });
    lines.collect()
}

#[tokio::test]
async fn a_503_for_the_sake_of_others_counts_as_contention_and_a_refusal_as_nothing() {
    let world = World::start().await;
    world.create("Steam", "42").await;
    let mut find = start(&world, "find-platform-user").await;
    let token = world.admin();
    let find_by = |query| Call { query, ..Call::new("GET", CREATE, "", &token, &Value::Null) };
    let missing = find.call(find_by("platform=Steam&platform_user_id=43").event()).await.answer();
    assert_eq!(missing["statusCode"], 404, "{missing}");
    // The user names another person, as it can in the middle of a link.
    let key = world.items("UsersTable").await.remove(0).remove("player_uuid").unwrap();
    let update = world.bundle.dynamodb().update_item().table_name("UsersTable").key("player_uuid", key);
    let other = aws_sdk_dynamodb::types::AttributeValue::S(uuid::Uuid::new_v4().to_string());
    let update = update.update_expression("SET person_id = :other").expression_attribute_values(":other", other);
    update.send().await.unwrap();
    let answer = find.call(find_by("platform=Steam&platform_user_id=42").event()).await.answer();
    assert_eq!(answer["statusCode"], 503, "{answer}");
    assert_eq!(server_errors(find).await, ["contention"]);
}
