//! The entry of the HTTP functions: `lambda_http` reads the event and writes the response, and a
//! guard around it handles events that it cannot read.

mod event;

use std::{
    convert::Infallible,
    future::{Future, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as Poller, Poll},
};

use lambda_http::{
    Adapter, Body, IntoResponse, Response, Service,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderName, HeaderValue, StatusCode, header::CACHE_CONTROL},
    request::LambdaRequest,
    service_fn,
};
use lambda_runtime::LambdaEvent;
use serde::Serialize;

pub(super) use event::Event;

use super::InvocationProblem;
use crate::{
    http::{Endpoint, Reply, ReplyBody, Request, refuse_unreadable, respond},
    telemetry,
};

/// A service that answers the events of an endpoint.
pub(super) trait Door:
    Service<LambdaEvent<Event>, Response: Serialize + Send, Error = InvocationProblem, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<T> Door for T where
    T: Service<LambdaEvent<Event>, Response: Serialize + Send, Error = InvocationProblem, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Puts an endpoint behind `lambda_http` and the guard.
pub(super) fn door<E: Endpoint>(endpoint: E) -> impl Door {
    let endpoint = Arc::new(endpoint);
    let service = service_fn(move |request: lambda_http::Request| {
        let endpoint = Arc::clone(&endpoint);
        async move { Ok::<_, Infallible>(Outgoing(respond(&*endpoint, &Request::new(request)).await)) }
    });
    Guard { adapter: Adapter::from(service), action: E::ACTION }
}

/// Answers 400 in the dialect of the route if `lambda_http` cannot read an event. It panics on some
/// events that the gateway lets through, such as a raw `"` in the query.
#[derive(Clone)]
struct Guard<A> {
    adapter: A,
    action: &'static str,
}

impl<A> Service<LambdaEvent<Event>> for Guard<A>
where
    A: Service<LambdaEvent<LambdaRequest>, Error = Infallible, Response: Send + 'static, Future: Send + 'static>,
{
    type Response = Outcome<A::Response>;
    type Error = InvocationProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, InvocationProblem>> + Send>>;

    fn poll_ready(&mut self, poller: &mut Poller<'_>) -> Poll<Result<(), InvocationProblem>> {
        self.adapter.poll_ready(poller).map_err(|never| match never {})
    }

    fn call(&mut self, event: LambdaEvent<Event>) -> Self::Future {
        let (event, context) = event.into_parts();
        let (facts, request) = match event {
            Event::Request(facts, request) => (facts, Some(request)),
            Event::Unreadable(facts) => (facts, None),
            Event::Foreign => return Box::pin(ready(Err(InvocationProblem::Event))),
        };
        let request_id = context.request_id.clone();
        let answer = request.and_then(|request| {
            let call = AssertUnwindSafe(|| self.adapter.call(LambdaEvent::new(*request, context)));
            telemetry::silently(|| catch_unwind(call)).ok()
        });
        if let Some(answer) = answer {
            return Box::pin(async move { answer.await.map(Outcome::Handled).map_err(|never| match never {}) });
        }
        let refusal = refuse_unreadable(self.action, &facts.into_request(request_id));
        Box::pin(ready(Ok(Outcome::Refused(Box::new(in_the_gateways_format(Outgoing(refusal).into()))))))
    }
}

/// The response of one invocation.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome<R> {
    Handled(R),
    Refused(Box<ApiGatewayV2httpResponse>),
}

/// A reply that is converted to a response of `lambda_http`.
struct Outgoing(Reply);

impl From<Outgoing> for Response<Body> {
    fn from(Outgoing(reply): Outgoing) -> Self {
        let body = match reply.body {
            Some(ReplyBody::Text(text)) => Body::Text(text),
            Some(ReplyBody::Bytes(bytes)) => Body::Binary(bytes),
            None => Body::Empty,
        };
        let mut response = Self::new(body);
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in reply.headers {
            if let Ok(value) = HeaderValue::try_from(value.as_ref()) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        // Answers describe persons and are valid only now, unless the endpoint says otherwise.
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }
}

/// Implemented by hand, because the kind of the body is known: `lambda_http` would infer it from
/// the content type.
impl IntoResponse for Outgoing {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.into()))
    }
}

