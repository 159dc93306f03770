//! A plain HTTP client that sends and returns bytes.

use std::time::Duration;

use aws_smithy_types::date_time::{DateTime, Format as DateTimeFormat};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::time::timeout;

/// How long an answer may take: longer than a body and a function may take together.
///
/// hyper's client can lose a request that it hands to a connection at the moment when that
/// connection breaks. Then the answer never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The reason why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection could not be made, or broke.
    Broken,
    /// A minute was not enough.
    Unanswered,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// The body as text. Bytes that are not UTF-8 become U+FFFD.
    pub text: String,
}

impl Answer {
    /// The body as JSON. `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The `error_code` of the RallyHere dialect.
    pub fn code(&self) -> String {
        self.json()["error_code"].as_str().unwrap_or_default().to_owned()
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Status and `error_code`, for short assertions.
    pub fn verdict(&self) -> (u16, String) {
        (self.status, self.code())
    }
}

/// A client that keeps its connections.
#[derive(Debug, Clone)]
pub struct Http(Client<HttpConnector, Full<Bytes>>);

impl Default for Http {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Http {
    /// Sends one request.
    pub async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let sent = self.try_send(method, url, headers, body).await;
        sent.unwrap_or_else(|lost| panic!("{method} {url} has no answer: {lost:?}"))
    }

    /// Sends one request to a server that may end before its answer is complete.
    pub async fn try_send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Lost> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let answer = async {
            let (parts, body) = self.0.request(request).await.ok()?.into_parts();
            Some((parts, body.collect().await.ok()?.to_bytes()))
        };
        let answer = timeout(PATIENCE, answer).await.map_err(|_elapsed| Lost::Unanswered)?;
        let (parts, bytes) = answer.ok_or(Lost::Broken)?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        })
    }
}

/// Seconds since the Unix epoch of a time such as `2026-11-22T09:00:00Z`.
pub fn unix_of(text: &str) -> i64 {
    assert_eq!((text.len(), text.chars().last()), (20, Some('Z')), "{text}");
    DateTime::from_str(text, DateTimeFormat::DateTime).expect("a date and time").secs()
}
