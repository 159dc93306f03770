//! The answers of login: RallyHere's `LoginResult`, and an OAuth token response.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RestrictionBody;
use crate::{
    auth::OwnToken,
    http::Reply,
    identity::{
        ClientId, DisplayName, PersonId, Platform, PlatformUser, PlatformUserId, PlayerId, PlayerUuid, SessionId,
    },
    login::{IssuedToken, LoginIssuer},
};

/// A login. Fields without a value are left out; none is `null`.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginResult, description = "A login. A field without a value is left out, never `null`.")]
pub struct LoginResultBody<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refresh_token: Option<&'a str>,
    /// The player to play.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_uuid: Option<PlayerUuid>,
    /// Deprecated: the number of the player to play.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_id: Option<PlayerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    person_id: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    platform: Option<Platform>,
    /// Deprecated: the number of the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    portal_id: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    portal_user_id: Option<&'a PlatformUserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    display_name: Option<&'a DisplayName>,
    /// The environment of the platform, if it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    platform_environment: Option<&'a str>,
    /// The account above the one that logged in, such as the Nintendo Account of a Switch user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    portal_parent_auth_result: Option<ParentBody<'a>>,
    /// The permissions of the token.
    permissions: &'a [String],
    /// The restrictions of the account. None of them prevented the login.
    restrictions: Vec<RestrictionBody>,
    #[schema(value_type = String)]
    client_id: &'a ClientId,
    token_type: &'static str,
    /// The lifetime of the access token in seconds.
    expires_in: u64,
    /// Deprecated.
    #[schema(value_type = String, format = "uuid")]
    publisher_uuid: Uuid,
    /// Deprecated.
    #[schema(value_type = String, format = "uuid")]
    tenant_uuid: Uuid,
    /// Deprecated.
    #[schema(value_type = String, format = "uuid")]
    config_elector_uuid: Uuid,
    /// Deprecated.
    #[schema(value_type = String, format = "uuid")]
    client_uuid: Uuid,
    role_custom_data: RoleCustomData,
}

/// An account above the one that logged in. It has no user.
#[derive(Serialize, ToSchema)]
#[schema(as = PortalParentAuthResult, description = "An account above the one that logged in.")]
struct ParentBody<'a> {
    platform: Platform,
    portal_id: u8,
    portal_user_id: &'a PlatformUserId,
    /// The name by the client's word.
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    platform_environment: Option<&'a str>,
}

/// Always empty: there are no roles.
#[derive(Serialize, ToSchema)]
struct RoleCustomData {}

/// The facts of a login.
pub struct LoginFacts<'a> {
    /// The access token.
    pub access_token: &'a IssuedToken,
    /// The refresh token, if one was asked for.
    pub refresh_token: Option<&'a str>,
    /// The issuer of the tokens.
    pub issuer: &'a LoginIssuer,
    /// The client.
    pub client_id: &'a ClientId,
    /// The permissions of the token.
    pub permissions: &'a [String],
    /// The restrictions of the account.
    pub restrictions: Vec<RestrictionBody>,
    /// The user that logged in, and the user of the player to play. `None` for a client.
    pub user: Option<(&'a PlatformUser, &'a PlatformUser)>,
    /// The facts of the proof.
    pub portal: PortalFacts<'a>,
}

/// The facts that a platform's proof adds to a login. There are none at a refresh.
#[derive(Default, Clone, Copy)]
pub struct PortalFacts<'a> {
    /// The environment of the platform.
    pub environment: Option<&'a str>,
    /// The Nintendo Account above the one that logged in, and its name by the client's word.
    pub parent: Option<(&'a PlatformUserId, Option<&'a DisplayName>)>,
}

