use std::{collections::HashMap, future::Future};

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::{Item, Reader},
    identity::{Claim, IdentityKey, Person, PersonId, PlatformUser, PlayerUuid, Receipt},
    tables::Tables,
    tables::{identities, persons, receipts, users},
};

/// Reads the claims on platform accounts.
pub trait ReadClaims: Send + Sync + 'static {
    /// The claim on one account.
    fn claim(&self, key: &IdentityKey) -> impl Future<Output = Result<Option<Claim>, CallError>> + Send;
}

/// Reads single persons.
pub trait ReadPersons: Send + Sync + 'static {
    /// The person, read with strong consistency.
    fn person(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Person>, CallError>> + Send;
}

/// Reads single platform users.
pub trait ReadUsers: Send + Sync + 'static {
    /// The user, read with strong consistency.
    fn user(&self, player_uuid: PlayerUuid) -> impl Future<Output = Result<Option<PlatformUser>, CallError>> + Send;
}

/// Reads several records in one round trip.
pub trait ReadRecords: Send + Sync + 'static {
    /// The records with these keys, as far as they exist.
    fn records(&self, keys: &Keys) -> impl Future<Output = Result<Records, CallError>> + Send;
}

/// Reads receipts.
pub trait ReadReceipts: Send + Sync + 'static {
    /// The receipt of a purged person.
    fn receipt(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Receipt>, CallError>> + Send;
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

/// The records that were found. They were not read at one moment, and may contradict each other.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Persons.
    pub persons: HashMap<PersonId, Person>,
    /// Platform users.
    pub users: HashMap<PlayerUuid, PlatformUser>,
    /// Claims.
    pub claims: HashMap<IdentityKey, Claim>,
}

impl Records {
    fn collect(&mut self, tables: &Tables, table: &str, items: &[Item]) -> Result<(), CallError> {
        for item in items {
            if table == tables.persons {
                let person = persons::decode(item)?;
                self.persons.insert(person.person_id, person);
            } else if table == tables.users {
                let user = users::decode(item)?;
                self.users.insert(user.player_uuid, user);
            } else {
                let key = Reader::new(identities::TABLE, item).text(identities::KEY)?.to_owned();
                self.claims.insert(IdentityKey::from_stored(key), identities::decode(item)?);
            }
        }
        Ok(())
    }
}

impl ReadClaims for DynamoStore {
    async fn claim(&self, key: &IdentityKey) -> Result<Option<Claim>, CallError> {
        let item = self.dynamo.get(&self.tables.identities, identities::key(key)).await?;
        item.as_ref().map(identities::decode).transpose()
    }
}

impl ReadPersons for DynamoStore {
    async fn person(&self, person_id: PersonId) -> Result<Option<Person>, CallError> {
        let item = self.dynamo.get(&self.tables.persons, persons::key(person_id)).await?;
        item.as_ref().map(persons::decode).transpose()
    }
}

impl ReadUsers for DynamoStore {
    async fn user(&self, player_uuid: PlayerUuid) -> Result<Option<PlatformUser>, CallError> {
        let item = self.dynamo.get(&self.tables.users, users::key(player_uuid)).await?;
        item.as_ref().map(users::decode).transpose()
    }
}

impl ReadRecords for DynamoStore {
    async fn records(&self, keys: &Keys) -> Result<Records, CallError> {
        let tables = &self.tables;
        let wanted = vec![
            (&*tables.persons, keys.persons.iter().copied().map(persons::key).collect()),
            (&*tables.users, keys.users.iter().copied().map(users::key).collect()),
            (&*tables.identities, keys.identities.iter().map(identities::key).collect()),
        ];
        let mut records = Records::default();
        for (table, items) in self.dynamo.batch_get(wanted).await? {
            records.collect(tables, &table, &items)?;
        }
        Ok(records)
    }
}

impl ReadReceipts for DynamoStore {
    async fn receipt(&self, person_id: PersonId) -> Result<Option<Receipt>, CallError> {
        let item = self.dynamo.get(&self.tables.receipts, receipts::key(person_id)).await?;
        item.as_ref().map(receipts::decode).transpose()
    }
}
