//! The dialect of ZITADEL's user service, over REST, Connect and gRPC-Web: one error, three encoders.
//!
//! Each endpoint writes down its order of checks.

mod describe;
mod failure;
mod grpc_web;
mod gzip;
mod json;
mod messages;
mod models;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use describe::{change, change_call, show, show_call};
pub use failure::{ApiError, Code, WireProblem};
pub use models::{Details, DetailsBody, UserBody};
pub use wire::{Style, Wire, is_call};

use super::{App, Audit, BODY_LIMIT, Refusal, Reply, Request, Rights, Rule, endpoint::KEYS_UNAVAILABLE};
use crate::{
    auth::{PermissionProblem, TokenRejection},
    aws::CallError,
    identity::{PlatformUser, PlayerUuid},
    validation::{FromField, Value},
};
use failure::Failure;
use wire::ACCEPT_POST;

/// What an endpoint of this dialect answers when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Rejection<E> {
    /// 415 or 400: the body is not the message that it should be.
    #[error(transparent)]
    WireProblem(#[from] WireProblem),
    /// 401.
    #[error("not authenticated")]
    Unauthenticated(Unauthenticated),
    /// 503: nobody can be told apart for now.
    #[error("{KEYS_UNAVAILABLE}")]
    KeysUnavailable,
    /// 400: the id's length; the name of the request message.
    #[error("invalid user id")]
    InvalidUserId(&'static str),
    /// 403.
    #[error(transparent)]
    Forbidden(#[from] PermissionProblem),
    /// 503 or 500.
    #[error(transparent)]
    Store(#[from] CallError),
    /// One of the endpoint's own.
    #[error("refused")]
    Refused(E),
}

/// Why a caller is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// There is no token.
    NoHeader,
    /// The token is not where it should be.
    BadHeader,
    /// The token is not good.
    BadToken,
}

impl Unauthenticated {
    /// Every reason.
    const ALL: [Self; 3] = [Self::NoHeader, Self::BadHeader, Self::BadToken];

    /// What the caller is told. Only a missing header has no id.
    fn failure(self) -> Failure {
        let with_id = |id, text| Failure::from(ApiError { code: Code::Unauthenticated, id, text });
        let failure = match self {
            Self::NoHeader => Failure::new(Code::Unauthenticated, "auth header missing"),
            Self::BadHeader => with_id("AUTH-toLo1", "invalid auth header"),
            Self::BadToken => with_id("AUTH-7fs1e", "Errors.Token.Invalid"),
        };
        let message = failure.message.clone();
        failure.with_header("www-authenticate", message)
    }
}

/// 403.
const NOT_PERMITTED: ApiError =
    ApiError { code: Code::PermissionDenied, id: "AUTH-AWfge", text: "No matching permissions found" };

impl<E: Refusal<Error = ApiError>> From<E> for Rejection<E> {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Refusal<Error = ApiError>> super::Rejection for Rejection<E> {
    fn into_reply(self, request: &Request, audit: &mut Audit) -> Reply {
        let failure = match self {
            Self::WireProblem(undecoded) => undecoded.failure(Wire::of_answer(request)),
            Self::Unauthenticated(reason) => reason.failure(),
            Self::InvalidUserId(message) => {
                let rule = format!("value length must be between 1 and {USER_ID_CHARS} runes, inclusive");
                Failure::new(Code::InvalidArgument, format!("invalid {message}.UserId: {rule}"))
            }
            Self::Forbidden(_) => NOT_PERMITTED.into(),
            Self::Store(error) => {
                audit.set_cause(&error);
                let failure = if error.is_passing() { Failure::unavailable } else { Failure::internal };
                let failure = failure(request.id());
                return answer(request, &failure).with_kind(error.kind());
            }
            Self::KeysUnavailable => {
                audit.set_cause(KEYS_UNAVAILABLE);
                Failure::unavailable(request.id())
            }
            Self::Refused(refusal) => refusal.error().into(),
        };
        answer(request, &failure)
    }
}

impl WireProblem {
    /// What the caller is told in its encoding.
    fn failure(self, wire: Wire) -> Failure {
        match self {
            Self::ContentType => {
                let why = "gRPC itself needs HTTP/2 trailers, which this API cannot carry";
                let text = format!("unsupported content type: use one of {ACCEPT_POST}; {why}");
                Failure::new(Code::Unimplemented, text).with_status(415).with_header("accept-post", ACCEPT_POST)
            }
            Self::Malformed(text) => Failure::new(Code::InvalidArgument, text),
            Self::Compressed => {
                Failure::new(Code::Unimplemented, "unsupported compression: use gzip or identity").with_status(400)
            }
            Self::TooLarge => {
                let text = format!("Request body is larger than {BODY_LIMIT} bytes");
                let failure = Failure::new(Code::ResourceExhausted, text);
                match wire {
                    Wire::Rest | Wire::GrpcWeb => failure.with_status(413),
                    // Over Connect the status goes by the code: 429.
                    Wire::ConnectJson | Wire::ConnectProto => failure,
                }
            }
        }
    }
}

/// The `userId` of a request, unjudged: the path's if it has one, otherwise the body's.
///
/// The body of a POST is read and must be right either way.
pub fn named_user<E>(request: &Request) -> Result<Cow<'_, str>, Rejection<E>> {
    Ok(Wire::user_id(request)?)
}

/// Verifies the bearer token, notes the actor for the audit line, and tells the caller's rights at this rule's endpoint. The
/// scheme is exactly `Bearer `.
pub async fn authenticate<R: Rule<S, Rejection = Rejection<E>>, S, E>(
    app: &App<S>,
    request: &Request,
    audit: &mut Audit,
) -> Result<Rights, Rejection<E>> {
    let Some(header) = request.authorization() else {
        return Err(Rejection::Unauthenticated(Unauthenticated::NoHeader));
    };
    let token = header.strip_prefix("Bearer ").filter(|token| !token.is_empty() && !token.contains([' ', ',']));
    let token = token.ok_or(Rejection::Unauthenticated(Unauthenticated::BadHeader))?;
    let now = app.ambient.now();
    let caller = app.auth.verify(token, now).await.map_err(|rejection| match rejection {
        TokenRejection::Refused(_) => Rejection::Unauthenticated(Unauthenticated::BadToken),
        TokenRejection::KeysUnavailable => Rejection::KeysUnavailable,
    })?;
    audit.set_actor(caller.actor());
    Ok(Rights::of(caller, R::ACCESS, now))
}

/// Most characters of a `userId`.
const USER_ID_CHARS: usize = 200;

/// A `userId` of 1 to 200 characters; the name of the request message is for the error.
pub fn check_length<E>(user_id: &str, message: &'static str) -> Result<(), Rejection<E>> {
    if (1..=USER_ID_CHARS).contains(&user_id.chars().count()) { Ok(()) } else { Err(Rejection::InvalidUserId(message)) }
}

/// The player of a `userId`, read as RallyHere's paths read one; `None` for what cannot be one of ours.
pub fn player_uuid(user_id: &str) -> Option<PlayerUuid> {
    PlayerUuid::from_field(&Value::String(user_id.into())).ok()
}

/// 200: the details of a user that was changed, in the encoding of the request.
pub fn changed(request: &Request, user: &PlatformUser) -> Reply {
    Wire::of_answer(request).changed(user)
}

/// 200: a user and its state, in the encoding of the request.
pub fn shown(request: &Request, user: &PlatformUser) -> Reply {
    Wire::of_answer(request).shown(user)
}

/// 400: nothing of it could be read.
pub(super) fn bad_request(request: &Request) -> Reply {
    answer(request, &Failure::new(Code::InvalidArgument, "Bad Request"))
}

/// No such path: 404, and for a call the code that its protocol has for an unknown method.
pub(super) fn not_found(request: &Request) -> Reply {
    let wire = Wire::of_answer(request);
    wire.failure(&match wire {
        Wire::Rest => Failure::new(Code::NotFound, "Not Found"),
        Wire::ConnectJson | Wire::ConnectProto | Wire::GrpcWeb => {
            Failure::new(Code::Unimplemented, "unknown method").with_status(404)
        }
    })
}

/// 405: not with this method.
pub(super) fn method_not_allowed(request: &Request) -> Reply {
    answer(request, &Failure::new(Code::Unimplemented, "Method Not Allowed").with_status(405))
}

/// 413: more than the body limit.
pub(super) fn too_large(request: &Request) -> Reply {
    answer(request, &WireProblem::TooLarge.failure(Wire::of_answer(request)))
}

/// 503: nothing of ours but the request's id.
pub(super) fn unavailable(request: &Request) -> Reply {
    answer(request, &Failure::unavailable(request.id()))
}

/// 500: nothing of ours but the request's id.
pub(super) fn internal(request: &Request) -> Reply {
    answer(request, &Failure::internal(request.id()))
}

fn answer(request: &Request, failure: &Failure) -> Reply {
    Wire::of_answer(request).failure(failure)
}
