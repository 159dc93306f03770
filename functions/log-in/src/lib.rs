//! `POST /users/v1/login`

mod answer;
mod describe;
mod proof;
mod refresh;
mod user;

use shared::{
    http::{
        self,
        rallyhere::{LoginError, LoginRejection},
    },
    identity::PlatformUserId,
    login::{Bearer, Client, Grant, Login, Proven},
    prelude::rallyhere::*,
    store,
    validation::{FieldProblem, FromField, Problems, Value},
};

use answer::Answer;

refusals! {
    /// The refusals of this endpoint besides 422, in the order of the checks.
    pub enum LogInRefusal: LoginError {
        InvalidGrantType = LoginError::INVALID_GRANT_TYPE,
        AnonDisabled = LoginError::ANON_DISABLED,
        GoogleDisabled = LoginError::GOOGLE_DISABLED,
        AppleDisabled = LoginError::APPLE_DISABLED,
        EpicDisabled = LoginError::EPIC_DISABLED,
        XboxDisabled = LoginError::XBOX_DISABLED,
        Ps4V1Disabled = LoginError::PS4_V1_DISABLED,
        Ps4V3Disabled = LoginError::PS4_V3_DISABLED,
        Ps5V3Disabled = LoginError::PS5_V3_DISABLED,
        NintendoDisabled = LoginError::NINTENDO_DISABLED,
        SteamDisabled = LoginError::STEAM_DISABLED,
        BasicDisabled = LoginError::BASIC_DISABLED,
        DeveloperApiDisabled = LoginError::DEVELOPER_API_DISABLED,
        AndroidDeviceDisabled = LoginError::ANDROID_DEVICE_DISABLED,
        IosDeviceDisabled = LoginError::IOS_DEVICE_DISABLED,
        DiscordDisabled = LoginError::DISCORD_DISABLED,
        TwitchDisabled = LoginError::TWITCH_DISABLED,
        AnonTokenEmpty = LoginError::ANON_TOKEN_EMPTY,
        GoogleTokenEmpty = LoginError::GOOGLE_TOKEN_EMPTY,
        AppleTokenEmpty = LoginError::APPLE_TOKEN_EMPTY,
        EpicTokenEmpty = LoginError::EPIC_TOKEN_EMPTY,
        XboxXstsTokenEmpty = LoginError::XBOX_XSTS_TOKEN_EMPTY,
        Ps4V1TokenEmpty = LoginError::PS4_V1_TOKEN_EMPTY,
        Ps4V3TokenEmpty = LoginError::PS4_V3_TOKEN_EMPTY,
        NintendoTokenEmpty = LoginError::NINTENDO_TOKEN_EMPTY,
        SteamTokenEmpty = LoginError::STEAM_TOKEN_EMPTY,
        DeveloperApiTokenEmpty = LoginError::DEVELOPER_API_TOKEN_EMPTY,
        DiscordTokenEmpty = LoginError::DISCORD_TOKEN_EMPTY,
        TwitchTokenEmpty = LoginError::TWITCH_TOKEN_EMPTY,
        GoogleTokenNotValid = LoginError::GOOGLE_TOKEN_NOT_VALID,
        AppleTokenKeyNotValid = LoginError::APPLE_TOKEN_KEY_NOT_VALID,
        AppleTokenNotValid = LoginError::APPLE_TOKEN_NOT_VALID,
        EpicV1TokenKeyIdInvalid = LoginError::EPIC_V1_TOKEN_KEY_ID_INVALID,
        EpicV1TokenInvalid = LoginError::EPIC_V1_TOKEN_INVALID,
        EpicV2TokenInvalid = LoginError::EPIC_V2_TOKEN_INVALID,
        XboxXstsTokenInvalid = LoginError::XBOX_XSTS_TOKEN_INVALID,
        Ps4V1IdTokenNotValid = LoginError::PS4_V1_ID_TOKEN_NOT_VALID,
        Ps4V3IdTokenNotValid = LoginError::PS4_V3_ID_TOKEN_NOT_VALID,
        Ps5V3IdTokenNotValid = LoginError::PS5_V3_ID_TOKEN_NOT_VALID,
        NintendoServiceAccessTokenNotValid = LoginError::NINTENDO_SERVICE_ACCESS_TOKEN_NOT_VALID,
        NintendoServiceAccessTokenForWrongApp = LoginError::NINTENDO_SERVICE_ACCESS_TOKEN_FOR_WRONG_APP,
        NintendoAccessTokenNotValid = LoginError::NINTENDO_ACCESS_TOKEN_NOT_VALID,
        SteamTokenInvalid = LoginError::STEAM_TOKEN_INVALID,
        SteamTokenForWrongApp = LoginError::STEAM_TOKEN_FOR_WRONG_APP,
        SteamTokenExchangeFailed = LoginError::STEAM_TOKEN_EXCHANGE_FAILED,
        SteamUserVacBanned = LoginError::STEAM_USER_VACBANNED,
        SteamUserPublisherBanned = LoginError::STEAM_USER_PUBLISHERBANNED,
        DoesNotMeetOwnershipReqs = LoginError::DOES_NOT_MEET_OWNERSHIP_REQS,
        DeveloperApiTokenInvalid = LoginError::DEVELOPER_API_TOKEN_INVALID,
        DiscordTokenInvalid = LoginError::DISCORD_TOKEN_INVALID,
        TwitchTokenInvalid = LoginError::TWITCH_TOKEN_INVALID,
        RefreshTokenEmpty = LoginError::REFRESH_TOKEN_EMPTY,
        RefreshTokenNotFound = LoginError::REFRESH_TOKEN_NOT_FOUND,
        RefreshTokenInvalidUser = LoginError::REFRESH_TOKEN_INVALID_USER,
        UserAuthRestricted = LoginError::USER_AUTH_RESTRICTED,
        RefreshTokenClientIdMismatch = LoginError::REFRESH_TOKEN_CLIENT_ID_MISMATCH,
        CreateNewUserNotAllowed = LoginError::CREATE_NEW_USER_NOT_ALLOWED,
    }
}