/// The same conversion that `lambda_http` does (API Gateway Developer Guide, "Lambda proxy
/// integrations for HTTP APIs", format 2.0).
fn in_the_gateways_format(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (head, body) = response.into_parts();
    let mut written = ApiGatewayV2httpResponse::default();
    written.status_code = head.status.as_u16().into();
    written.headers = head.headers;
    written.is_base64_encoded = matches!(body, Body::Binary(_));
    written.body = Some(body);
    written
}

#[cfg(test)]
mod tests {
    use lambda_http::http::header::CONTENT_ENCODING;
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;
    use crate::{
        http::{Audit, GRPC_ENCODING, Rejection},
        lambda::{Invoke, http},
        validation::{FieldProblem, Fields, FromField, FromFields, Shape, text},
    };

    /// An endpoint that answers with what it sees of the request.
    struct Echo;

    struct Never;

    impl Rejection for Never {
        fn into_reply(self, _: &Request, _: &mut Audit) -> Reply {
            Reply::empty(418)
        }
    }

    struct Text(String);

    impl FromField for Text {
        const SHAPE: Shape = Shape::Text { min_chars: 0, max_chars: 99 };

        fn from_field(value: &crate::validation::Value<'_>) -> Result<Self, FieldProblem> {
            text(value, 0, 99).map(Self)
        }
    }

    struct Query(Option<Text>);

