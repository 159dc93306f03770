use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::{
    Adapter, Body, LambdaEvent, Request as LambdaRequest, RequestExt, Service, http::header,
    request::LambdaRequest as GatewayEvent, service_fn,
};
use lambda_runtime::Context;
use serde_json::Value;

use super::InvocationError;
use crate::http::{Endpoint, Reply, ReplyBody, Request, RequestParts, respond};

/// The gateway's limit on request line and headers together, in bytes.
const HEAD_LIMIT: usize = 10_240;

/// Runs an endpoint on one API Gateway v2 event, through `lambda_http`'s own conversions.
pub(super) async fn invoke<E: Endpoint>(
    endpoint: &E,
    event: Value,
    context: Context,
) -> Result<Value, InvocationError> {
    // Reading more headers than a map of them can hold panics, so they are counted first.
    let Value::Object(members) = &event else {
        return Err(InvocationError::Event);
    };
    if members.get("headers").and_then(Value::as_object).is_some_and(|headers| headers.len() > HEAD_LIMIT) {
        return Err(InvocationError::Oversized);
    }
    let event = convertible(serde_json::from_value(event).map_err(|_| InvocationError::Event)?);
    if !has_short_uri(&event) {
        return Err(InvocationError::Oversized);
    }
    let event = GatewayEvent::ApiGatewayV2(event);
    let mut service = Adapter::from(service_fn(async |request: LambdaRequest| {
        let reply = respond(endpoint, &Request::new(parts(&request))).await;
        Ok::<_, InvocationError>(response(reply))
    }));
    let response = service.call(LambdaEvent::new(event, context)).await?;
    serde_json::to_value(response).map_err(InvocationError::Response)
}

/// Whether path and query are as short as they are when they came through a gateway. `lambda_http` panics where they are several
/// times as long; it escapes the path, and the query is escaped already.
fn has_short_uri(event: &ApiGatewayV2httpRequest) -> bool {
    let length = |text: &Option<String>| text.as_deref().map_or(0, str::len);
    length(&event.raw_path) <= HEAD_LIMIT && length(&event.raw_query_string) <= 3 * HEAD_LIMIT
}

/// The event without what makes `lambda_http` panic: a host, stage, path or query that no URI may hold, and bad base64.
fn convertible(mut event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpRequest {
    event.headers.remove(header::HOST);
    event.request_context.domain_name = None;
    // It would come before the path, which has it already where there is one.
    event.request_context.stage = None;
    event.raw_query_string = event.raw_query_string.map(|query| escape_illegal(&query));
    if !event.raw_path.as_deref().is_some_and(|path| path.starts_with('/')) {
        event.raw_path = Some(format!("/{}", event.raw_path.unwrap_or_default()));
    }
    if event.is_base64_encoded && event.body.as_deref().is_some_and(|body| STANDARD.decode(body).is_err()) {
        event.is_base64_encoded = false;
    }
    event
}

/// Percent-encodes what a URI may not hold and leaves the rest, so that a query stays what it was.
fn escape_illegal(query: &str) -> String {
    use std::fmt::Write;
    query.bytes().fold(String::with_capacity(query.len()), |mut escaped, byte| {
        if byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").ok();
        }
        escaped
    })
}

fn parts(request: &LambdaRequest) -> RequestParts {
    let path_parameters = request.path_parameters_ref().map_or_else(Default::default, |parameters| {
        parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    });
    let query = request
        .query_string_parameters_ref()
        .map_or_else(Vec::new, |query| query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let authorization = request.headers().get_all(header::AUTHORIZATION).iter();
    let authorization: Vec<_> = authorization.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let encodings = [header::CONTENT_ENCODING, header::HeaderName::from_static("grpc-encoding")];
    let encodings = encodings.iter().filter_map(|name| request.headers().get(name));
    let mut encodings = encodings.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned());
    RequestParts {
        request_id: request_id(request),
        method: request.method().as_str().to_owned(),
        path: request.raw_http_path().to_owned(),
        path_parameters,
        query,
        authorization: (!authorization.is_empty()).then(|| authorization.join(",")),
        content_type: content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        encoding: encodings.find(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")),
        body: request.body().to_vec(),
    }
}

/// The gateway's id, which its access log has too; Lambda's where there is none.
fn request_id(request: &LambdaRequest) -> String {
    if let Some(lambda_http::request::RequestContext::ApiGatewayV2(gateway)) = request.request_context_ref()
        && let Some(request_id) = &gateway.request_id
    {
        return request_id.clone();
    }
    request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default()
}

fn response(reply: Reply) -> lambda_http::Response<Body> {
    let mut builder = lambda_http::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value.as_ref());
    }
    let body = match reply.body {
        Some(ReplyBody::Text(text)) => Body::Text(text),
        Some(ReplyBody::Bytes(bytes)) => Body::Binary(bytes),
        None => Body::Empty,
    };
    builder.body(body).unwrap_or_else(|_| {
        let mut broken = lambda_http::Response::new(Body::Empty);
        *broken.status_mut() = lambda_http::http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
