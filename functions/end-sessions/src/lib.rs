//! `DELETE /users/v1/player/{player_uuid}/sessions`

mod describe;

use shared::{
    access,
    aws::{Attempts, CallError},
    http::Authority,
    identity::PlayerUuid,
    prelude::rallyhere::*,
    store::{EndAllSessions, EndedAll, ReadRecords, ReadUsers},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum EndRefusal: ApiError { UserNotFound = ApiError::USER_NOT_FOUND }
}

/// Ends all sessions of a user: it is logged out everywhere.
#[derive(Debug)]
pub struct EndSessions;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<EndSessions>>, ConfigProblem> {
    setup.serve(Guarded(EndSessions))
}

impl<S: EndAllSessions + ReadRecords + ReadUsers> Rule<S> for EndSessions {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::END_SESSIONS, None);
    type Refusal = EndRefusal;

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
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            // The person that the write must still find.
            let person = match &authority {
                Authority::Any => None,
                Authority::Own(own, refused) => {
                    let user = app.store.user(player_uuid).await?;
                    if !access::is_of_own_person(&app.store, own, user.as_ref()).await? {
                        return Err((*refused).into());
                    }
                    user.map(|user| user.person_id)
                }
            };
            match app.store.end_all_sessions(player_uuid, person, rights.now()).await? {
                EndedAll::Done(user) => {
                    audit.set_person(user.person_id);
                    return Ok(Reply::empty(204));
                }
                EndedAll::NoUser => return Err(EndRefusal::UserNotFound.into()),
                EndedAll::Moved => {}
            }
        }
        Err(CallError::Contended.into())
    }
}
