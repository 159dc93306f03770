//! `GET /v2/users/{userId}`
//! `POST /zitadel.user.v2.UserService/GetUserByID`

use shared::{
    access,
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Described, Operation},
        zitadel::{self, Answer, Rejection},
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
        let user_id = zitadel::named_user(request)?;
        let caller = zitadel::authenticate(&self.auth, request, self.ambient.now()).await?;
        zitadel::check_length(&user_id, REQUEST)?;
        let permitted = caller.require(&Permission::READ_STATE);
        if caller.platform_user().is_none() {
            permitted?;
        }
        let user = match zitadel::player_uuid(&user_id) {
            Some(player_uuid) => {
                request.set_subject(player_uuid);
                self.store.user(player_uuid).await?
            }
            None => None,
        };
        if !user.as_ref().is_some_and(|user| access::is_itself(&caller, user)) {
            permitted?;
        }
        Ok(zitadel::shown(request, &user.ok_or(GetUserRefusal::UserNotFound)?))
    }
}

impl<S: ReadUsers> Described for GetUser<S> {
    fn operation() -> Operation {
        zitadel::show(REQUEST)
    }

    fn call() -> Operation {
        zitadel::show_call(REQUEST)
    }
}
