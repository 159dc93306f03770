//! The errors of login: 403 with RallyHere's `LoginCompleteMessage`
//! (docs/contract/rallyhere.md, "Refusals of a login").

use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, INVALID, failed, forbidden, try_again_after, unavailable};
use crate::{
    auth::PermissionProblem,
    aws::CallError,
    http::{self, Access, Audit, Refusal, Reply, Request, endpoint::KEYS_UNAVAILABLE},
    identity::UserState,
    login::{Client, Grant, Login},
    telemetry::FailureKind,
    validation::Problems,
};

/// The seconds after which a login may be retried if its platform gave no usable answer.
const PLATFORM_RETRY_AFTER: &str = "2";

/// One refusal of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginError {
    /// The `error_code`.
    pub code: &'static str,
    /// The `desc`. `{grant_type}` stands for the name of the grant.
    pub desc: &'static str,
}

macro_rules! errors {
    ($($name:ident = $code:literal $desc:literal;)+) => {$(
        #[doc = concat!("`", $code, "`")]
        pub const $name: Self = Self { code: $code, desc: $desc };
    )+};
}

impl LoginError {
    errors! {
        ANDROID_DEVICE_DISABLED = "android_device_disabled" "Android Device authentication is disabled";
        ANON_DISABLED = "anon_disabled" "Anon authentication is currently disabled";
        ANON_TOKEN_EMPTY = "anon_token_empty" "Anon access token is empty";
        APPLE_DISABLED = "apple_disabled" "Apple authentication is currently disabled";
        APPLE_TOKEN_EMPTY = "apple_token_empty" "Apple access token is empty";
        APPLE_TOKEN_KEY_NOT_VALID = "apple_token_key_not_valid" "public key not found";
        APPLE_TOKEN_NOT_VALID = "apple_token_not_valid" "Apple access token is not valid";
        BASIC_DISABLED = "basic_disabled" "Basic authentication is currently disabled";
        CLIENT_CREDENTIALS_INVALID = "client_credentials_invalid" "Client Credentials provided to authentication attempt were invalid";
        CREATE_NEW_USER_NOT_ALLOWED = "create_new_user_not_allowed" "Cannot create the requested new user from this context.  This usually indicates that the user needs to login to the game before attempting an OAuth login";
        DEVELOPER_API_DISABLED = "developer_api_disabled" "Developer API authentication is currently disabled";
        DEVELOPER_API_TOKEN_EMPTY = "developer_api_token_empty" "Developer API access token is empty";
        DEVELOPER_API_TOKEN_INVALID = "developer_api_token_invalid" "Developer API access token is invalid or expired";
        DISCORD_DISABLED = "discord_disabled" "Discord authentication is currently disabled";
        DISCORD_TOKEN_EMPTY = "discord_token_empty" "Discord access token is empty";
        DISCORD_TOKEN_INVALID = "discord_token_invalid" "Discord access token is not valid";
        DOES_NOT_MEET_OWNERSHIP_REQS = "does_not_meet_ownership_reqs" "User does not meet ownership requirements for this product";
        EPIC_DISABLED = "epic_disabled" "Epic authentication is currently disabled";
        EPIC_TOKEN_EMPTY = "epic_token_empty" "Epic access token is empty";
        EPIC_V1_TOKEN_INVALID = "epic_v1_token_invalid" "Epic v1 token is invalid";
        EPIC_V1_TOKEN_KEY_ID_INVALID = "epic_v1_token_key_id_invalid" "Epic v1 token contains an invalid key id";
        EPIC_V2_TOKEN_INVALID = "epic_v2_token_invalid" "Epic v2 token is invalid";
        GOOGLE_DISABLED = "google_disabled" "Google authentication is currently disabled";
        GOOGLE_TOKEN_EMPTY = "google_token_empty" "Google access token is empty";
        GOOGLE_TOKEN_NOT_VALID = "google_token_not_valid" "Google access token is not valid";
        INVALID_GRANT_TYPE = "invalid_grant_type" "Grant Type {grant_type} is not supported";
        IOS_DEVICE_DISABLED = "ios_device_disabled" "IOS Device authentication is disabled";
        NINTENDO_ACCESS_TOKEN_NOT_VALID = "nintendo_access_token_not_valid" "Nintendo access token is not valid";
        NINTENDO_DISABLED = "nintendo_disabled" "Nintendo authentication is currently disabled";
        NINTENDO_SERVICE_ACCESS_TOKEN_FOR_WRONG_APP = "nintendo_service_access_token_for_wrong_app" "Nintendo service access token is for the wrong app";
        NINTENDO_SERVICE_ACCESS_TOKEN_NOT_VALID = "nintendo_service_access_token_not_valid" "Nintendo service access token is not valid";
        NINTENDO_TOKEN_EMPTY = "nintendo_token_empty" "Nintendo access token is empty";
        PS4_V1_DISABLED = "ps4_v1_disabled" "PS4 v1 authentication is currently disabled";
        PS4_V1_ID_TOKEN_NOT_VALID = "ps4_v1_id_token_not_valid" "PS4 v1 id token is not valid";
        PS4_V1_TOKEN_EMPTY = "ps4_v1_token_empty" "PS4 v1 access token is empty";
        PS4_V3_DISABLED = "ps4_v3_disabled" "PS4 v3 authentication is currently disabled";
        PS4_V3_ID_TOKEN_NOT_VALID = "ps4_v3_id_token_not_valid" "PS4 v3 id token is not valid";
        PS4_V3_TOKEN_EMPTY = "ps4_v3_token_empty" "PS4 v3 access token is empty";
        PS5_V3_DISABLED = "ps5_v3_disabled" "PS5 v3 authentication is currently disabled";
        PS5_V3_ID_TOKEN_NOT_VALID = "ps5_v3_id_token_not_valid" "PS5 v3 id token is not valid";
        REFRESH_TOKEN_CLIENT_ID_MISMATCH = "refresh_token_client_id_mismatch" "Client ID for new token request did not match original token";
        REFRESH_TOKEN_EMPTY = "refresh_token_empty" "Refresh token is empty";
        REFRESH_TOKEN_INVALID_USER = "refresh_token_invalid_user" "Refresh token refrences invalid user";
        REFRESH_TOKEN_NOT_FOUND = "refresh_token_not_found" "Refresh token was not found or has expired";
        STEAM_DISABLED = "steam_disabled" "Steam authentication is currently disabled";
        STEAM_TOKEN_EMPTY = "steam_token_empty" "Steam code (Ticket) is empty";
        STEAM_TOKEN_EXCHANGE_FAILED = "steam_token_exchange_failed" "Problem exchanging code (ticket) for token with Steam";
        STEAM_TOKEN_FOR_WRONG_APP = "steam_token_for_wrong_app" "Steam code (Ticket) is for a different Steam Application";
        STEAM_TOKEN_INVALID = "steam_token_invalid" "Steam code (Ticket) was reported as invalid by Steam";
        STEAM_USER_PUBLISHERBANNED = "steam_user_publisherbanned" "User is publisher banned";
        STEAM_USER_VACBANNED = "steam_user_vacbanned" "User is VAC banned";
        TWITCH_DISABLED = "twitch_disabled" "Twitch authentication is currently disabled";
        TWITCH_TOKEN_EMPTY = "twitch_token_empty" "Twitch access token is empty";
        TWITCH_TOKEN_INVALID = "twitch_token_invalid" "Twitch access token is not valid";
        USER_AUTH_RESTRICTED = "user_auth_restricted" "Authentication for this user has been restricted";
        XBOX_DISABLED = "xbox_disabled" "Xbox authentication is currently disabled";
        XBOX_XSTS_TOKEN_EMPTY = "xbox_xsts_token_empty" "Xbox XSTS token is empty";
        XBOX_XSTS_TOKEN_INVALID = "xbox_xsts_token_invalid" "Xbox XSTS token is not valid";
    }
}

