//! An HTTP request as the event that API Gateway's HTTP API (payload 2.0) makes of it.

use std::{collections::BTreeMap, net::Ipv4Addr, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, Method, Uri,
    header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT},
};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::percent::{decode, decode_query};
use crate::template::{ACCOUNT, RouteKey};

/// `22/Nov/2026:08:25:07 +0000`
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// The parts of a request that an event is made of.
pub(super) struct Incoming<'a> {
    pub(super) request_id: &'a str,
    pub(super) route: &'a RouteKey,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) received: SystemTime,
}

/// The size of request line and headers in bytes. The gateway limits their sum.
pub(super) fn head_size(method: &Method, uri: &Uri, headers: &HeaderMap) -> usize {
    let path = uri.path_and_query().map_or(1, |path| path.as_str().len());
    let line = method.as_str().len() + path + "  HTTP/1.1\r\n".len();
    line + headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum::<usize>()
}

impl Incoming<'_> {
    /// Builds the event.
    pub(super) fn event(&self) -> Value {
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route.to_string(),
            "rawPath": decode(self.uri.path()),
            "rawQueryString": self.uri.query().unwrap_or_default(),
            "headers": self.joined_headers(),
            "requestContext": self.context(),
            "isBase64Encoded": false,
        });
        let cookies = self.cookies();
        let query = self.query();
        let Some(fields) = event.as_object_mut() else { return event };
        if !cookies.is_empty() {
            fields.insert("cookies".into(), json!(cookies));
        }
        if !query.is_empty() {
            fields.insert("queryStringParameters".into(), Value::Object(query));
        }
        if !self.parameters.is_empty() {
            fields.insert("pathParameters".into(), json!(self.parameters));
        }
        if !self.body.is_empty() {
            let text = std::str::from_utf8(self.body).ok().filter(|_| self.is_textual());
            fields.insert("isBase64Encoded".into(), text.is_none().into());
            fields.insert("body".into(), text.map_or_else(|| STANDARD.encode(self.body), str::to_owned).into());
        }
        event
    }

    fn context(&self) -> Value {
        let received = OffsetDateTime::from(self.received);
        let host = self.header(HOST);
        let domain = host.rsplit_once(':').map_or(host.as_ref(), |(domain, _)| domain);
        json!({
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": self.method.as_str(),
                "path": decode(self.uri.path()),
                "protocol": "HTTP/1.1",
                "sourceIp": Ipv4Addr::LOCALHOST.to_string(),
                "userAgent": self.header(USER_AGENT),
            },
            "requestId": self.request_id,
            "routeKey": self.route.to_string(),
            "stage": "$default",
            "time": received.format(TIME).unwrap_or_default(),
            "timeEpoch": i64::try_from(received.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
        })
    }

    fn header(&self, name: hyper::header::HeaderName) -> String {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
    }

    /// The headers of the event. Repeated headers are joined into one, cookies are left out because
    /// they have their own field, and the gateway adds the client's address and protocol.
    fn joined_headers(&self) -> Map<String, Value> {
        let mut joined: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != COOKIE) {
            let value = String::from_utf8_lossy(value.as_bytes());
            joined
                .entry(name.as_str())
                .and_modify(|joined| {
                    joined.push(',');
                    joined.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        joined.insert("x-forwarded-for", Ipv4Addr::LOCALHOST.to_string());
        joined.insert("x-forwarded-proto", "http".to_owned());
        joined.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
    }

    fn cookies(&self) -> Vec<String> {
        let values = self.headers.get_all(COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()).collect()
    }

    /// The decoded query. The values of a repeated name are joined by commas.
    fn query(&self) -> Map<String, Value> {
        let mut query: BTreeMap<String, String> = BTreeMap::new();
        for pair in self.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode_query(value);
            query
                .entry(decode_query(name))
                .and_modify(|joined| {
                    joined.push(',');
                    joined.push_str(&value);
                })
                .or_insert(value);
        }
        query.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
    }

    /// Whether the gateway passes the body on as text. It passes every other body as base64.
    fn is_textual(&self) -> bool {
        let content_type = self.header(CONTENT_TYPE).to_ascii_lowercase();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        kind.starts_with("text/") || ["application/json", "application/javascript", "application/xml"].contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn event(uri: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Value {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Incoming {
            request_id: "r",
            route: &RouteKey::Path { method: "POST".into(), path: "/users/{id}".into() },
            parameters: &BTreeMap::from([("id".into(), "a/b".into())]),
            method: &Method::POST,
            uri: &uri.parse().unwrap(),
            headers: &map,
            body,
            received: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_335_907_123),
        }
        .event()
    }

    #[test]
    fn paths_are_decoded_and_the_query_is_kept_raw_beside_its_parameters() {
        let event = event("/users/a%2Fb?x=1&y=%20+&x=2", &[], b"");
        assert_eq!(event["routeKey"], "POST /users/{id}");
        assert_eq!(event["rawPath"], "/users/a/b");
        assert_eq!(event["rawQueryString"], "x=1&y=%20+&x=2");
        assert_eq!(event["queryStringParameters"], json!({ "x": "1,2", "y": "  " }));
        assert_eq!(event["pathParameters"], json!({ "id": "a/b" }));
        assert_eq!(event["isBase64Encoded"], false);
        assert!(event.get("body").is_none() && event.get("cookies").is_none());
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_listed() {
        let headers =
            [("x-one", "1"), ("x-one", "2"), ("cookie", "a=1; b=2"), ("cookie", "c=3"), ("host", "localhost:8080")];
        let event = event("/users/a", &headers, b"");
        let expected = json!({ "x-one": "1,2", "host": "localhost:8080", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" });
        assert_eq!(event["headers"], expected);
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert_eq!(event["requestContext"]["domainName"], "localhost");
    }

    #[test]
    fn textual_bodies_stay_text_and_others_become_base64() {
        let cases: [(&str, &[u8], Value, bool); 6] = [
            ("application/json", b"{}", json!("{}"), false),
            ("Application/JSON; charset=utf-8", b"{}", json!("{}"), false),
            ("text/plain", "é".as_bytes(), json!("é"), false),
            ("application/x-www-form-urlencoded", b"{}", json!("e30="), true),
            ("application/connect+json", b"{}", json!("e30="), true),
            ("application/json", b"\xFF", json!("/w=="), true),
        ];
        for (content_type, body, expected, base64) in cases {
            let event = event("/users/a", &[("content-type", content_type)], body);
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&expected, &json!(base64)), "{content_type}");
        }
        assert_eq!(event("/users/a", &[], b"{}")["body"], "e30=");
    }

    #[test]
    fn the_context_says_when_and_who() {
        let context = &event("/users/a", &[("user-agent", "curl")], b"")["requestContext"];
        assert_eq!(context["time"], "22/Nov/2026:08:25:07 +0000");
        assert_eq!(context["timeEpoch"], 1_795_335_907_123_u64);
        assert_eq!(context["requestId"], "r");
        assert_eq!(context["http"]["userAgent"], "curl");
    }

    #[test]
    fn the_head_is_measured_as_it_is_on_the_wire() {
        let head = "GET /a?b=c HTTP/1.1\r\nhost: x\r\nx-y: zz\r\n";
        let mut headers = HeaderMap::new();
        headers.insert("host", "x".parse().unwrap());
        headers.insert("x-y", "zz".parse().unwrap());
        assert_eq!(head_size(&Method::GET, &"/a?b=c".parse().unwrap(), &headers), head.len());
    }
}
