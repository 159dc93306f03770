//! `POST /v2/users/{userId}/deactivate`

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

const NOT_FOUND: Answer = Answer::user_not_found("COMMAND-5gp2p62iin");
const REFUSED: Answer = Answer::failed_precondition("COMMAND-5gunjw0cd7", "User already inactive");

refusals! {
    /// What this endpoint refuses besides what every one of its dialect does (reference/zitadel.md, "Operations").
    pub enum DeactivateRefusal: Answer {
        UserNotFound = NOT_FOUND,
        AlreadyInactive = REFUSED,
    }
}

/// Deactivates a user: nobody may log in as it, its data stays.
#[derive(Debug)]
pub struct DeactivateUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<DeactivateUser<DynamoStore>, ConfigError> {
    Ok(DeactivateUser { auth: setup.authenticator()?, ambient: setup.ambient(), store: setup.store()? })
}

impl<S: ChangeUserState> Endpoint for DeactivateUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<DeactivateRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        zitadel::read_body(request)?;
        let caller = zitadel::authenticate(&self.auth, request, now)?;
        let user_id = zitadel::user_id(request, "DeactivateUserRequest")?;
        caller.require(&Permission::WRITE_STATE)?;
        let player_uuid = zitadel::player_uuid(user_id).ok_or(DeactivateRefusal::UserNotFound)?;
        request.set_subject(player_uuid);
        let operation = self.ambient.operation();
        match self.store.change_user_state(player_uuid, StateChange::Deactivate, operation, now).await? {
            StateChanged::Done(user) => {
                request.set_person(user.person_id);
                Ok(Reply::json(200, &DetailsBody { details: (&user).into() }))
            }
            StateChanged::Refused(_) => Err(DeactivateRefusal::AlreadyInactive.into()),
            StateChanged::NoUser => Err(DeactivateRefusal::UserNotFound.into()),
        }
    }
}
