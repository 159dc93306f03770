use std::{collections::HashMap, future::Future};

use super::{DynamoStore, StoreError, identities, persons, receipts, users};
use crate::identity::{Claim, IdentityKey, Person, PersonId, PlatformUser, PlayerUuid, Receipt};

/// Reads the claims on platform accounts.
pub trait ReadClaims: Send + Sync + 'static {
    /// The claim on one account.
    fn claim(&self, key: &IdentityKey) -> impl Future<Output = Result<Option<Claim>, StoreError>> + Send;

    /// The claims on two accounts, in one round trip.
    fn two_claims(
        &self,
        keys: [&IdentityKey; 2],
    ) -> impl Future<Output = Result<[Option<Claim>; 2], StoreError>> + Send;
}

/// Reads single persons.
pub trait ReadPersons: Send + Sync + 'static {
    /// The person, as it is now.
    fn person(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Person>, StoreError>> + Send;
}

/// Reads single platform users.
pub trait ReadUsers: Send + Sync + 'static {
    /// The user, as it is now.
    fn user(&self, player_uuid: PlayerUuid) -> impl Future<Output = Result<Option<PlatformUser>, StoreError>> + Send;
}

/// Reads several records in one round trip.
pub trait ReadRecords: Send + Sync + 'static {
    /// What there is of these.
    fn records(&self, keys: &Keys) -> impl Future<Output = Result<Records, StoreError>> + Send;
}

/// Reads receipts of purges.
pub trait ReadReceipts: Send + Sync + 'static {
    /// What is left of a purged person.
    fn receipt(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Receipt>, StoreError>> + Send;
}

/// The keys of several records.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Persons.
    pub persons: Vec<PersonId>,
    /// Platform users.
    pub users: Vec<PlayerUuid>,
    /// Claims.
    pub identities: Vec<IdentityKey>,
}

/// The records that were found, each as it was at some moment of the read.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Persons.
    pub persons: HashMap<PersonId, Person>,
    /// Platform users.
    pub users: HashMap<PlayerUuid, PlatformUser>,
    /// Claims.
    pub claims: HashMap<IdentityKey, Claim>,
}

impl ReadClaims for DynamoStore {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, StoreError> {
        let item = self.get(&self.tables.identities, identities::key(key)).await?;
        item.as_ref().map(identities::decode).transpose()
    }

    async fn two_claims(&self, keys: [&IdentityKey; 2]) -> Result<[Option<Claim>; 2], StoreError> {
        let wanted = Keys { identities: keys.map(Clone::clone).into(), ..Keys::default() };
        let records = self.batch_get(&wanted).await?;
        Ok(keys.map(|key| records.claims.get(key).copied()))
    }
}

impl ReadPersons for DynamoStore {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, StoreError> {
        let item = self.get(&self.tables.persons, persons::key(person_id)).await?;
        item.as_ref().map(persons::decode).transpose()
    }
}

impl ReadUsers for DynamoStore {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, StoreError> {
        let item = self.get(&self.tables.users, users::key(player_uuid)).await?;
        item.as_ref().map(users::decode).transpose()
    }
}

impl ReadRecords for DynamoStore {
    async fn records(&self, keys: &Keys) -> Result<Records, StoreError> {
        self.batch_get(keys).await
    }
}

impl ReadReceipts for DynamoStore {
    async fn receipt(&self, person_id: PersonId) -> Result<Option<Receipt>, StoreError> {
        let item = self.get(&self.tables.receipts, receipts::key(person_id)).await?;
        item.as_ref().map(receipts::decode).transpose()
    }
}