    impl FromFields for Query {
        fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
            fields.optional("q").map(Self)
        }
    }

    impl Endpoint for Echo {
        const ACTION: &str = "echo";
        type Rejection = Never;

        async fn handle(&self, request: &Request, _: &mut Audit) -> Result<Reply, Never> {
            let query = request.query::<Query>().map(|Query(text)| text.map(|Text(text)| text));
            let seen = json!({
                "id": request.id(), "method": request.method(), "route": request.route(),
                "parameter": request.raw_path_parameter("p"), "query": query.unwrap_or(None),
                "authorization": request.authorization(), "content_type": request.content_type(),
                "encoding": [request.encoding(&CONTENT_ENCODING), request.encoding(&GRPC_ENCODING)], "body": request.body(),
            });
            Ok(Reply::json(201, &seen).with_header("retry-after", "1"))
        }
    }

    /// An endpoint that answers with these bytes, or with nothing.
    struct Bytes(Option<Vec<u8>>);

    impl Endpoint for Bytes {
        const ACTION: &str = "bytes";
        type Rejection = Never;

        async fn handle(&self, _: &Request, _: &mut Audit) -> Result<Reply, Never> {
            let reply = Reply::empty(204);
            Ok(match &self.0 {
                Some(bytes) => reply.with_body("application/proto", ReplyBody::Bytes(bytes.clone())),
                None => reply,
            })
        }
    }

    fn event(more: Value) -> Value {
        let mut event = json!({
            "rawPath": "/users/v1/link", "rawQueryString": "", "headers": {}, "isBase64Encoded": false,
            "requestContext": { "http": { "method": "POST" }, "requestId": "r-1", "routeKey": "POST /users/v1/link" },
        });
        let Value::Object(more) = more else { panic!("an object") };
        event.as_object_mut().unwrap().extend(more);
        event
    }

    async fn call(function: &Invoke, event: &Value) -> Result<Value, InvocationProblem> {
        let mut context = lambda_runtime::Context::default();
        context.request_id = "lambda".to_owned();
        let answer = function(to_raw_value(event).unwrap(), context).await?;
        Ok(serde_json::from_str(answer.get()).unwrap())
    }

    /// The request that the endpoint sees for an event with these additional members.
    async fn seen(more: Value) -> Value {
        let answer = call(&http(Echo), &event(more)).await.unwrap();
        assert_eq!(answer["statusCode"], 201, "{answer}");
        serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn headers_are_found_in_any_case() {
        let headers = json!({ "Authorization": "Bearer \"é", "CONTENT-TYPE": "application/json", "x-other": "1" });
        let seen = seen(json!({ "headers": headers })).await;
        assert_eq!((&seen["authorization"], &seen["content_type"]), (&json!("Bearer \"é"), &json!("application/json")));
        assert_eq!(seen["encoding"], json!([null, null]));
    }

    #[tokio::test]
    async fn an_encoding_is_one_that_changes_the_body_and_each_header_counts_by_itself() {
        for (given, encoding) in
            [("gzip", json!("gzip")), (" br ", json!("br")), ("Identity ", json!(null)), ("", json!(null))]
        {
            let content = seen(json!({ "headers": { "content-encoding": given } })).await;
            assert_eq!(content["encoding"], json!([encoding, null]), "{given}");
            let grpc = seen(json!({ "headers": { "Grpc-Encoding": given } })).await;
            assert_eq!(grpc["encoding"], json!([null, encoding]), "{given}");
        }
    }

    #[tokio::test]
    async fn a_body_is_text_or_base64_and_may_be_absent() {
        let cases = [
            (json!({ "body": "é\n" }), "é\n".as_bytes()),
            (json!({ "body": "/w==", "isBase64Encoded": true }), b"\xff"),
            (json!({ "body": null }), b""),
            (json!({}), b""),
        ];
        for (more, body) in cases {
            assert_eq!(seen(more).await["body"], json!(body));
        }
    }

    #[tokio::test]
    async fn what_a_gateway_may_leave_out_or_null_counts_as_empty() {
        let seen = seen(json!({ "headers": null, "pathParameters": null, "rawQueryString": null, "body": null,
            "rawPath": null, "requestContext": { "http": { "method": "GET" } } }))
        .await;
        assert_eq!((&seen["method"], &seen["route"], &seen["id"]), (&json!("GET"), &json!(""), &json!("lambda")));
        assert_eq!(
            (&seen["query"], &seen["parameter"], &seen["authorization"]),
            (&json!(null), &json!(""), &json!(null))
        );
    }

    #[tokio::test]
    async fn the_query_is_the_gateways_whatever_path_and_host_are() {
        for (path, host) in
            [("/a", "x"), ("/a?q=1", "x"), ("/a#b", "x"), ("/a", "x?q=1&y="), ("/a", "x/y#"), ("/%", "["), ("/a b", "")]
        {
            let more = json!({
                "rawPath": path, "headers": { "host": host, "x-forwarded-proto": "a b" }, "rawQueryString": "q=%2B+2#3",
                "pathParameters": { "p": path },
            });
            let seen = seen(more).await;
            assert_eq!((&seen["query"], &seen["parameter"]), (&json!("+ 2"), &json!(path)), "{path} {host}");
        }
    }

    #[tokio::test]
    async fn the_route_is_the_matched_one_and_elsewhere_the_path_without_the_stage() {
        for (key, stage, path, route) in [
            (json!("POST /users/{id}"), json!("$default"), "/identity/users/1", "/users/{id}"),
            (json!("ANY /users/{id}"), json!("prod"), "/prod/users/1", "/users/{id}"),
            (json!("$default"), json!("$default"), "/users/1", "/users/1"),
            (json!("$default"), json!("prod"), "/prod/users/1", "/users/1"),
            (json!("$default"), json!("prod"), "/identity/users/1", "/identity/users/1"),
            (json!("$default"), json!("prod"), "/production/users", "/production/users"),
            (json!("$default"), json!(""), "//users", "//users"),
            (json!(null), json!(null), "/users/1", "/users/1"),
        ] {
            let context = json!({ "http": { "method": "GET" }, "routeKey": key, "stage": stage });
            assert_eq!(seen(json!({ "rawPath": path, "requestContext": context })).await["route"], route);
        }
    }

    /// The answer to an event that cannot be read as a request.
    async fn refused(more: Value) -> (u64, String) {
        let answer = call(&http(Echo), &event(more)).await.unwrap();
        (answer["statusCode"].as_u64().unwrap(), answer["body"].as_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn an_event_that_cannot_be_read_is_400_in_the_dialect_of_its_route() {
        let rallyhere = (400, r#"{"auth_success":true,"error_code":"bad_request","desc":"Bad Request"}"#.to_owned());
        let unreadable = [
            json!({ "rawQueryString": "q=\"" }),
            json!({ "rawQueryString": "<" }),
            json!({ "rawQueryString": "a>b" }),
            json!({ "rawQueryString": "a b" }),
            json!({ "rawQueryString": "a\n" }),
            json!({ "rawQueryString": "a".repeat(70_000) }),
            json!({ "rawPath": ":x" }),
            json!({ "headers": { "x": "a\u{0}" } }),
            json!({ "headers": { "a b": "c" } }),
            json!({ "headers": 1 }),
            json!({ "body": "%%%", "isBase64Encoded": true }),
            json!({ "isBase64Encoded": null }),
        ];
        for more in &unreadable {
            assert_eq!(refused(more.clone()).await, rallyhere, "{more}");
        }
        let call = "POST /zitadel.user.v2.UserService/LockUser";
        let of = |key: &str, content_type: &str, stage: &str, path: &str| {
            let context = json!({ "http": { "method": "POST" }, "routeKey": key, "stage": stage });
            let headers = json!({ "Content-Type": content_type });
            json!({ "rawQueryString": "\"", "rawPath": path, "requestContext": context, "headers": headers })
        };
        let rest = (400, r#"{"code":3,"message":"Bad Request"}"#.to_owned());
        assert_eq!(refused(of("POST /v2/users/{userId}/lock", "", "", "/")).await, rest);
        assert_eq!(refused(of("$default", "", "prod", "/prod/v2/users")).await, rest);
        assert_eq!(refused(of("$default", "", "v2", "/v2/users")).await, rallyhere);
        let connect = (400, r#"{"code":"invalid_argument","message":"Bad Request"}"#.to_owned());
        assert_eq!(refused(of(call, "application/json", "", "/")).await, connect);
        let (status, frame) = refused(of(call, "application/grpc-web+proto", "", "/")).await;
        assert_eq!((status, frame.get(..2)), (200, Some("gA")));
    }

    #[tokio::test]
    async fn what_is_no_event_of_a_gateway_is_no_request() {
        for event in [json!(null), json!({}), json!([]), json!({ "Records": [] }), json!({ "requestContext": {} })] {
            assert!(matches!(call(&http(Echo), &event).await, Err(InvocationProblem::Event)), "{event}");
        }
    }

    #[tokio::test]
    async fn a_reply_is_a_response_of_the_gateways_format() {
        let answer = call(&http(Echo), &event(json!({}))).await.unwrap();
        let headers = json!({ "content-type": "application/json", "retry-after": "1", "cache-control": "no-store" });
        assert_eq!((&answer["statusCode"], &answer["headers"]), (&json!(201), &headers));
        assert_eq!(answer["isBase64Encoded"], false);
        let bytes = call(&http(Bytes(Some(vec![0xff]))), &event(json!({}))).await.unwrap();
        assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
        let empty = call(&http(Bytes(None)), &event(json!({}))).await.unwrap();
        assert_eq!(empty["statusCode"], 204);
        assert_eq!((empty.get("body"), &empty["headers"]), (None, &json!({ "cache-control": "no-store" })));
        let refused = call(&http(Echo), &event(json!({ "rawQueryString": "\"" }))).await.unwrap();
        assert_eq!(refused["headers"], json!({ "content-type": "application/json", "cache-control": "no-store" }));
    }
}
