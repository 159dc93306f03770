//! `GET /users/v1/person/{person_id}/purge`

use shared::{
    access::{self, PurgeAuthority},
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, PURGE_NOT_FOUND, PurgeBody, Rejection},
    },
    identity::{Person, PersonId, UserState},
    lambda::Setup,
    refusals,
    store::{DynamoStore, ReadPersons, ReadReceipts, ReadRecords, ReadUsers, StoreError},
    validation::Account,
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum GetPurgeRefusal: Answer { PurgeNotFound = PURGE_NOT_FOUND }
}

/// Shows the purge of a person: queued, begun, or over.
#[derive(Debug)]
pub struct GetPersonPurge<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> GetPersonPurge<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<GetPersonPurge<DynamoStore>, ConfigError> {
    Ok(GetPersonPurge::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadPersons + ReadRecords + ReadReceipts + ReadUsers> Endpoint for GetPersonPurge<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<GetPurgeRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        let authority = PurgeAuthority::of(&caller)?;
        let person_id = request.path_parameter::<PersonId>("person_id")?;
        request.set_subject(person_id);
        let person = match authority {
            PurgeAuthority::Any => self.store.person(person_id).await?,
            PurgeAuthority::Own(account, refused) => Some(self.own_person(&account, person_id).await?.ok_or(refused)?),
        };
        if let Some(person) = person {
            let purge = person.purge.ok_or(GetPurgeRefusal::PurgeNotFound)?;
            return Ok(Reply::json(200, &PurgeBody::of(person_id, &purge)));
        }
        let receipt = self.store.receipt(person_id).await?.ok_or(GetPurgeRefusal::PurgeNotFound)?;
        Ok(Reply::json(200, &PurgeBody::of_receipt(&receipt)))
    }
}

impl<S: ReadPersons + ReadRecords + ReadReceipts + ReadUsers> Described for GetPersonPurge<S> {
    fn operation() -> Operation {
        let text = "Shows the purge of a person: queued, begun, or over.";
        let access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
        Operation::new("Purges", "Show a purge", text, access)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies::<PurgeBody>(200, "The purge.", PurgeBody::EXAMPLE)
    }
}

impl<S: ReadRecords + ReadUsers> GetPersonPurge<S> {
    /// The person, if this account is one of its users and is active.
    async fn own_person(&self, account: &Account, person_id: PersonId) -> Result<Option<Person>, StoreError> {
        let Some((person, owner)) = access::own_person(&self.store, account, person_id).await? else {
            return Ok(None);
        };
        let user = self.store.user(owner.player_uuid).await?;
        Ok(user.filter(|user| user.state == UserState::Active && user.person_id == person_id).map(|_| person))
    }
}
