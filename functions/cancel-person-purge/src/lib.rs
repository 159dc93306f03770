//! `DELETE /users/v1/person/{person_id}/purge`

mod describe;

use shared::{
    access::{self, AccessProblem},
    auth::OwnUser,
    aws::{Attempts, CallError},
    http::Authority,
    identity::{Cancellation, OwnPurgeChange, PersonId},
    prelude::rallyhere::*,
    store::{CancelPurges, Cancelled, Changed, OwnPurges, ReadReceipts, ReadRecords},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum CancelPurgeRefusal: ApiError {
        PurgeNotFound = ApiError::PURGE_NOT_FOUND,
        PurgeAlreadyStarted = ApiError::PURGE_ALREADY_STARTED,
    }
}

/// Cancels a purge that has not begun.
#[derive(Debug)]
pub struct CancelPersonPurge;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<CancelPersonPurge>>, ConfigProblem> {
    setup.serve(Guarded(CancelPersonPurge))
}

impl<S: CancelPurges + OwnPurges + ReadRecords + ReadReceipts> Rule<S> for CancelPersonPurge {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
    type Refusal = CancelPurgeRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let authority = rights.authority()?;
        let person_id = request.path_parameter::<PersonId>("person_id")?;
        audit.set_subject(person_id);
        let cancelled = match authority {
            Authority::Any => app.store.cancel_purge(person_id, app.ambient.operation()).await?,
            Authority::Own(own, refused) => cancel_own(app, &own, person_id).await?.ok_or(refused)?,
        };
        match cancelled {
            Cancelled::Done => Ok(Reply::empty(204)),
            Cancelled::NoPurge => Err(CancelPurgeRefusal::PurgeNotFound.into()),
            Cancelled::Started => Err(CancelPurgeRefusal::PurgeAlreadyStarted.into()),
            Cancelled::NoPerson => match app.store.receipt(person_id).await? {
                Some(_) => Err(CancelPurgeRefusal::PurgeAlreadyStarted.into()),
                None => Err(CancelPurgeRefusal::PurgeNotFound.into()),
            },
        }
    }
}

/// Cancels the purge of the own person. `None` if the own user does not belong to this person.
async fn cancel_own<S: OwnPurges + ReadRecords>(
    app: &App<S>,
    own: &OwnUser,
    person_id: PersonId,
) -> Result<Option<Cancelled>, AccessProblem> {
    let mut attempts = Attempts::new(&app.ambient);
    while attempts.next().await {
        let Some((person, owner)) = access::own_person(&app.store, own, person_id).await? else {
            return Ok(None);
        };
        let (outcome, change) = match Cancellation::of(person.purge.as_ref()) {
            Cancellation::NoPurge => (Cancelled::NoPurge, OwnPurgeChange::Keep),
            Cancellation::Forget => (Cancelled::Done, OwnPurgeChange::Cancel),
            Cancellation::Started => (Cancelled::Started, OwnPurgeChange::Keep),
        };
        match app.store.change_own_purge(&person, change, owner, app.ambient.operation()).await? {
            Changed::Done => return Ok(Some(outcome)),
            Changed::NotOwner => return Ok(None),
            Changed::Already | Changed::Gone | Changed::Moved => {}
        }
    }
    Err(CallError::Contended.into())
}
