//! One error, before anybody decides how it is written.

use std::borrow::Cow;

/// The codes of gRPC that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 3, HTTP 400.
    InvalidArgument,
    /// 5, HTTP 404.
    NotFound,
    /// 7, HTTP 403.
    PermissionDenied,
    /// 8, HTTP 429; 413 for a body that is too large, but for Connect.
    ResourceExhausted,
    /// 9, HTTP 400.
    FailedPrecondition,
    /// 12, HTTP 501. Whatever is answered with it is the caller's doing, and so has a 4xx of its own.
    Unimplemented,
    /// 13, HTTP 500.
    Internal,
    /// 14, HTTP 503.
    Unavailable,
    /// 16, HTTP 401.
    Unauthenticated,
}

impl Code {
    /// The number in REST and gRPC-Web.
    pub const fn number(self) -> u8 {
        match self {
            Self::InvalidArgument => 3,
            Self::NotFound => 5,
            Self::PermissionDenied => 7,
            Self::ResourceExhausted => 8,
            Self::FailedPrecondition => 9,
            Self::Unimplemented => 12,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }

    /// The HTTP status where the case has none of its own.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => 400,
            Self::NotFound => 404,
            Self::PermissionDenied => 403,
            Self::ResourceExhausted => 429,
            Self::Unimplemented => 501,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::Unauthenticated => 401,
        }
    }

    /// The name in Connect and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::NotFound => "not_found",
            Self::PermissionDenied => "permission_denied",
            Self::ResourceExhausted => "resource_exhausted",
            Self::FailedPrecondition => "failed_precondition",
            Self::Unimplemented => "unimplemented",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::Unauthenticated => "unauthenticated",
        }
    }
}

/// One error of the contract: the code, ZITADEL's error id and the bare text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiError {
    /// The gRPC code.
    pub code: Code,
    /// Such as `COMMAND-5gunjw0cd7`.
    pub id: &'static str,
    /// The text without the id.
    pub text: &'static str,
}

impl ApiError {
    /// 404 with the operation's own id.
    pub const fn user_not_found(id: &'static str) -> Self {
        Self { code: Code::NotFound, id, text: "User could not be found" }
    }

    /// 400: the user is in the wrong state.
    pub const fn failed_precondition(id: &'static str, text: &'static str) -> Self {
        Self { code: Code::FailedPrecondition, id, text }
    }
}

/// A body that is not the message that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireProblem {
    /// 415: in no encoding that is spoken here.
    #[error("unsupported content type")]
    ContentType,
    /// 400. The text quotes nothing of the body.
    #[error("malformed body")]
    Malformed(Cow<'static, str>),
    /// 400: compressed in another way than with gzip.
    #[error("unsupported compression")]
    Compressed,
    /// 413: more than the body limit once it is expanded.
    #[error("too large")]
    TooLarge,
}

/// What went wrong, for every encoder alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    /// The HTTP status; over gRPC-Web only the log's.
    pub(super) status: u16,
    pub(super) message: Cow<'static, str>,
    pub(super) detail: Option<ErrorDetail>,
    /// A header that goes with the HTTP status.
    pub(super) header: Option<(&'static str, Cow<'static, str>)>,
}

/// `zitadel.v1.ErrorDetail`: the id, and the text without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ErrorDetail {
    pub(super) id: &'static str,
    pub(super) message: &'static str,
}

impl ErrorDetail {
    /// The full name of the message.
    pub(super) const TYPE: &str = "zitadel.v1.ErrorDetail";
    /// The same as an `Any` names it.
    pub(super) const TYPE_URL: &str = "type.googleapis.com/zitadel.v1.ErrorDetail";
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, status: code.status(), message: message.into(), detail: None, header: None }
    }

    /// Another HTTP status than the code's.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn with_header(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { header: Some((name, value.into())), ..self }
    }

    /// 503: nothing of ours but the request's id.
    pub(super) fn unavailable(request_id: &str) -> Self {
        Self::new(Code::Unavailable, format!("Try again (request {request_id})")).with_header("retry-after", "1")
    }

    /// 500: nothing of ours but the request's id.
    pub(super) fn internal(request_id: &str) -> Self {
        Self::new(Code::Internal, format!("Internal error (request {request_id})"))
    }
}

impl From<ApiError> for Failure {
    fn from(ApiError { code, id, text }: ApiError) -> Self {
        let detail = Some(ErrorDetail { id, message: text });
        Self { detail, ..Self::new(code, format!("{text} ({id})")) }
    }
}
