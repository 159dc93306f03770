//! `GET /users/v1/person/{person_id}/purge`

mod describe;

use shared::{
    access,
    http::{Authority, rallyhere::PurgeBody},
    identity::PersonId,
    prelude::rallyhere::*,
    store::{ReadPersons, ReadReceipts, ReadRecords, ReadUsers},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum GetPurgeRefusal: ApiError { PurgeNotFound = ApiError::PURGE_NOT_FOUND }
}

/// Shows the purge of a person: queued, in progress or complete.
#[derive(Debug)]
pub struct GetPersonPurge;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<GetPersonPurge>>, ConfigProblem> {
    setup.serve(Guarded(GetPersonPurge))
}

impl<S: ReadPersons + ReadRecords + ReadReceipts + ReadUsers> Rule<S> for GetPersonPurge {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
    type Refusal = GetPurgeRefusal;

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
        let person = match authority {
            Authority::Any => app.store.person(person_id).await?,
            Authority::Own(own, refused) => {
                Some(access::active_own_person(&app.store, &own, person_id).await?.ok_or(refused)?)
            }
        };
        if let Some(person) = person {
            let purge = person.purge.ok_or(GetPurgeRefusal::PurgeNotFound)?;
            return Ok(Reply::json(200, &PurgeBody::of(person_id, &purge)));
        }
        let receipt = app.store.receipt(person_id).await?.ok_or(GetPurgeRefusal::PurgeNotFound)?;
        Ok(Reply::json(200, &PurgeBody::of_receipt(&receipt)))
    }
}