request! {
    /// The request body. The `accept_*` flags are read and have no effect: there are no agreements.
    pub struct LoginRequest {
        grant_type: Grant,
        portal_access_token: String = default(""),
        portal_display_name: String = default(""),
        portal_parent_access_token: String = default(""),
        portal_parent_display_name: String = default(""),
        include_refresh: bool = default(false),
        accept_eula: bool = default(false),
        accept_tos: bool = default(false),
        accept_privacy_policy: bool = default(false),
    }
}

/// The tables as a login needs them.
pub trait Tables:
    store::ReadClaims
    + store::ReadPersons
    + store::ReadUsers
    + store::ReadLogins
    + store::LogIn
    + store::UseSessions
    + store::EndSessions
    + store::CreateUsers
{
}

impl<S> Tables for S where
    S: store::ReadClaims
        + store::ReadPersons
        + store::ReadUsers
        + store::ReadLogins
        + store::LogIn
        + store::UseSessions
        + store::EndSessions
        + store::CreateUsers
{
}

type Rejected = LoginRejection<LogInRefusal>;

/// Logs a player or a client in.
#[derive(Debug)]
pub struct LogIn {
    /// `None` if login is off.
    pub login: Option<Login>,
}

/// Builds the function from its settings.
pub async fn start(setup: &Setup) -> Result<Served<LogIn>, ConfigProblem> {
    let login = setup.login_with_key().await?;
    let store = setup.store()?;
    Ok(setup.serve_without_tokens(LogIn { login }, store))
}

impl<S: Tables> http::Rule<S> for LogIn {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Client(None);
    const LOGS_IN: bool = true;
    type Rejection = Rejected;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Rejected> {
        let document = request.document()?;
        let (login, client) = LoginRejection::client(self.login.as_ref(), request, audit, Access::Client(None))?;
        let body = document.read::<LoginRequest>()?;
        if !client.may_use(body.grant_type) {
            return Err(LoginRejection::Grant(LogInRefusal::InvalidGrantType, body.grant_type));
        }
        let answer = Answer { login, client, now: app.ambient.now() };
        match body.grant_type {
            Grant::ClientCredentials => client_token(&answer).await,
            Grant::Refresh => refresh::handle(app, &answer, &body.portal_access_token, audit).await,
            Grant::Anon => user::handle(app, &answer, &body, anon(login, &body.portal_access_token)?, audit).await,
            _ => {
                let proven = proof::prove(app, (login, client), &body, request, audit).await?;
                user::handle(app, &answer, &body, proven, audit).await
            }
        }
    }
}

/// The token of the client itself. It has no user.
async fn client_token(answer: &Answer<'_>) -> Result<Reply, Rejected> {
    let Client { client_id, permissions, .. } = answer.client;
    let token = answer.login.tokens.issue(client_id, permissions, Bearer::Client, answer.now).await?;
    Ok(answer.to_client(&token))
}

/// The account of an anonymous login: the token is the id itself.
fn anon(login: &Login, id: &str) -> Result<Proven, Rejected> {
    if !login.settings.anon {
        return Err(LogInRefusal::AnonDisabled.into());
    }
    if id.is_empty() {
        return Err(LogInRefusal::AnonTokenEmpty.into());
    }
    let id = PlatformUserId::from_field(&Value::String(id.into()));
    let id = id.map_err(|problem: FieldProblem| Problems::of_body("portal_access_token", problem))?;
    Ok(Proven::of(id))
}
