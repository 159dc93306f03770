use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_runtime::Context;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};

use super::InvocationError;
use crate::{
    http::{Endpoint, Reply, ReplyBody, Request, RequestParts, respond},
    json::Text,
};

/// Runs an endpoint on one event of API Gateway's HTTP API (API Gateway Developer Guide, "Lambda proxy integrations for HTTP
/// APIs", payload format version 2.0).
pub(super) async fn invoke<E: Endpoint>(
    endpoint: &E,
    event: &RawValue,
    context: Context,
) -> Result<Box<RawValue>, InvocationError> {
    let event: Event<'_> = serde_json::from_str(event.get()).map_err(|_| InvocationError::Event)?;
    let reply = respond(endpoint, &Request::new(event.into_parts(context))).await;
    to_raw_value(&Response::of(&reply)).map_err(InvocationError::Response)
}

/// What we read of an event: once, and borrowed where nothing is escaped. What is left out or null counts as empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    raw_path: Option<Text<'a>>,
    #[serde(borrow, default)]
    raw_query_string: Option<Text<'a>>,
    #[serde(borrow, default)]
    headers: Headers<'a>,
    #[serde(default)]
    path_parameters: Option<Pairs>,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(borrow, default)]
    body: Option<Text<'a>>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
    #[serde(borrow, default)]
    request_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
}

impl Event<'_> {
    fn into_parts(self, context: Context) -> RequestParts {
        let text = |text: Option<Text<'_>>| text.map(|Text(text)| text.into_owned());
        let query = self.raw_query_string.map(|Text(query)| query).unwrap_or_default();
        let body = self.body.map(|Text(body)| body).unwrap_or_default();
        RequestParts {
            // The gateway's id, which its access log has too; Lambda's where there is none.
            request_id: text(self.request_context.request_id).unwrap_or(context.request_id),
            method: self.request_context.http.method.into_owned(),
            path: text(self.raw_path).unwrap_or_else(|| "/".to_owned()),
            path_parameters: self.path_parameters.unwrap_or_default().0,
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            authorization: self.headers.authorization.map(Cow::into_owned),
            content_type: self.headers.content_type.map(Cow::into_owned),
            encoding: self.headers.encoding.map(|encoding| encoding.trim().to_owned()),
            body: bytes(body, self.is_base64_encoded.unwrap_or_default()),
        }
    }
}

/// The body; what claims to be base64 and is not counts as text.
fn bytes(body: Cow<'_, str>, is_base64: bool) -> Vec<u8> {
    let decoded = if is_base64 { STANDARD.decode(body.as_bytes()).ok() } else { None };
    decoded.unwrap_or_else(|| body.into_owned().into_bytes())
}

/// The headers that we read; their names are compared in any case, and repeated ones joined by a comma, as the gateway does.
#[derive(Default)]
struct Headers<'a> {
    authorization: Option<Cow<'a, str>>,
    content_type: Option<Cow<'a, str>>,
    encoding: Option<Cow<'a, str>>,
}

impl<'a> Headers<'a> {
    fn add(&mut self, name: &str, value: Cow<'a, str>) {
        let is = |header| name.eq_ignore_ascii_case(header);
        if is("authorization") {
            join(&mut self.authorization, value);
        } else if is("content-type") {
            join(&mut self.content_type, value);
        } else if is("content-encoding") || is("grpc-encoding") {
            let encoding = value.trim();
            if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
                join(&mut self.encoding, value);
            }
        }
    }
}

fn join<'a>(header: &mut Option<Cow<'a, str>>, value: Cow<'a, str>) {
    match header {
        Some(first) => {
            let joined = first.to_mut();
            joined.push(',');
            joined.push_str(&value);
        }
        None => *header = Some(value),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Headers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Headers::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut headers = Headers::default();
        while let Some((Text(name), Text(value))) = map.next_entry()? {
            headers.add(&name, value);
        }
        Ok(headers)
    }
}

/// The members of an object of texts.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// A reply in the gateway's payload format 2.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status_code: u16,
    #[serde(serialize_with = "as_object")]
    headers: &'a [(&'static str, Cow<'static, str>)],
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

