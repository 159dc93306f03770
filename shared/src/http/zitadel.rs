//! The REST error dialect of ZITADEL's user service: `{"code", "message", "details"}`.
//!
//! Texts and order of checks: reference/zitadel.md.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Refusal, Reply, Request, endpoint::log_failure};
use crate::{
    auth::{Authenticator, Caller, InsufficientPermissions},
    identity::{PersonId, PlatformUser, PlayerUuid, Timestamp},
    store::StoreError,
};

/// The codes of gRPC that are used here, with their HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 3, 400.
    InvalidArgument,
    /// 5, 404.
    NotFound,
    /// 7, 403.
    PermissionDenied,
    /// 8, 413 for a body that is too large.
    ResourceExhausted,
    /// 9, 400.
    FailedPrecondition,
    /// 12, 405.
    Unimplemented,
    /// 13, 500.
    Internal,
    /// 14, 503.
    Unavailable,
    /// 16, 401.
    Unauthenticated,
}

impl Code {
    /// The number on the wire.
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

    /// The HTTP status of the REST path.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => 400,
            Self::NotFound => 404,
            Self::PermissionDenied => 403,
            Self::ResourceExhausted => 413,
            Self::Unimplemented => 405,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::Unauthenticated => 401,
        }
    }

    const fn log_code(self) -> &'static str {
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

/// One refusal: the code, ZITADEL's error id and the bare text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The gRPC code.
    pub code: Code,
    /// Such as `COMMAND-5gunjw0cd7`.
    pub id: &'static str,
    /// The text without the id.
    pub text: &'static str,
}

impl Answer {
    /// 404 with the operation's own id.
    pub const fn user_not_found(id: &'static str) -> Self {
        Self { code: Code::NotFound, id, text: "User could not be found" }
    }

    /// 400: the user is in the wrong state.
    pub const fn failed_precondition(id: &'static str, text: &'static str) -> Self {
        Self { code: Code::FailedPrecondition, id, text }
    }
}

