//! `POST /v2/users/{userId}/reactivate`

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        zitadel::{self, Answer, DetailsBody, Rejection},
    },
    identity::StateChange,
    lambda::Setup,
    refusals,
    store::{ChangeUserState, DynamoStore, StateChanged},
};

const NOT_FOUND: Answer = Answer::user_not_found("COMMAND-9hy5kzbuk6");
const REFUSED: Answer = Answer::failed_precondition("COMMAND-s5qqcz97hf", "User is not inactive");

refusals! {
    /// What this endpoint refuses besides what every one of its dialect does (reference/zitadel.md, "Operations").
    pub enum ReactivateRefusal: Answer {
        UserNotFound = NOT_FOUND,
        NotInactive = REFUSED,
    }
}

/// Reactivates a deactivated user: it may be used again.
#[derive(Debug)]
pub struct ReactivateUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<ReactivateUser<DynamoStore>, ConfigError> {
    Ok(ReactivateUser { auth: setup.authenticator()?, ambient: setup.ambient(), store: setup.store()? })
}

impl<S: ChangeUserState> Endpoint for ReactivateUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<ReactivateRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        zitadel::read_body(request)?;
        let caller = zitadel::authenticate(&self.auth, request, now)?;
        let user_id = zitadel::user_id(request, "ReactivateUserRequest")?;
        caller.require(&Permission::WRITE_STATE)?;
        let player_uuid = zitadel::player_uuid(user_id).ok_or(ReactivateRefusal::UserNotFound)?;
        request.set_subject(player_uuid);
        let operation = self.ambient.operation();
        match self.store.change_user_state(player_uuid, StateChange::Reactivate, operation, now).await? {
            StateChanged::Done(user) => {
                request.set_person(user.person_id);
                Ok(Reply::json(200, &DetailsBody { details: (&user).into() }))
            }
            StateChanged::Refused(_) => Err(ReactivateRefusal::NotInactive.into()),
            StateChanged::NoUser => Err(ReactivateRefusal::UserNotFound.into()),
        }
    }
}
