use std::future::Future;

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::{Item, Member, Page, Transacted, Updated, Write},
    identity::{DuePurge, OperationId, Person, PersonId, Purge, Receipt, Second},
    tables::{identities, persons, receipts, users},
};

/// One page of the index of due purges.
#[derive(Debug, Clone)]
pub struct DuePage {
    /// The purges, oldest first.
    pub purges: Vec<DuePurge>,
    /// The start of the next page, if there is one.
    pub next: Option<PageKey>,
}

/// The start of a page.
#[derive(Debug, Clone)]
pub struct PageKey(pub(super) Item);

/// Finds and leases due purges.
pub trait LeasePurges: Send + Sync + 'static {
    /// One page of the due purges in a shard, oldest first. The index may lag behind the table.
    fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&PageKey>,
    ) -> impl Future<Output = Result<DuePage, CallError>> + Send;

    /// Leases a purge: counts the dispatch, and hides the purge from the dispatcher until `due_on`.
    /// Does nothing if the purge has changed since it was read.
    fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Resets stuck purges.
pub trait ResetPurges: Send + Sync + 'static {
    /// Sets the dispatches to zero, and makes the purge due for the dispatcher now. `false` if it
    /// has changed since it was read.
    fn reset_purge(&self, purge: &DuePurge, now: Second) -> impl Future<Output = Result<bool, CallError>> + Send;
}

/// The result of carrying out a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// All records were deleted, and the receipt exists.
    Done,
    /// The person has changed since it was read.
    Changed,
}

/// Carries out purges.
pub trait PurgePersons: Send + Sync + 'static {
    /// Deletes the person with its users and claims, if it is unchanged since it was read, and
    /// writes the receipt: all or nothing.
    fn purge(
        &self,
        person: &Person,
        receipt: &Receipt,
        operation: OperationId,
    ) -> impl Future<Output = Result<Purged, CallError>> + Send;

    /// Makes a purge that came too early due for the dispatcher at its time.
    fn postpone(&self, person_id: PersonId, purge: &Purge) -> impl Future<Output = Result<(), CallError>> + Send;
}

impl LeasePurges for DynamoStore {
    async fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&PageKey>,
    ) -> Result<DuePage, CallError> {
        let page = Page {
            index: Some(persons::DUE_INDEX),
            key: persons::due_key(shard, until),
            limit: Some(limit),
            ..Page::of(&self.tables.persons)
        };
        let (items, next) = self.dynamo.query(&page, after.map(|PageKey(key)| key)).await?;
        // An unreadable item must not hide the others. The persons themselves are the truth.
        let purges =
            items.iter().filter_map(|item| persons::decode_due(item).inspect_err(log_unreadable).ok()).collect();
        Ok(DuePage { purges, next: next.map(PageKey) })
    }

    async fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> Result<(), CallError> {
        self.dynamo.update(persons::lease_purge(&self.tables, purge, due_on)).await.map(|_| ())
    }
}

impl ResetPurges for DynamoStore {
    async fn reset_purge(&self, purge: &DuePurge, now: Second) -> Result<bool, CallError> {
        let reset = self.dynamo.update(persons::reset_purge(&self.tables, purge, now)).await?;
        Ok(matches!(reset, Updated::Done(_)))
    }
}

impl PurgePersons for DynamoStore {
    async fn purge(&self, person: &Person, receipt: &Receipt, operation: OperationId) -> Result<Purged, CallError> {
        let mut writes = vec![persons::purge(&self.tables, person, receipt), receipts::create(&self.tables, receipt)];
        writes.extend(self.users_and_claims(person));
        match self.dynamo.transact(writes, operation).await? {
            Transacted::Done => Ok(Purged::Done),
            Transacted::Refused(members) => match (members.first(), members.get(1)) {
                (Some(Member::Failed(_)), _) => Ok(Purged::Changed),
                (_, Some(Member::Failed(_))) => self.purge_again(person, receipt).await,
                _ => Err(disagreement()),
            },
        }
    }

    async fn postpone(&self, person_id: PersonId, purge: &Purge) -> Result<(), CallError> {
        self.dynamo.update(persons::postpone(&self.tables, person_id, purge)).await.map(|_| ())
    }
}

impl DynamoStore {
    /// Deletes a person that already has a receipt: it was restored from a backup. The first
    /// receipt stays.
    async fn purge_again(&self, person: &Person, receipt: &Receipt) -> Result<Purged, CallError> {
        let mut writes = vec![persons::purge(&self.tables, person, receipt)];
        writes.extend(self.users_and_claims(person));
        match self.dynamo.transact(writes, self.dynamo.ambient().operation()).await? {
            Transacted::Done => Ok(Purged::Done),
            Transacted::Refused(members) if matches!(members.first(), Some(Member::Failed(_))) => Ok(Purged::Changed),
            Transacted::Refused(_) => Err(disagreement()),
        }
    }

    fn users_and_claims(&self, person: &Person) -> impl Iterator<Item = Write> {
        person.users.values().flat_map(|user| {
            [
                users::purge(&self.tables, user.player_uuid, person.person_id),
                identities::purge(&self.tables, &user.identity, person.person_id),
            ]
        })
    }
}

fn disagreement() -> CallError {
    CallError::Broken("a person and its users disagree".into())
}

fn log_unreadable(error: &CallError) {
    tracing::error!(%error, "an unreadable item of the index of due purges was skipped");
}
