//! The error dialect of RallyHere's Users API: `{"auth_success", "error_code", "desc"}`, and
//! FastAPI's 422 (docs/contract/rallyhere.md, "Errors").

mod describe;
mod login;
mod login_describe;
mod login_result;
mod models;
mod published;
mod receipt;
mod rule;
mod sessions;

use serde::Serialize;

pub use login::{LoginError, LoginRejection, RestrictionBody};
pub use login_result::{IntrospectionBody, LoginFacts, LoginResultBody, PortalFacts, TokenResponseBody, token_reply};
pub use models::{LinksBody, PlatformUserBody, PurgeBody};
pub use published::{KeyBody, KeysBody, ServerMetadataBody};
pub use receipt::ReceiptBody;
pub use rule::{Guarded, Rule};
pub use sessions::SessionsBody;

use super::{Audit, Refusal, Reply, Request, endpoint::KEYS_UNAVAILABLE};
use crate::{
    auth::{PermissionProblem, TokenProblem, TokenRejection},
    aws::CallError,
    validation::Problems,
};

/// The code of a 422 in the log.
const INVALID: &str = "validation_error";

/// One error of the contract: status, `error_code` and `desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The `error_code`.
    pub code: &'static str,
    /// The `desc`.
    pub desc: &'static str,
}

macro_rules! errors {
    ($($name:ident = $status:literal $code:literal $desc:literal;)+) => {$(
        #[doc = concat!("`", $code, "`")]
        pub const $name: Self = Self { status: $status, code: $code, desc: $desc };
    )+};
}

impl ApiError {
    errors! {
        ACCOUNT_NOT_FOUND = 400 "account_not_found" "User Account not found";
        ALREADY_CROSS_PROGRESSION_PLAYER = 400 "already_cross_progression_player" "Player is already the cross progression player";
        BAD_REQUEST = 400 "bad_request" "Bad Request";
        CANNOT_LINK_SAME_PLAYER = 400 "cannot_link_same_player" "Cannot link a player to themselves";
        CANNOT_MODIFY_PERSON = 400 "cannot_modify_person" "You have insufficient permissions to modify this person";
        CANNOT_UNLINK_CROSS_PROGRESSION_PLAYER = 400 "cannot_unlink_cross_progression_player" "Cannot unlink the cross progression player";
        FOLLOWER_ALREADY_LINKED = 400 "follower_already_linked" "Follower is already linked to another person.  They must be unlinked before they can be linked again.";
        FOLLOWER_HAS_CROSS_PROGRESSION_ENABLED = 400 "follower_has_cross_progression_enabled" "follower must disable cross progression before this operation";
        FOLLOWER_HAS_RESTRICTIONS = 400 "follower_has_restrictions" "follower has restrictions that prevent this operation";
        INVALID_TOKEN_CLAIMS = 400 "invalid_token_claims" "Token has missing/invalid claims.  Are you using a non-user token on a user endpoint?";
        LEADER_HAS_RESTRICTIONS = 400 "leader_has_restrictions" "leader has restrictions that prevent this operation";
        LEADER_NOT_FOUND = 400 "leader_not_found" "Desired user for the leader of the link was not found";
        METHOD_NOT_ALLOWED = 405 "method_not_allowed" "Method Not Allowed";
        NOT_CROSS_PROGRESSION_PLAYER = 400 "not_cross_progression_player" "Player is not the cross progression player";
        NOT_FOUND = 404 "not_found" "Not Found";
        PERSON_NOT_FOUND = 404 "person_not_found" "Person not found";
        PLATFORM_ALREADY_LINKED = 400 "platform_already_linked" "Person is already linked to another user on this platform";
        PLAYER_NOT_LINKED = 400 "player_not_linked" "Player is not linked";
        PURGE_ALREADY_STARTED = 409 "purge_already_started" "The purge has already begun";
        PURGE_NOT_FOUND = 404 "purge_not_found" "No purge is queued for this person";
        RECEIPT_NOT_FOUND = 404 "receipt_not_found" "This person has no receipt of a purge";
        REQUEST_TOO_LARGE = 413 "request_too_large" "Request body is larger than 65536 bytes";
        USER_ALREADY_EXISTS = 409 "user_already_exists" "User already exists";
        USER_HAS_RESTRICTIONS = 400 "user_has_restrictions" "user has restrictions that prevent this operation";
        USER_NOT_FOUND = 404 "user_not_found" "User not found";
    }

    /// The reply. `auth_success` is true, because public clients refresh their token if it is
    /// false.
    pub fn reply(self) -> Reply {
        error(self.status, true, self.code, self.desc)
    }
}

/// The errors that an endpoint of this dialect can answer.
#[derive(Debug, thiserror::Error)]
pub enum Rejection<E> {
    /// 403 `auth_*`: the token is refused.
    #[error(transparent)]
    Auth(TokenProblem),
    /// 503: the token cannot be judged now.
    #[error("{KEYS_UNAVAILABLE}")]
    KeysUnavailable,
    /// 403 `insufficient_permissions`: the token is valid, and its permissions are not enough.
    #[error(transparent)]
    Forbidden(#[from] PermissionProblem),
    /// 422: the input is not valid.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// 503 or 500: a call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
    /// A refusal that only this endpoint has.
    #[error("refused")]
    Refused(E),
}

impl<E> From<TokenRejection> for Rejection<E> {
    fn from(rejection: TokenRejection) -> Self {
        match rejection {
            TokenRejection::Refused(refused) => Self::Auth(refused),
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
        match self {
            Self::Auth(refused) => error(403, false, refused.code(), &refused.to_string()),
            Self::Forbidden(refused) => forbidden(&refused),
            Self::Invalid(problems) => Reply::json(422, &problems).with_code(INVALID),
            Self::Store(error) => failed(&error, request, audit),
            Self::KeysUnavailable => {
                audit.set_cause(KEYS_UNAVAILABLE);
                unavailable(request.id())
            }
            Self::Refused(refusal) => refusal.error().reply(),
        }
    }
}

fn forbidden(refused: &PermissionProblem) -> Reply {
    error(403, true, refused.code(), &refused.to_string())
}

fn failed(failure: &CallError, request: &Request, audit: &mut Audit) -> Reply {
    audit.set_cause(failure);
    let reply = if failure.is_passing() { unavailable(request.id()) } else { internal(request.id()) };
    reply.with_kind(failure.kind())
}

/// 503. The body names only the request's id.
pub(super) fn unavailable(request_id: &str) -> Reply {
    try_again_after("1", request_id)
}

/// 503 for a caller that may retry after these seconds.
fn try_again_after(seconds: &'static str, request_id: &str) -> Reply {
    error(503, true, "unavailable", &format!("Try again (request {request_id})")).with_header("retry-after", seconds)
}

/// 500. The body names only the request's id.
pub(super) fn internal(request_id: &str) -> Reply {
    error(500, true, "internal_error", &format!("Internal error (request {request_id})"))
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    auth_success: bool,
    error_code: &'a str,
    desc: &'a str,
}

fn error(status: u16, auth_success: bool, code: &'static str, desc: &str) -> Reply {
    Reply::json(status, &ErrorBody { auth_success, error_code: code, desc }).with_code(code)
}
