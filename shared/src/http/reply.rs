use std::{borrow::Cow, fmt};

use serde::Serialize;

use crate::telemetry::FailureKind;

/// The body of a reply.
#[derive(Clone, PartialEq, Eq)]
pub enum ReplyBody {
    /// Text, such as JSON.
    Text(String),
    /// Bytes that may not be text, such as Protocol Buffers.
    Bytes(Vec<u8>),
}

/// An HTTP reply. `Debug` hides the body, because it may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers. Their names are in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. Without one there is no content type either.
    pub body: Option<ReplyBody>,
    /// The error code for the log.
    pub code: Option<&'static str>,
    /// The HTTP status for the log, if it differs from `status`.
    pub outcome: Option<u16>,
    /// The kind of failure, for a 5xx.
    pub kind: FailureKind,
}

impl Reply {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, code: None, outcome: None, kind: FailureKind::Fault }
    }

    /// A reply with a JSON body. Our bodies are plain structs of strings and numbers, which always
    /// serialize.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::empty(status).with_body("application/json", ReplyBody::Text(body)),
            Err(_) => Self::empty(500),
        }
    }

    /// A reply whose JSON body is `null`, as FastAPI answers if there is nothing to say.
    pub fn null(status: u16) -> Self {
        Self::json(status, &())
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the error code for the log.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets the status that the log shows instead of the one that is sent.
    #[must_use]
    pub fn with_outcome(mut self, outcome: u16) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Sets the kind of failure.
    #[must_use]
    pub fn with_kind(mut self, kind: FailureKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the body and its content type.
    #[must_use]
    pub fn with_body(mut self, content_type: &'static str, body: ReplyBody) -> Self {
        self.body = Some(body);
        self.with_header("content-type", content_type)
    }

    /// The body, if it is text.
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