impl<'a> Response<'a> {
    fn of(reply: &'a Reply) -> Self {
        let (body, is_base64_encoded) = match &reply.body {
            Some(ReplyBody::Text(text)) => (Some(Cow::Borrowed(text.as_str())), false),
            Some(ReplyBody::Bytes(bytes)) => (Some(Cow::Owned(STANDARD.encode(bytes))), true),
            None => (None, false),
        };
        Self { status_code: reply.status, headers: &reply.headers, body, is_base64_encoded }
    }
}

fn as_object<S: Serializer>(pairs: &[(&'static str, Cow<'static, str>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (*name, value.as_ref())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(more: &Value) -> Value {
        let mut event = json!({
            "rawPath": "/users/v1/link", "rawQueryString": "", "headers": {}, "isBase64Encoded": false,
            "requestContext": { "http": { "method": "POST" }, "requestId": "r-1" },
        });
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    }

    fn parts(more: &Value) -> RequestParts {
        let text = event(more).to_string();
        let event: Event<'_> = serde_json::from_str(&text).unwrap();
        let mut context = Context::default();
        context.request_id = "lambda".to_owned();
        event.into_parts(context)
    }

    #[test]
    fn headers_are_found_in_any_case_and_repeated_ones_joined() {
        let parts = parts(&json!({ "headers": {
            "Authorization": "Bearer a", "authorization": "Bearer \"b", "CONTENT-TYPE": "application/json", "x-other": "1",
        } }));
        assert_eq!(parts.authorization.as_deref(), Some("Bearer a,Bearer \"b"));
        assert_eq!(parts.content_type.as_deref(), Some("application/json"));
        assert_eq!(parts.encoding, None);
    }

    #[test]
    fn an_encoding_is_one_that_changes_the_body() {
        for (given, encoding) in [("gzip", Some("gzip")), ("identity", None), ("Identity ", None), ("", None)] {
            for header in ["content-encoding", "grpc-encoding"] {
                assert_eq!(parts(&json!({ "headers": { header: given } })).encoding.as_deref(), encoding, "{given}");
            }
        }
    }

    #[test]
    fn a_query_is_decoded_in_order_and_repeats_stay() {
        let parts = parts(&json!({ "rawQueryString": "b=1&a=%2B+%C3%A9&b=&c" }));
        let query: Vec<_> = parts.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(query, [("b", "1"), ("a", "+ é"), ("b", ""), ("c", "")]);
    }

    #[test]
    fn a_body_is_text_or_base64_and_may_be_absent() {
        let cases = [
            (json!({ "body": "é\n" }), "é\n".as_bytes()),
            (json!({ "body": "w6k=", "isBase64Encoded": true }), "é".as_bytes()),
            (json!({ "body": "%%%", "isBase64Encoded": true }), b"%%%"),
            (json!({ "body": null }), b""),
            (json!({}), b""),
        ];
        for (more, body) in cases {
            assert_eq!(parts(&more).body, body, "{more}");
        }
    }

    #[test]
    fn what_a_gateway_may_leave_out_or_null_counts_as_empty() {
        let parts = parts(&json!({ "headers": null, "pathParameters": null, "rawQueryString": null, "body": null,
            "rawPath": null, "isBase64Encoded": null, "requestContext": { "http": { "method": "GET" } } }));
        assert_eq!((parts.method.as_str(), parts.path.as_str()), ("GET", "/"));
        assert_eq!(parts.request_id, "lambda");
        assert!(parts.query.is_empty() && parts.path_parameters.is_empty() && parts.authorization.is_none());
    }

    #[test]
    fn a_reply_is_a_response_of_the_gateways_format() {
        let written = |reply: &Reply| serde_json::to_value(Response::of(reply)).unwrap();
        let text = Reply::json(201, &json!({ "a": 1 })).with_header("retry-after", "1");
        let headers = json!({ "content-type": "application/json", "retry-after": "1" });
        let expected = json!({ "statusCode": 201, "headers": headers, "body": r#"{"a":1}"#, "isBase64Encoded": false });
        assert_eq!(written(&text), expected);
        let bytes = Reply::empty(200).with_body("application/proto", ReplyBody::Bytes(vec![0xff]));
        assert_eq!(written(&bytes)["body"], "/w==");
        assert_eq!(written(&bytes)["isBase64Encoded"], true);
        let empty = json!({ "statusCode": 204, "headers": {}, "isBase64Encoded": false });
        assert_eq!(written(&Reply::empty(204)), empty);
    }
}
