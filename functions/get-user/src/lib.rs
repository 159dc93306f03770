//! `GET /v2/users/{userId}`

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        zitadel::{self, Answer, Rejection, UserBody},
    },
    lambda::Setup,
    refusals,
    store::{DynamoStore, ReadUsers},
};

/// The id of ZITADEL's query, since its `GetUserByID` has no command id.
const NOT_FOUND: Answer = Answer::user_not_found("QUERY-Dfbg2");

/// The name of the request message, for the text about a wrong `userId`.
const REQUEST: &str = "GetUserByIDRequest";

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

impl<S> GetUser<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<GetUser<DynamoStore>, ConfigError> {
    Ok(GetUser::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadUsers> Endpoint for GetUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<GetUserRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = zitadel::authenticate(&self.auth, request, self.ambient.now()).await?;
        let user_id = request.raw_path_parameter("userId");
        zitadel::check_length(user_id, REQUEST)?;
        caller.require(&Permission::READ_STATE)?;
        let player_uuid = zitadel::player_uuid(user_id).ok_or(GetUserRefusal::UserNotFound)?;
        request.set_subject(player_uuid);
        let user = self.store.user(player_uuid).await?.ok_or(GetUserRefusal::UserNotFound)?;
        Ok(Reply::json(200, &UserBody::from(&user)))
    }
}

impl<S: ReadUsers> Described for GetUser<S> {
    fn operation() -> Operation {
        let text = "Shows a user and its state. `username` is the display name.";
        zitadel::user_operation(REQUEST, "Show a user", text, Access::Permitted(&Permission::READ_STATE))
            .replies::<UserBody<'_>>(200, "The user.", UserBody::EXAMPLE)
    }
}
