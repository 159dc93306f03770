//! Tests of the front, the queue, the schedule and the data folder, with functions made for these
//! tests.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{json, value::to_raw_value};
use shared::lambda::Invoke;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::*;

const TEMPLATE: &str = r"
Parameters:
  Issuer: { Type: String }
Globals:
  Function:
    Timeout: 5
    Environment: { Variables: { AUTH_ISSUER: !Ref Issuer, JOBS_URL: !Ref Jobs, THINGS: !Ref Things } }
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: echo } }
    Properties:
      Events: { Any: { Type: HttpApi, Properties: { Path: '/echo/{id}', Method: ANY } } }
  Work:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: work } }
    Properties:
      Events:
        Queue:
          Type: SQS
          Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures] }
        Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - { AttributeName: id, AttributeType: S }
        - { AttributeName: shard, AttributeType: N }
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: due
          KeySchema: [{ AttributeName: shard, KeyType: HASH }]
          Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [b, a] }
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  Jobs:
    Type: AWS::SQS::Queue
    Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 } }
  Dead: { Type: AWS::SQS::Queue }
";

/// Answers with the event it got. Some paths make it slow, or make it fail.
fn echo() -> Invoke {
    Arc::new(|event, _| {
        Box::pin(async move {
            let text = event.get().to_owned();
            let event: Value = serde_json::from_str(&text).unwrap();
            match event["pathParameters"]["id"].as_str() {
                Some("panic") => panic!("boom"),
                Some("slow") => sleep(Duration::from_millis(300)).await,
                _ => {}
            }
            let headers = json!({ "content-type": "application/json" });
            Ok(to_raw_value(&json!({ "statusCode": 200, "headers": headers, "body": text })).unwrap())
        })
    })
}

/// Reports the records with the body `poison` as failed.
fn work() -> Invoke {
    Arc::new(|event, _| {
        Box::pin(async move {
            let event: Value = serde_json::from_str(event.get()).unwrap();
            let records = event["Records"].as_array().cloned().unwrap_or_default();
            let failed = records.iter().filter(|record| record["body"] == "poison");
            let failed: Vec<_> = failed.map(|record| json!({ "itemIdentifier": record["messageId"] })).collect();
            Ok(to_raw_value(&json!({ "batchItemFailures": failed })).unwrap())
        })
    })
}

fn starters(binary: &str) -> Option<Starter> {
    match binary {
        "echo" => Some(|_| Box::pin(async { Ok(echo()) })),
        "work" => Some(|_| Box::pin(async { Ok(work()) })),
        _ => None,
    }
}

fn options() -> Options {
    let template = Some(Template::parse(TEMPLATE).unwrap());
    Options { template, visibility_timeout: Some(Duration::from_secs(1)), ..Options::default() }
}

async fn start(options: Options) -> Result<Bundle, Problem> {
    Bundle::start_with(options, starters).await
}

/// Sends these bytes and reads everything until the front closes the connection.
async fn exchange(bundle: &Bundle, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(bundle.front.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    String::from_utf8(reply).unwrap()
}

async fn get(bundle: &Bundle, path: &str, headers: &str) -> String {
    exchange(bundle, format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n{headers}\r\n").as_bytes())
        .await
}

struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("roster-bundle-{}", Uuid::new_v4())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_request_becomes_an_event_and_the_answer_a_reply() {
    let bundle = start(options()).await.unwrap();
    let reply = get(&bundle, "/echo/a%2Fb?x=1", "x-y: 1\r\nx-y: 2\r\n").await;
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&event["routeKey"], &event["rawPath"]), (&json!("ANY /echo/{id}"), &json!("/echo/a/b")));
    assert_eq!((&event["pathParameters"]["id"], &event["headers"]["x-y"]), (&json!("a/b"), &json!("1,2")));
    let request_id = event["requestContext"]["requestId"].as_str().unwrap();
    assert!(Uuid::parse_str(request_id).is_ok() && head.contains(&format!("apigw-requestid: {request_id}")), "{head}");
    bundle.stop().await;
}