/// What an endpoint of this dialect answers when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Rejection<E> {
    /// 400: the body is not a JSON object; the parser's text.
    #[error("malformed body")]
    Malformed(String),
    /// 401.
    #[error("not authenticated")]
    Unauthenticated(&'static str),
    /// 400: the id's length; the name of the request message.
    #[error("invalid user id")]
    InvalidUserId(&'static str),
    /// 403.
    #[error(transparent)]
    Forbidden(#[from] InsufficientPermissions),
    /// 503 or 500.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of the endpoint's own.
    #[error("refused")]
    Refused(E),
}

impl<E: Refusal<Answer = Answer>> From<E> for Rejection<E> {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Refusal<Answer = Answer>> super::Rejection for Rejection<E> {
    fn into_reply(self, request_id: &str) -> Reply {
        match self {
            Self::Malformed(text) => error(Code::InvalidArgument, &text, None),
            Self::Unauthenticated(text) => {
                error(Code::Unauthenticated, text, None).with_header("www-authenticate", text)
            }
            Self::InvalidUserId(message) => {
                let text = format!("invalid {message}.UserId: value length must be between 1 and 200 runes, inclusive");
                error(Code::InvalidArgument, &text, None)
            }
            Self::Forbidden(_) => error(Code::PermissionDenied, "No matching permissions found (AUTH-AWfge)", None),
            Self::Store(error) => failed(&error, request_id),
            Self::Refused(refusal) => {
                let Answer { code, id, text } = refusal.answer();
                error(code, &format!("{text} ({id})"), Some(ErrorDetail { type_url: ERROR_DETAIL, id, message: text }))
            }
        }
    }
}

/// Reads the body of a state change: nothing, or a JSON object whose `userId` yields to the path's.
pub fn read_body<E>(request: &Request) -> Result<(), Rejection<E>> {
    if request.body().is_empty() {
        return Ok(());
    }
    match serde_json::from_slice::<Map<String, Value>>(request.body()) {
        Ok(_) => Ok(()),
        // The parser's own texts may quote what it met.
        Err(error) => Err(Rejection::Malformed(format!(
            "malformed JSON object at line {} column {}",
            error.line(),
            error.column()
        ))),
    }
}

/// Verifies the bearer token and notes the actor for the audit line. The scheme is exactly `Bearer `.
pub fn authenticate<E>(auth: &Authenticator, request: &Request, now: Timestamp) -> Result<Caller, Rejection<E>> {
    let Some(header) = request.authorization() else {
        return Err(Rejection::Unauthenticated("auth header missing"));
    };
    let token = header.strip_prefix("Bearer ").filter(|token| !token.is_empty() && !token.contains([' ', ',']));
    let token = token.ok_or(Rejection::Unauthenticated("invalid auth header (AUTH-toLo1)"))?;
    let caller =
        auth.verify(token, now).map_err(|_| Rejection::Unauthenticated("Errors.Token.Invalid (AUTH-7fs1e)"))?;
    request.set_actor(caller.actor());
    Ok(caller)
}

/// The `userId` of the path as it came: 1 to 200 characters.
pub fn user_id<'r, E>(request: &'r Request, message: &'static str) -> Result<&'r str, Rejection<E>> {
    let id = request.raw_path_parameter("userId");
    if (1..=200).contains(&id.chars().count()) { Ok(id) } else { Err(Rejection::InvalidUserId(message)) }
}

/// The player of a `userId`; `None` for what cannot be one of ours.
pub fn player_uuid(user_id: &str) -> Option<PlayerUuid> {
    uuid::Uuid::try_parse(user_id).ok().map(PlayerUuid)
}

/// The `details` of every answer about a user, in the key order of the seed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    #[serde(serialize_with = "as_string")]
    sequence: u64,
    change_date: Timestamp,
    resource_owner: PersonId,
    creation_date: Timestamp,
}

impl From<&PlatformUser> for Details {
    fn from(user: &PlatformUser) -> Self {
        Self {
            sequence: user.sequence,
            change_date: user.changed,
            resource_owner: user.person_id,
            creation_date: user.created,
        }
    }
}

/// The whole answer of a state change.
#[derive(Debug, Serialize)]
pub struct DetailsBody {
    /// What changed.
    pub details: Details,
}

/// 404: no such path.
pub(super) fn not_found() -> Reply {
    error(Code::NotFound, "Not Found", None)
}

/// 405: not with this method.
pub(super) fn method_not_allowed() -> Reply {
    error(Code::Unimplemented, "Method Not Allowed", None)
}

/// 413: more than the body limit.
pub(super) fn too_large() -> Reply {
    error(Code::ResourceExhausted, "Request body is larger than 65536 bytes", None)
}

fn failed(failure: &StoreError, request_id: &str) -> Reply {
    log_failure(failure, request_id);
    match failure {
        StoreError::Unavailable => unavailable(request_id),
        StoreError::Broken(_) => internal(request_id),
    }
}

/// 503: nothing of ours but the request's id.
pub(super) fn unavailable(request_id: &str) -> Reply {
    error(Code::Unavailable, &format!("Try again (request {request_id})"), None).with_header("retry-after", "1")
}

/// 500: nothing of ours but the request's id.
pub(super) fn internal(request_id: &str) -> Reply {
    error(Code::Internal, &format!("Internal error (request {request_id})"), None)
}

const ERROR_DETAIL: &str = "type.googleapis.com/zitadel.v1.ErrorDetail";

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u8,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[ErrorDetail; 1]>,
}

#[derive(Serialize)]
struct ErrorDetail {
    #[serde(rename = "@type")]
    type_url: &'static str,
    id: &'static str,
    message: &'static str,
}

fn error(code: Code, message: &str, detail: Option<ErrorDetail>) -> Reply {
    let body = ErrorBody { code: code.number(), message, details: detail.map(|detail| [detail]) };
    Reply::json(code.status(), &body).with_code(code.log_code())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_string<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
