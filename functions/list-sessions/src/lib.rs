//! `GET /users/v1/player/{player_uuid}/sessions`

mod describe;

use shared::{
    access,
    http::{Authority, rallyhere::SessionsBody},
    identity::PlayerUuid,
    prelude::rallyhere::*,
    store::{ReadLogins, ReadRecords, ReadUsers},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum SessionsRefusal: ApiError {
        UserNotFound = ApiError::USER_NOT_FOUND,
    }
}

/// Lists the sessions of a user.
#[derive(Debug)]
pub struct ListSessions;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<ListSessions>>, ConfigProblem> {
    setup.serve(Guarded(ListSessions))
}

impl<S: ReadLogins + ReadRecords + ReadUsers> Rule<S> for ListSessions {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::READ_SESSIONS, None);
    type Refusal = SessionsRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let authority = rights.authority()?;
        let player_uuid = request.path_parameter::<PlayerUuid>("player_uuid")?;
        audit.set_subject(player_uuid);
        let state = app.store.login_state(player_uuid).await?;
        if let Authority::Own(own, refused) = authority {
            let user = state.as_ref().map(|state| &state.user);
            if !access::is_of_own_person(&app.store, &own, user).await? {
                return Err(refused.into());
            }
        }
        let state = state.ok_or(SessionsRefusal::UserNotFound)?;
        audit.set_person(state.user.person_id);
        Ok(Reply::json(200, &SessionsBody::of(&state, rights.now())))
    }
}
