//! The dialect of ZITADEL's user service over REST, Connect and gRPC-Web: one error, three encoders
//! (docs/contract/zitadel.md, "Errors").
//!
//! The checks have a fixed order (docs/contract/zitadel.md, "Order of checks").

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

/// The errors that an endpoint of this dialect can answer.
#[derive(Debug, thiserror::Error)]
pub enum Rejection<E> {
    /// 415 or 400: the body is not the expected message.
    #[error(transparent)]
    WireProblem(#[from] WireProblem),
    /// 401: there is no token, or it is refused.
    #[error("not authenticated")]
    Unauthenticated(Unauthenticated),
    /// 503: the token cannot be judged now.
    #[error("{KEYS_UNAVAILABLE}")]
    KeysUnavailable,
    /// 400: the id has the wrong length. Holds the name of the request message.
    #[error("invalid user id")]
    InvalidUserId(&'static str),
    /// 403: the permissions of the token are not enough.
    #[error(transparent)]
    Forbidden(#[from] PermissionProblem),
    /// 503 or 500: a call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
    /// A refusal that only this endpoint has.
    #[error("refused")]
    Refused(E),
}

/// The reasons of a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// There is no token.
    NoHeader,
    /// The `Authorization` header is not `Bearer ` and a token.
    BadHeader,
    /// The token is refused.
    BadToken,
}

impl Unauthenticated {
    /// Every reason.
    const ALL: [Self; 3] = [Self::NoHeader, Self::BadHeader, Self::BadToken];

    /// The error. Only the one for a missing header has no id.
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

/// 403: the permissions of the token are not enough.
const NOT_PERMITTED: ApiError =
    ApiError { code: Code::PermissionDenied, id: "AUTH-AWfge", text: "No matching permissions found" };

impl<E> From<TokenRejection> for Rejection<E> {
    fn from(rejection: TokenRejection) -> Self {
        match rejection {
            TokenRejection::Refused(_) => Self::Unauthenticated(Unauthenticated::BadToken),
            TokenRejection::KeysUnavailable => Self::KeysUnavailable,
        }
    }
}

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
    /// The error for a request in this encoding.
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
                    // Over Connect the code alone decides the status: 429.
                    Wire::ConnectJson | Wire::ConnectProto => failure,
                }
            }
        }
    }
}

/// The `userId` of a request, not validated: from the path if the route has one, otherwise from the
/// body.
///
/// The body of a POST is read and must be valid in both cases.
pub fn named_user<E>(request: &Request) -> Result<Cow<'_, str>, Rejection<E>> {
    Ok(Wire::user_id(request)?)
}

/// Verifies the bearer token, notes the actor for the audit line, and returns the caller's rights
/// at this endpoint. The scheme is exactly `Bearer `, in this case.
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
    let caller = app.auth.verify(token, now).await?;
    audit.set_actor(caller.actor());
    Ok(Rights::of(caller, R::ACCESS, now))
}

/// The largest length of a `userId`, in characters.
const USER_ID_CHARS: usize = 200;

/// Checks that a `userId` has 1 to 200 characters. `message` is the name of the request message,
/// for the error.
pub fn check_length<E>(user_id: &str, message: &'static str) -> Result<(), Rejection<E>> {
    if (1..=USER_ID_CHARS).contains(&user_id.chars().count()) { Ok(()) } else { Err(Rejection::InvalidUserId(message)) }
}

/// The player of a `userId`, in any spelling that RallyHere's paths accept
/// (docs/contract/zitadel.md, "Ids"). `None` if it cannot be one of our ids.
pub fn player_uuid(user_id: &str) -> Option<PlayerUuid> {
    PlayerUuid::from_field(&Value::String(user_id.into())).ok()
}

/// 200: the details of the changed user, in the encoding of the request.
pub fn changed(request: &Request, user: &PlatformUser) -> Reply {
    Wire::of_answer(request).changed(user)
}

/// 200: a user and its state, in the encoding of the request.
pub fn shown(request: &Request, user: &PlatformUser) -> Reply {
    Wire::of_answer(request).shown(user)
}

/// 400: the request cannot be read at all.
pub(super) fn bad_request(request: &Request) -> Reply {
    answer(request, &Failure::new(Code::InvalidArgument, "Bad Request"))
}

/// 404: the path does not exist. A call gets its protocol's code for an unknown method.
pub(super) fn not_found(request: &Request) -> Reply {
    let wire = Wire::of_answer(request);
    wire.failure(&match wire {
        Wire::Rest => Failure::new(Code::NotFound, "Not Found"),
        Wire::ConnectJson | Wire::ConnectProto | Wire::GrpcWeb => {
            Failure::new(Code::Unimplemented, "unknown method").with_status(404)
        }
    })
}

/// 405: the path exists, with other methods.
pub(super) fn method_not_allowed(request: &Request) -> Reply {
    answer(request, &Failure::new(Code::Unimplemented, "Method Not Allowed").with_status(405))
}

/// 413: the body is larger than the limit.
pub(super) fn too_large(request: &Request) -> Reply {
    answer(request, &WireProblem::TooLarge.failure(Wire::of_answer(request)))
}

/// 503. The body names only the request's id.
pub(super) fn unavailable(request: &Request) -> Reply {
    answer(request, &Failure::unavailable(request.id()))
}

/// 500. The body names only the request's id.
pub(super) fn internal(request: &Request) -> Reply {
    answer(request, &Failure::internal(request.id()))
}

fn answer(request: &Request, failure: &Failure) -> Reply {
    Wire::of_answer(request).failure(failure)
}
