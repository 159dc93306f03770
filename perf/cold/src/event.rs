//! Events as API Gateway, SQS and the scheduler send them.

use serde_json::{Map, Value, json};
use tests::{
    openapi::{Auth, CLIENT, Operation},
    ways::Call,
};

/// A request to the API.
#[derive(Debug, Clone)]
pub(crate) struct ApiRequest {
    route: String,
    method: String,
    path: String,
    parameters: Map<String, Value>,
    query: Map<String, Value>,
    body: Option<String>,
    content_type: &'static str,
    auth: Auth,
}

impl ApiRequest {
    /// A `GET` of an unknown path.
    pub(crate) fn unrouted(path: &str) -> Self {
        Self {
            route: "$default".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            parameters: Map::new(),
            query: Map::new(),
            body: None,
            content_type: "application/json",
            auth: Auth::Permission,
        }
    }

    /// The request for a call of an operation. Its query must not need escapes.
    pub(crate) fn of(operation: &Operation<'_>, call: &Call) -> Self {
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let text = |value: &str| Value::from(value);
        let parameters = operation.path.split('/').zip(path.split('/')).filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), text(value)))
        });
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self {
            route: format!("{} {}", operation.method, operation.path),
            method: call.method.clone(),
            path: path.to_owned(),
            parameters: parameters.collect(),
            query: pairs.map(|(name, value)| (name.to_owned(), text(value))).collect(),
            body: (!call.body.is_empty()).then(|| String::from_utf8_lossy(&call.body).into_owned()),
            content_type: call.content_type,
            auth: operation.auth(),
        }
    }
}

/// The event of an HTTP API, payload version 2.0.
pub(crate) fn gateway(request: &ApiRequest, token: &str) -> Value {
    let ApiRequest { route, method, path, parameters, query, body, content_type, auth } = request;
    let raw_query: Vec<_> =
        query.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
    let mut headers = json!({
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "authorization": if *auth == Auth::Client { format!("Basic {CLIENT}") } else { format!("Bearer {token}") },
        "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
        "user-agent": "game-backend/4.2 (linux; x86_64) http-client/1.9",
        "x-amzn-trace-id": "Root=1-6921a3f0-1c2d3e4f5a6b7c8d9e0f1a2b",
        "x-forwarded-for": "203.0.113.24",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    });
    if let (Some(body), Some(headers)) = (body, headers.as_object_mut()) {
        headers.insert("content-length".into(), body.len().to_string().into());
        headers.insert("content-type".into(), (*content_type).into());
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": raw_query.join("&"),
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.24",
                "userAgent": "game-backend/4.2 (linux; x86_64) http-client/1.9",
            },
            "requestId": "UZ5r8hK2DoEEJ5g=",
            "routeKey": route,
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_348_800_000_u64,
        },
        "isBase64Encoded": false,
    });
    if let Some(members) = event.as_object_mut() {
        if !query.is_empty() {
            members.insert("queryStringParameters".into(), query.clone().into());
        }
        if !parameters.is_empty() {
            members.insert("pathParameters".into(), parameters.clone().into());
        }
        if let Some(body) = body {
            members.insert("body".into(), body.as_str().into());
        }
    }
    event
}

/// A batch with one message.
pub(crate) fn queue(body: &Value) -> Value {
    json!({
        "Records": [{
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": format!("AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{}", "x".repeat(220)),
            "body": body.to_string(),
            "attributes": {
                "ApproximateReceiveCount": "1",
                "AWSTraceHeader": "Root=1-6921a3f0-1c2d3e4f5a6b7c8d9e0f1a2b;Parent=1c2d3e4f5a6b7c8d;Sampled=0",
                "SentTimestamp": "1795348800000",
                "SenderId": "AROAEXAMPLEEXAMPLEEX:dispatch-due-purges",
                "ApproximateFirstReceiveTimestamp": "1795348800031",
            },
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:roster-purge",
            "awsRegion": "eu-west-1",
        }],
    })
}

/// The event that `EventBridge` Scheduler sends by default.
pub(crate) fn schedule() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-11-22T12:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/roster"],
        "detail": "{}",
    })
}