#[tokio::test]
async fn the_gateway_answers_by_itself_what_never_reaches_a_function() {
    let bundle = start(options()).await.unwrap();
    // `GET /echo/a HTTP/1.1`, `host: here`, `connection: close` and `x: ` are 66 bytes with their
    // line ends.
    let fits = get(&bundle, "/echo/a", &format!("x: {}\r\n", "y".repeat(10_240 - 58))).await;
    assert!(fits.starts_with("HTTP/1.1 200"), "{fits}");
    let large = get(&bundle, "/echo/a", &format!("x: {}\r\n", "y".repeat(10_240 - 57))).await;
    assert!(large.starts_with("HTTP/1.1 431") && large.contains(r#"{"message":"#), "{large}");
    let unknown = get(&bundle, "/nothing", "").await;
    assert!(unknown.starts_with("HTTP/1.1 404") && unknown.ends_with(r#"{"message":"Not Found"}"#), "{unknown}");
    let broken = get(&bundle, "/echo/panic", "").await;
    assert!(broken.starts_with("HTTP/1.1 500"), "{broken}");
    assert!(broken.ends_with(r#"{"message":"Internal Server Error"}"#), "{broken}");
    bundle.stop().await;
}

#[tokio::test]
async fn bodies_are_limited_by_the_gateway_and_events_by_lambda() {
    let bundle = start(options()).await.unwrap();
    for (kind, length, expected) in [
        ("text/plain", 5 * 1024 * 1024, "200"),
        ("text/plain", 7 * 1024 * 1024, "413"),
        // As base64 it grows by a third.
        ("image/png", 5 * 1024 * 1024, "413"),
        ("text/plain", 10 * 1024 * 1024 + 1, "413"),
    ] {
        let head = format!(
            "POST /echo/a HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(bundle.front.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The front may answer and close before it has read everything.
        let _ = stream.write_all(&vec![b'a'; length]).await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert!(status.ends_with(expected.as_bytes()), "{kind} {length}: {status:?}");
    }
    bundle.stop().await;
}

#[tokio::test]
async fn head_has_the_headers_and_no_body() {
    let bundle = start(options()).await.unwrap();
    let reply = exchange(&bundle, b"HEAD /echo/a HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("content-length: ") && reply.ends_with("\r\n\r\n"));
    bundle.stop().await;
}

#[tokio::test]
async fn a_request_in_flight_finishes_when_the_bundle_stops() {
    let bundle = start(options()).await.unwrap();
    let mut stream = TcpStream::connect(bundle.front.address()).await.unwrap();
    stream.write_all(b"GET /echo/slow HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    bundle.stop().await;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
}

#[tokio::test]
async fn one_poison_message_fails_alone_and_reaches_the_dead_letters() {
    let bundle = start(options()).await.unwrap();
    let (jobs, dead) = (bundle.queue_url("Jobs").unwrap(), bundle.queue_url("Dead").unwrap());
    for body in ["fine", "poison", "fine too"] {
        bundle.sqs().send_message().queue_url(jobs).message_body(body).send().await.unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while depth(&bundle, dead).await < 1 {
        assert!(Instant::now() < deadline, "nothing reached the dead letters");
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((depth(&bundle, jobs).await, depth(&bundle, dead).await), (0, 1));
    let letters = bundle.sqs().receive_message().queue_url(dead).max_number_of_messages(10).send().await.unwrap();
    assert_eq!(letters.messages().iter().map(|letter| letter.body().unwrap()).collect::<Vec<_>>(), ["poison"]);
    bundle.stop().await;
}

/// The number of messages in a queue, hidden ones included.
async fn depth(bundle: &Bundle, queue: &str) -> u32 {
    let names =
        [QueueAttributeName::ApproximateNumberOfMessages, QueueAttributeName::ApproximateNumberOfMessagesNotVisible];
    let request = bundle.sqs().get_queue_attributes().queue_url(queue).set_attribute_names(Some(names.into()));
    let found = request.send().await.unwrap().attributes.unwrap_or_default();
    found.values().map(|count| count.parse::<u32>().unwrap()).sum()
}

#[tokio::test]
async fn functions_are_called_by_name_and_by_tick() {
    let bundle = start(options()).await.unwrap();
    let answer = bundle.invoke("work", json!({ "Records": [{ "messageId": "m", "body": "poison" }] })).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m" }] }));
    assert!(matches!(bundle.invoke("nothing", Value::Null).await, Err(Problem::NoFunction(_))));
    bundle.tick().await.unwrap();
    bundle.stop().await;
}

/// The value of this secret, as Secrets Manager of a bundle answers it.
async fn secret(bundle: &Bundle, name: &str) -> String {
    let asked = json!({ "SecretId": name }).to_string();
    let address = bundle.secrets_manager_url().strip_prefix("http://").unwrap();
    let head = "POST / HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-amz-target: secretsmanager.GetSecretValue";
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{asked}", asked.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let body: Value = serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap();
    body["SecretString"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn functions_start_with_login_on_and_the_address_of_their_secret_alone() {
    let named = TEMPLATE.replace(
        "Properties:\n      Events: { Any",
        "Properties:\n      Environment: { Variables: { LOGIN_SECRET: !Ref LoginSecret } }\n      Events: { Any",
    );
    let template = Some(Template::parse(&named).unwrap());
    let bundle = start(Options { template, ..options() }).await.unwrap();
    let [echo, work] = ["echo", "work"].map(|binary| bundle.environment(binary).unwrap());
    for variables in [echo, work] {
        assert_eq!(variables["LOGIN_ISSUER"], bundle.url());
        assert_eq!(variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"], bundle.secrets_manager_url());
        assert!(!variables.contains_key("SUBJECT_HASH_SECRET"));
    }
    assert!(!work.contains_key("LOGIN_SECRET"));
    assert!(secret(&bundle, &echo["LOGIN_SECRET"]).await.contains(r#""client_id":"local""#));
    bundle.stop().await;
    let own = Options { login_settings: Some("{}".to_owned()), ..options() };
    let bundle = start(own).await.unwrap();
    assert_eq!(secret(&bundle, "login").await, "{}");
    bundle.stop().await;
}

#[tokio::test]
async fn what_is_stored_survives_a_restart_until_a_fresh_start() {
    let scratch = Scratch::new();
    let on_file = |fresh| Options { data: Some(scratch.0.clone()), fresh, ..options() };
    let items = async |bundle: &Bundle| bundle.dynamodb().scan().table_name("Things").send().await.unwrap().count;
    let bundle = start(on_file(false)).await.unwrap();
    let kid = bundle.signing_key().kid().to_owned();
    let secrets = async |bundle: &Bundle| {
        // The local issuer has another port after each start.
        let login = secret(bundle, "login").await.replace(&bundle.platforms_url(), "");
        (login, secret(bundle, "subject-hash-key").await)
    };
    let kept = secrets(&bundle).await;
    let item = AttributeValue::S("a".into());
    bundle.dynamodb().put_item().table_name("Things").item("id", item).send().await.unwrap();
    bundle.stop().await;
    let bundle = start(on_file(false)).await.unwrap();
    assert_eq!((items(&bundle).await, bundle.signing_key().kid()), (1, kid.as_str()));
    assert_eq!(secrets(&bundle).await, kept);
    bundle.stop().await;
    let bundle = start(on_file(true)).await.unwrap();
    assert_eq!((items(&bundle).await, bundle.signing_key().kid()), (0, kid.as_str()));
    assert_eq!(secrets(&bundle).await, kept);
    bundle.stop().await;
}

#[tokio::test]
async fn a_mistake_at_the_start_is_one_line_that_says_what_to_do() {
    let scratch = Scratch::new();
    let on_file = || Options { data: Some(scratch.0.clone()), ..options() };
    let bundle = start(on_file()).await.unwrap();
    let changed = TEMPLATE.replace("NonKeyAttributes: [b, a]", "NonKeyAttributes: [a]");
    let unknown = TEMPLATE.replace("Binary: echo", "Binary: ecco");
    let port = bundle.front.address().port();
    let cases = [
        (Options { port, ..options() }, format!("port {port} is in use")),
        (on_file(), "is used by another roster".to_owned()),
        (Options { template: Some(Template::parse(&unknown).unwrap()), ..options() }, "\"ecco\"".to_owned()),
        (
            Options { data: Some("/proc/nothing".into()), ..options() },
            "cannot use the data folder /proc/nothing".to_owned(),
        ),
        (Options { key_set: Some("/nothing.json".into()), ..options() }, "cannot read /nothing.json".to_owned()),
    ];
    for (options, expected) in cases {
        let error = start(options).await.unwrap_err().to_string();
        assert!(error.contains(&expected) && !error.contains('\n'), "{error}");
    }
    bundle.stop().await;
    let changed = Options { template: Some(Template::parse(&changed).unwrap()), ..on_file() };
    assert!(matches!(start(changed).await, Err(Problem::TableDiffers(table)) if table == "Things"));
}
