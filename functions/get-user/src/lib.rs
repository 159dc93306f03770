//! `GET /v2/users/{userId}`

use serde::Serialize;
use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        zitadel::{self, Answer, Details, Rejection},
    },
    identity::{DisplayName, PlatformUser, PlayerUuid, UserState},
    lambda::Setup,
    refusals,
    store::{DynamoStore, ReadUsers},
};

/// The id of ZITADEL's query, since its `GetUserByID` has no command id.
const NOT_FOUND: Answer = Answer::user_not_found("QUERY-Dfbg2");

refusals! {
    /// What this endpoint refuses besides what every one of its dialect does (reference/zitadel.md, "Operations").
    pub enum GetUserRefusal: Answer { UserNotFound = NOT_FOUND }
}

/// Shows a user and its state.
#[derive(Debug)]
pub struct GetUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<GetUser<DynamoStore>, ConfigError> {
    Ok(GetUser { auth: setup.authenticator()?, ambient: setup.ambient(), store: setup.store()? })
}

impl<S: ReadUsers> Endpoint for GetUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<GetUserRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = zitadel::authenticate(&self.auth, request, self.ambient.now())?;
        let user_id = zitadel::user_id(request, "GetUserByIDRequest")?;
        caller.require(&Permission::READ_STATE)?;
        let player_uuid = zitadel::player_uuid(user_id).ok_or(GetUserRefusal::UserNotFound)?;
        request.set_subject(player_uuid);
        let user = self.store.user(player_uuid).await?.ok_or(GetUserRefusal::UserNotFound)?;
        Ok(Reply::json(200, &GetUserBody::from(&user)))
    }
}

#[derive(Serialize)]
struct GetUserBody<'a> {
    details: Details,
    user: UserBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody<'a> {
    user_id: PlayerUuid,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a DisplayName>,
}

impl<'a> From<&'a PlatformUser> for GetUserBody<'a> {
    fn from(user: &'a PlatformUser) -> Self {
        let state = match user.state {
            UserState::Active => "USER_STATE_ACTIVE",
            UserState::Inactive => "USER_STATE_INACTIVE",
            UserState::Locked => "USER_STATE_LOCKED",
        };
        let username = user.display_name.as_ref();
        Self { details: user.into(), user: UserBody { user_id: user.player_uuid, state, username } }
    }
}
