//! An error before it is encoded for REST, Connect or gRPC-Web.

use std::borrow::Cow;

/// The gRPC codes in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 3, HTTP 400.
    InvalidArgument,
    /// 5, HTTP 404.
    NotFound,
    /// 7, HTTP 403.
    PermissionDenied,
    /// 8, HTTP 429. A body that is too large is answered with 413, except over Connect.
    ResourceExhausted,
    /// 9, HTTP 400.
    FailedPrecondition,
    /// 12, HTTP 501. All uses are the caller's mistake, so each replaces the status with a 4xx.
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

    /// The HTTP status, unless the case replaces it.
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

/// One error of the contract: the code, ZITADEL's error id and the text without the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiError {
    /// The gRPC code.
    pub code: Code,
    /// The error id, such as `COMMAND-5gunjw0cd7`.
    pub id: &'static str,
    /// The text without the id.
    pub text: &'static str,
}

impl ApiError {
    /// 404 with the error id of this operation.
    pub const fn user_not_found(id: &'static str) -> Self {
        Self { code: Code::NotFound, id, text: "User could not be found" }
    }

    /// 400: the user is in the wrong state.
    pub const fn failed_precondition(id: &'static str, text: &'static str) -> Self {
        Self { code: Code::FailedPrecondition, id, text }
    }
}

/// A body that is not the expected message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireProblem {
    /// 415: the content type is not supported.
    #[error("unsupported content type")]
    ContentType,
    /// 400: the body is malformed. The text quotes nothing of it.
    #[error("malformed body")]
    Malformed(Cow<'static, str>),
    /// 400: the compression is not gzip.
    #[error("unsupported compression")]
    Compressed,
    /// 413: the body is larger than the limit after decompression.
    #[error("too large")]
    TooLarge,
}

/// An error, before it is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    /// The HTTP status. Over gRPC-Web only the log shows it.
    pub(super) status: u16,
    pub(super) message: Cow<'static, str>,
    pub(super) detail: Option<ErrorDetail>,
    /// A header that belongs to the HTTP status.
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
    /// The full name of the message in an `Any`.
    pub(super) const TYPE_URL: &str = "type.googleapis.com/zitadel.v1.ErrorDetail";
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, status: code.status(), message: message.into(), detail: None, header: None }
    }

    /// Replaces the HTTP status of the code.
    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn with_header(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { header: Some((name, value.into())), ..self }
    }

    /// 503. The body names only the request's id.
    pub(super) fn unavailable(request_id: &str) -> Self {
        Self::new(Code::Unavailable, format!("Try again (request {request_id})")).with_header("retry-after", "1")
    }

    /// 500. The body names only the request's id.
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
