//! A function's response as the HTTP reply that API Gateway makes of it, and the gateway's own
//! replies.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The header in which the gateway returns the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The fields of a function's answer that the gateway reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResponse {
    status_code: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The reply to the client for a function's answer. An answer that is not a response becomes a 500.
pub(super) fn of_function(answer: Value, request_id: &str) -> Response<Full<Bytes>> {
    let reply = serde_json::from_value(answer).ok().and_then(converted);
    reply.map_or_else(
        || of_gateway(StatusCode::INTERNAL_SERVER_ERROR, request_id),
        |reply| with_request_id(reply, request_id),
    )
}

/// A reply that the gateway makes by itself.
pub(super) fn of_gateway(status: StatusCode, request_id: &str) -> Response<Full<Bytes>> {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let body = serde_json::json!({ "message": message }).to_string();
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    with_request_id(reply, request_id)
}

fn converted(response: FunctionResponse) -> Option<Response<Full<Bytes>>> {
    let body = response.body.unwrap_or_default();
    let body = if response.is_base64_encoded.unwrap_or_default() {
        Bytes::from(STANDARD.decode(body).ok()?)
    } else {
        Bytes::from(body)
    };
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = StatusCode::from_u16(response.status_code).ok()?;
    for (name, value) in response.headers.unwrap_or_default() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        reply.headers_mut().append(name.parse::<HeaderName>().ok()?, text.parse().ok()?);
    }
    for cookie in response.cookies.unwrap_or_default() {
        reply.headers_mut().append(SET_COOKIE, cookie.parse().ok()?);
    }
    Some(reply)
}

fn with_request_id(mut reply: Response<Full<Bytes>>, request_id: &str) -> Response<Full<Bytes>> {
    if let Ok(value) = request_id.parse() {
        reply.headers_mut().insert(REQUEST_ID, value);
    }
    reply
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    async fn read(reply: Response<Full<Bytes>>) -> (u16, Vec<String>, Vec<u8>) {
        let headers = reply.headers().iter();
        let headers = headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        (reply.status().as_u16(), headers, reply.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    #[tokio::test]
    async fn a_response_keeps_status_headers_cookies_and_body() {
        let answer = json!({
            "statusCode": 201, "headers": { "content-type": "application/json" }, "multiValueHeaders": {},
            "cookies": ["a=1", "b=2"], "body": "{}", "isBase64Encoded": false,
        });
        let (status, headers, body) = read(of_function(answer, "r")).await;
        let expected = ["content-type: application/json", "set-cookie: a=1", "set-cookie: b=2", "apigw-requestid: r"];
        assert_eq!((status, headers, body), (201, expected.map(str::to_owned).into(), b"{}".to_vec()));
    }

    #[tokio::test]
    async fn base64_is_decoded_and_an_absent_body_is_empty() {
        let answer = json!({ "statusCode": 200, "body": "/w==", "isBase64Encoded": true });
        assert_eq!(read(of_function(answer, "r")).await.2, [0xFF]);
        assert!(read(of_function(json!({ "statusCode": 204 }), "r")).await.2.is_empty());
    }

    #[tokio::test]
    async fn what_is_no_response_becomes_500() {
        let wrong = [
            json!(null),
            json!({ "statusCode": 42 }),
            json!({ "statusCode": 200, "headers": { "bad name": "x" } }),
            json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true }),
        ];
        for answer in wrong {
            let (status, _, body) = read(of_function(answer, "r")).await;
            assert_eq!((status, body), (500, br#"{"message":"Internal Server Error"}"#.to_vec()));
        }
    }
}
