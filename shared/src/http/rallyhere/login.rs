//! The errors of login: 403 with RallyHere's `LoginCompleteMessage`
//! (docs/contract/rallyhere.md, "Refusals of a login").

use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, INVALID, failed, forbidden, unavailable};
use crate::{
    auth::PermissionProblem,
    aws::CallError,
    http::{self, Access, Audit, Refusal, Reply, Request, endpoint::KEYS_UNAVAILABLE},
    identity::UserState,
    login::{Client, Grant, Login},
    validation::Problems,
};

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
        BASIC_DISABLED = "basic_disabled" "Basic authentication is currently disabled";
        CLIENT_CREDENTIALS_INVALID = "client_credentials_invalid" "Client Credentials provided to authentication attempt were invalid";
        CREATE_NEW_USER_NOT_ALLOWED = "create_new_user_not_allowed" "Cannot create the requested new user from this context.  This usually indicates that the user needs to login to the game before attempting an OAuth login";
        DEVELOPER_API_DISABLED = "developer_api_disabled" "Developer API authentication is currently disabled";
        DISCORD_DISABLED = "discord_disabled" "Discord authentication is currently disabled";
        EPIC_DISABLED = "epic_disabled" "Epic authentication is currently disabled";
        GOOGLE_DISABLED = "google_disabled" "Google authentication is currently disabled";
        INVALID_GRANT_TYPE = "invalid_grant_type" "Grant Type {grant_type} is not supported";
        IOS_DEVICE_DISABLED = "ios_device_disabled" "IOS Device authentication is disabled";
        NINTENDO_DISABLED = "nintendo_disabled" "Nintendo authentication is currently disabled";
        PS4_V1_DISABLED = "ps4_v1_disabled" "PS4 v1 authentication is currently disabled";
        PS4_V3_DISABLED = "ps4_v3_disabled" "PS4 v3 authentication is currently disabled";
        PS5_V3_DISABLED = "ps5_v3_disabled" "PS5 v3 authentication is currently disabled";
        REFRESH_TOKEN_CLIENT_ID_MISMATCH = "refresh_token_client_id_mismatch" "Client ID for new token request did not match original token";
        REFRESH_TOKEN_EMPTY = "refresh_token_empty" "Refresh token is empty";
        REFRESH_TOKEN_INVALID_USER = "refresh_token_invalid_user" "Refresh token refrences invalid user";
        REFRESH_TOKEN_NOT_FOUND = "refresh_token_not_found" "Refresh token was not found or has expired";
        STEAM_DISABLED = "steam_disabled" "Steam authentication is currently disabled";
        TWITCH_DISABLED = "twitch_disabled" "Twitch authentication is currently disabled";
        USER_AUTH_RESTRICTED = "user_auth_restricted" "Authentication for this user has been restricted";
        XBOX_DISABLED = "xbox_disabled" "Xbox authentication is currently disabled";
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
