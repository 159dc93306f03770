//! `DELETE /users/v1/person/{person_id}/purge`

use shared::{
    access::{self, PurgeAuthority},
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, PURGE_ALREADY_STARTED, PURGE_NOT_FOUND, Rejection},
    },
    identity::{Cancellation, PersonId},
    lambda::Setup,
    refusals,
    store::{
        Attempts, CancelPurges, Cancelled, Changed, DynamoStore, OwnPurgeChange, OwnPurges, ReadReceipts, ReadRecords,
        StoreError,
    },
    validation::Account,
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum CancelPurgeRefusal: Answer {
        PurgeNotFound = PURGE_NOT_FOUND,
        PurgeAlreadyStarted = PURGE_ALREADY_STARTED,
    }
}

/// Cancels a purge that has not begun.
#[derive(Debug)]
pub struct CancelPersonPurge<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> CancelPersonPurge<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<CancelPersonPurge<DynamoStore>, ConfigError> {
    Ok(CancelPersonPurge::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: CancelPurges + OwnPurges + ReadRecords + ReadReceipts> Endpoint for CancelPersonPurge<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<CancelPurgeRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        let authority = PurgeAuthority::of(&caller)?;
        let person_id = request.path_parameter::<PersonId>("person_id")?;
        request.set_subject(person_id);
        let cancelled = match authority {
            PurgeAuthority::Any => self.store.cancel_purge(person_id, self.ambient.operation()).await?,
            PurgeAuthority::Own(account, refused) => self.cancel_own(&account, person_id).await?.ok_or(refused)?,
        };
        match cancelled {
            Cancelled::Done => Ok(Reply::empty(204)),
            Cancelled::NoPurge => Err(CancelPurgeRefusal::PurgeNotFound.into()),
            Cancelled::Started => Err(CancelPurgeRefusal::PurgeAlreadyStarted.into()),
            Cancelled::NoPerson => match self.store.receipt(person_id).await? {
                Some(_) => Err(CancelPurgeRefusal::PurgeAlreadyStarted.into()),
                None => Err(CancelPurgeRefusal::PurgeNotFound.into()),
            },
        }
    }
}

impl<S: CancelPurges + OwnPurges + ReadRecords + ReadReceipts> Described for CancelPersonPurge<S> {
    fn operation() -> Operation {
        let text = "Cancels a purge that has not begun. A purge that is queued afterwards is a new one.";
        let access = Access::OwnOrPermitted(&Permission::PURGE_PERSON, Some(&Permission::PURGE_SELF));
        Operation::new("Purges", "Cancel a purge", text, access)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies_nothing(204, "No purge is queued any more.")
    }
}

impl<S: OwnPurges + ReadRecords> CancelPersonPurge<S> {
    /// Cancels the purge of the account's own person; `None` when it is not its own.
    async fn cancel_own(&self, account: &Account, person_id: PersonId) -> Result<Option<Cancelled>, StoreError> {
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let Some((person, owner)) = access::own_person(&self.store, account, person_id).await? else {
                return Ok(None);
            };
            let (outcome, change) = match Cancellation::of(person.purge.as_ref()) {
                Cancellation::NoPurge => (Cancelled::NoPurge, OwnPurgeChange::Keep),
                Cancellation::Forget => (Cancelled::Done, OwnPurgeChange::Cancel),
                Cancellation::Started => (Cancelled::Started, OwnPurgeChange::Keep),
            };
            match self.store.change_own_purge(&person, change, owner, self.ambient.operation()).await? {
                Changed::Done => return Ok(Some(outcome)),
                Changed::NotOwner => return Ok(None),
                Changed::Already | Changed::Gone | Changed::Moved => {}
            }
        }
        Err(StoreError::Contended)
    }
}
