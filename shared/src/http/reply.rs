use std::{borrow::Cow, fmt};

use serde::Serialize;

use crate::telemetry::FailureKind;

/// What a reply carries.
#[derive(Clone, PartialEq, Eq)]
pub enum ReplyBody {
    /// Text, such as JSON.
    Text(String),
    /// Bytes that may be no text, such as Protocol Buffers.
    Bytes(Vec<u8>),
}

/// An answer on its way out. `Debug` hides the body: it may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; without one there is no content type either.
    pub body: Option<ReplyBody>,
    /// The error code for the log.
    pub code: Option<&'static str>,
    /// What happened, as an HTTP status for the log, where `status` may not say so.
    pub outcome: Option<u16>,
    /// What it counts as, where it is a 5xx.
    pub kind: FailureKind,
}

impl Reply {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, code: None, outcome: None, kind: FailureKind::Fault }
    }

    /// A JSON body. Our bodies are plain structs of strings and numbers, which always serialize.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::empty(status).with_body("application/json", ReplyBody::Text(body)),
            Err(_) => Self::empty(500),
        }
    }

    /// One more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The error code for the log.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The status that the log shows instead of the one that is sent.
    #[must_use]
    pub fn with_outcome(mut self, outcome: u16) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// What a 5xx counts as.
    #[must_use]
    pub fn with_kind(mut self, kind: FailureKind) -> Self {
        self.kind = kind;
        self
    }

    /// A body of this type.
    #[must_use]
    pub fn with_body(mut self, content_type: &'static str, body: ReplyBody) -> Self {
        self.body = Some(body);
        self.with_header("content-type", content_type)
    }

    /// The body, where it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Some(ReplyBody::Text(text)) => Some(text),
            Some(ReplyBody::Bytes(_)) | None => None,
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("code", &self.code).finish_non_exhaustive()
    }
}
