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
    /// The purges, the oldest first.
    pub purges: Vec<DuePurge>,
    /// Where the next page begins, if there is one.
    pub next: Option<PageKey>,
}

/// Where a page begins.
#[derive(Debug, Clone)]
pub struct PageKey(pub(super) Item);

/// Finds due purges and leaves them to the workers for a while.
pub trait LeasePurges: Send + Sync + 'static {
    /// One page of what is due in a shard, the oldest first. An index: a hint, not the truth.
    fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&PageKey>,
    ) -> impl Future<Output = Result<DuePage, CallError>> + Send;

    /// Counts the dispatch and hides the purge until then, if nobody else has touched it since; silence otherwise.
    fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Gives stuck purges another chance.
pub trait ResetPurges: Send + Sync + 'static {
    /// Counts the dispatches anew and shows the purge to the dispatcher at once; `false` when it is not as it was seen.
    fn reset_purge(&self, purge: &DuePurge, now: Second) -> impl Future<Output = Result<bool, CallError>> + Send;
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
    ) -> impl Future<Output = Result<Purged, CallError>> + Send;

    /// Shows a purge that came too early to the dispatcher again when it is due.
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
        // One item that cannot be read must not hide the others; the truth is in the persons themselves.
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
    /// A person with a receipt came back from a backup: it goes again, and the first receipt stays.
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
    tracing::error!(%error, "an item of the index of due purges was left out");
}
