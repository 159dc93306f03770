use std::future::Future;

use super::{
    DynamoStore, StoreError,
    dynamo::{Member, Transacted},
    identities, persons, receipts, users,
};
use crate::identity::{OperationId, Person, PersonId, Purge, PurgeId, Receipt, Second};

/// What the index of due purges says of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuePurge {
    /// Whose.
    pub person_id: PersonId,
    /// Which.
    pub purge_id: PurgeId,
    /// When it is due.
    pub purge_on: Second,
    /// When the dispatcher was to look at it.
    pub due_on: Second,
    /// How often it was handed to a worker.
    pub dispatches: u32,
}

/// Finds due purges and leaves them to the workers for a while.
pub trait LeasePurges: Send + Sync + 'static {
    /// One page of what is due in a shard, the oldest first. An index: a hint, not the truth.
    fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&DuePurge>,
    ) -> impl Future<Output = Result<Vec<DuePurge>, StoreError>> + Send;

    /// Counts the dispatch and hides the purge until then, if nobody else has touched it since; silence otherwise.
    fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What came of carrying out a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// Everything is gone and the receipt is there.
    Done,
    /// The person changed since it was read.
    Changed,
}

/// Carries out purges.
pub trait PurgePersons: Send + Sync + 'static {
    /// Removes the person as it was read, with its users and claims, and leaves the receipt: all or nothing.
    fn purge(
        &self,
        person: &Person,
        receipt: &Receipt,
        operation: OperationId,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Shows a purge that came too early to the dispatcher again when it is due.
    fn postpone(&self, person_id: PersonId, purge: &Purge) -> impl Future<Output = Result<(), StoreError>> + Send;
}
impl LeasePurges for DynamoStore {
    async fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&DuePurge>,
    ) -> Result<Vec<DuePurge>, StoreError> {
        let items = self.query_due(shard, until, limit, after.map(persons::due_key)).await?;
        items.iter().map(persons::decode_due).collect()
    }

    async fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> Result<(), StoreError> {
        self.update(persons::lease_purge(&self.tables, purge, due_on)).await.map(|_| ())
    }
}

impl PurgePersons for DynamoStore {
    async fn purge(&self, person: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, StoreError> {
        let mut writes = vec![persons::purge(&self.tables, person, receipt), receipts::create(&self.tables, receipt)];
        for user in person.users.values() {
            writes.push(users::purge(&self.tables, user.player_uuid, person.person_id));
            writes.push(identities::purge(&self.tables, &user.identity, person.person_id));
        }
        match self.transact(writes, operation).await? {
            Transacted::Done => Ok(Purged::Done),
            Transacted::Refused(members) if matches!(members.first(), Some(Member::Failed(_))) => Ok(Purged::Changed),
            Transacted::Refused(_) => Err(StoreError::Broken("a person and its users disagree".into())),
        }
    }

    async fn postpone(&self, person_id: PersonId, purge: &Purge) -> Result<(), StoreError> {
        self.update(persons::postpone(&self.tables, person_id, purge)).await.map(|_| ())
    }
}