/// A restriction of a person or a user (docs/contract/rallyhere.md, "Login").
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Restriction, description = "A restriction of an account.")]
pub struct RestrictionBody {
    /// The kind of restriction.
    pub r#type: &'static str,
    /// The reason, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<&'static str>,
}

impl RestrictionBody {
    /// The restriction that keeps a user in this state from logging in.
    pub fn of_state(state: UserState) -> Option<Self> {
        let r#type = match state {
            UserState::Active => return None,
            UserState::Inactive => "account_deny_auth",
            UserState::Locked => "account_lockout",
        };
        Some(Self { r#type, reason: None })
    }

    /// The restriction of a person whose purge is queued. It does not prevent a login.
    pub fn of_purge() -> Self {
        Self { r#type: "account_pending_deletion", reason: Some("pending_deletion") }
    }
}

/// The errors that an endpoint of login can answer.
#[derive(Debug, thiserror::Error)]
pub enum LoginRejection<E> {
    /// 404 `not_found`: login is off.
    #[error("login is off")]
    Off,
    /// 503: a token cannot be judged now.
    #[error("{KEYS_UNAVAILABLE}")]
    KeysUnavailable,
    /// 403 `client_credentials_invalid`: no client has this id and secret.
    #[error("no client has these credentials")]
    Client,
    /// 403 `insufficient_permissions`: the client is known, and its permissions are not enough.
    #[error(transparent)]
    Forbidden(#[from] PermissionProblem),
    /// 422: the input is not valid.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// 503 or 500: a call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
    /// 503: a platform gave no usable answer. The text is the cause for the operator: it names the
    /// platform, and no URL.
    #[error("{0}")]
    Platform(String),
    /// A refusal that only this endpoint has.
    #[error("refused")]
    Refused(E),
    /// The grant is not for this client.
    #[error("the grant is not for this client")]
    Grant(E, Grant),
    /// The user is deactivated or locked.
    #[error("the user may not log in")]
    Restricted(E, RestrictionBody),
}

impl<E> LoginRejection<E> {
    /// The login of this deployment, and the client that the request's credentials prove. Refuses a
    /// client without the permission of the access rule.
    pub fn client<'a>(
        login: Option<&'a Login>,
        request: &Request,
        audit: &mut Audit,
        access: Access,
    ) -> Result<(&'a Login, &'a Client), Self> {
        let login = login.ok_or(Self::Off)?;
        let client = login.settings.clients.authenticate(request.authorization()).ok_or(Self::Client)?;
        audit.set_actor(login.actor(client));
        if let Access::Client(Some(permission)) = access {
            client.require(permission)?;
        }
        Ok((login, client))
    }
}

impl<E: Refusal<Error = LoginError>> From<E> for LoginRejection<E> {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Refusal<Error = LoginError>> http::Rejection for LoginRejection<E> {
    fn into_reply(self, request: &Request, audit: &mut Audit) -> Reply {
        match self {
            Self::Off => ApiError::NOT_FOUND.reply(),
            Self::KeysUnavailable => {
                audit.set_cause(KEYS_UNAVAILABLE);
                unavailable(request.id())
            }
            Self::Client => LoginError::CLIENT_CREDENTIALS_INVALID.reply(None, None),
            Self::Forbidden(refused) => forbidden(&refused),
            Self::Invalid(problems) => Reply::json(422, &problems).with_code(INVALID),
            Self::Store(error) => failed(&error, request, audit),
            Self::Platform(cause) => {
                audit.set_cause(cause);
                try_again_after(PLATFORM_RETRY_AFTER, request.id()).with_kind(FailureKind::Platform)
            }
            Self::Refused(refusal) => refusal.error().reply(None, None),
            Self::Grant(refusal, grant) => refusal.error().reply(Some(grant), None),
            Self::Restricted(refusal, restriction) => refusal.error().reply(None, Some(restriction)),
        }
    }
}

/// RallyHere's answer to a refused login. All members are always present.
#[expect(clippy::struct_excessive_bools, reason = "the wire has them")]
#[derive(Serialize)]
struct LoginCompleteMessage<'a> {
    auth_success: bool,
    error_code: &'a str,
    desc: &'a str,
    needs_eula: bool,
    needs_tos: bool,
    needs_privacy_policy: bool,
    restrictions: Vec<RestrictionBody>,
}

impl LoginError {
    /// The reply. `auth_success` is true: older game clients would start a refresh if it were false.
    pub(super) fn reply(self, grant: Option<Grant>, restriction: Option<RestrictionBody>) -> Reply {
        let desc = grant.map(|grant| self.desc.replace("{grant_type}", grant.name()));
        let body = LoginCompleteMessage {
            auth_success: true,
            error_code: self.code,
            desc: desc.as_deref().unwrap_or(self.desc),
            needs_eula: false,
            needs_tos: false,
            needs_privacy_policy: false,
            restrictions: restriction.into_iter().collect(),
        };
        Reply::json(403, &body).with_code(self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Rejection as _, RequestParts, refusals};

    refusals! {
        /// A refusal by a platform.
        #[expect(unreachable_pub, reason = "the macro makes public types")]
        pub enum Refused: LoginError {
            ForWrongApp = LoginError::STEAM_TOKEN_FOR_WRONG_APP,
        }
    }

    #[test]
    fn a_platform_without_a_usable_answer_is_503_and_only_the_audit_line_has_the_cause() {
        let request = Request::new(RequestParts { request_id: "r-1".into(), ..RequestParts::default() });
        let (mut audit, cause) = (Audit::default(), "steam: no response within 2s");
        let reply = LoginRejection::<Refused>::Platform(cause.to_owned()).into_reply(&request, &mut audit);
        assert_eq!((reply.status, reply.code, reply.kind), (503, Some("unavailable"), FailureKind::Platform));
        assert!(reply.headers.contains(&("retry-after", "2".into())), "{:?}", reply.headers);
        let body = r#"{"auth_success":true,"error_code":"unavailable","desc":"Try again (request r-1)"}"#;
        assert_eq!((reply.text(), audit.cause.as_deref()), (Some(body), Some(cause)));
    }

    #[test]
    fn a_proof_that_a_platform_refuses_is_403_without_a_cause() {
        let mut audit = Audit::default();
        let rejection = LoginRejection::from(Refused::ForWrongApp);
        let reply = rejection.into_reply(&Request::new(RequestParts::default()), &mut audit);
        assert_eq!((reply.status, reply.code), (403, Some("steam_token_for_wrong_app")));
        assert_eq!(audit.cause, None);
    }
}