impl<'a> LoginResultBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "access_token": "eyJ0eXAiOiJhdCtqd3Qi…", "refresh_token": "AQFmxP806PxMCafJfByd…",
        "active_player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e", "active_player_id": 17,
        "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "platform": "Anon", "portal_id": 2,
        "portal_user_id": "ada", "display_name": "Ada", "permissions": ["purge:person:self"], "restrictions": [],
        "client_id": "game", "token_type": "Bearer", "expires_in": 3600,
        "publisher_uuid": "5d0e3c3c-7d39-5a86-9b3c-4c2f6c9a1e01", "tenant_uuid": "5d0e3c3c-7d39-5a86-9b3c-4c2f6c9a1e02",
        "config_elector_uuid": "5d0e3c3c-7d39-5a86-9b3c-4c2f6c9a1e03",
        "client_uuid": "5d0e3c3c-7d39-5a86-9b3c-4c2f6c9a1e04", "role_custom_data": {}
    }"#;

    /// The body of a login with these facts.
    pub fn of(facts: &LoginFacts<'a>) -> Self {
        let uuid = |name: &str| facts.issuer.uuid(name);
        let (user, active) = facts.user.unzip();
        Self {
            access_token: &facts.access_token.text,
            refresh_token: facts.refresh_token,
            active_player_uuid: active.map(|active| active.player_uuid),
            active_player_id: active.map(|active| active.player_id),
            person_id: user.map(|user| user.person_id),
            platform: user.map(|user| user.platform),
            portal_id: user.map(|user| user.platform.portal_id()),
            portal_user_id: user.map(|user| &user.platform_user_id),
            display_name: user.and_then(|user| user.display_name.as_ref()),
            platform_environment: facts.portal.environment,
            portal_parent_auth_result: facts.portal.parent.map(|(account, name)| ParentBody {
                platform: Platform::NintendoNaid,
                portal_id: Platform::NintendoNaid.portal_id(),
                portal_user_id: account,
                display_name: name.map_or("", DisplayName::as_str),
                platform_environment: facts.portal.environment,
            }),
            permissions: facts.permissions,
            restrictions: facts.restrictions.clone(),
            client_id: facts.client_id,
            token_type: "Bearer",
            expires_in: facts.access_token.expires_in,
            publisher_uuid: uuid("publisher"),
            tenant_uuid: uuid("tenant"),
            config_elector_uuid: uuid("elector"),
            client_uuid: uuid(&format!("client/{}", facts.client_id.as_str())),
            role_custom_data: RoleCustomData {},
        }
    }
}

/// A token of a client (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = TokenResponse, description = "A token of a client (RFC 6749).")]
pub struct TokenResponseBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    /// The lifetime of the token in seconds.
    expires_in: u64,
}

impl<'a> TokenResponseBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str =
        r#"{"access_token": "eyJ0eXAiOiJhdCtqd3Qi…", "token_type": "Bearer", "expires_in": 3600}"#;

    /// The body of this token.
    pub fn of(token: &'a IssuedToken) -> Self {
        Self { access_token: &token.text, token_type: "Bearer", expires_in: token.expires_in }
    }
}

/// The state of a token (RFC 7662 section 2.2). Only an active one has more members.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = Introspection, description = "The state of a token (RFC 7662). Only an active one has more members.")]
pub struct IntrospectionBody<'a> {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_id: Option<&'a str>,
    /// The permissions, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String)]
    sid: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    player_uuid: Option<PlayerUuid>,
    /// The person when the token was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    person_id: Option<PersonId>,
    /// The player to play when the token was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_uuid: Option<PlayerUuid>,
}

impl<'a> IntrospectionBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "active": true, "iss": "https://api.example.com", "aud": "game",
        "sub": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e", "client_id": "game", "scope": "purge:person:self",
        "token_type": "Bearer", "exp": 1796043600, "iat": 1796040000, "jti": "019a5d1e-8c00-7a3b-9c55-6f7d2a9c1e10",
        "sid": "0166c4ff34e84c09a7c97c1c9d1f8f0e", "player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e",
        "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10",
        "active_player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e"
    }"#;

    /// A token that is not good, whatever the reason.
    pub fn inactive() -> Self {
        Self::default()
    }

    /// A token that is good.
    pub fn of(token: &'a OwnToken, issuer: &'a LoginIssuer) -> Self {
        Self {
            active: true,
            iss: Some(&issuer.issuer),
            aud: Some(&issuer.audience),
            sub: Some(&token.sub),
            client_id: Some(&token.client_id),
            scope: Some(token.caller.permissions().join(" ")),
            token_type: Some("Bearer"),
            exp: Some(token.exp),
            iat: Some(token.iat),
            jti: Some(&token.jti),
            sid: token.session,
            player_uuid: token.player_uuid(),
            person_id: token.person_id,
            active_player_uuid: token.active_player_uuid,
        }
    }
}

/// 200 with a body that holds a token. No cache may keep it (RFC 6749 section 5.1).
pub fn token_reply(body: &impl Serialize) -> Reply {
    Reply::json(200, body).with_header("cache-control", "no-store")
}
