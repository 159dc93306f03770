use std::{borrow::Cow, fmt};

use serde::Serialize;

/// An answer on its way out. `Debug` hides the body: it may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; without one there is no content type either (reference/rallyhere.md).
    pub body: Option<String>,
    /// The error code for the log.
    pub code: Option<&'static str>,
}

impl Reply {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, code: None }
    }

    /// A JSON body. Our bodies are plain structs of strings and numbers, which always serialize.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::empty(status).with_header("content-type", "application/json").with_body(body),
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

    fn with_body(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("code", &self.code).finish_non_exhaustive()
    }
}
