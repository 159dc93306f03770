use std::future::Future;

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::{Item, Page, Transacted, n, s},
    identity::{Digest, Hour, HourOfReceipts, OperationId, PersonId, Second, SignedSeal},
    tables::{receipts, seals},
};

/// The largest number of pages that are read of an hour's receipts. A partition of the index can
/// take 3.6 million receipts in an hour, and these pages hold more.
const HOUR_PAGES: usize = 600;

/// Reads seals and the receipts that they cover.
pub trait ReadSeals: Send + Sync + 'static {
    /// The newest seal of an hour. The index may lag behind the table, but a seal never changes.
    fn seal_of(&self, hour: Hour) -> impl Future<Output = Result<Option<SignedSeal>, CallError>> + Send;

    /// The receipts of an hour, as the index shows them: at most 600 pages of a megabyte each.
    fn hour_of_receipts(&self, hour: Hour) -> impl Future<Output = Result<HourOfReceipts, CallError>> + Send;
}

/// Seals, some of which may be unreadable, and the number of the next page's first seal, if there
/// is one.
pub type PageOfSeals = (Vec<Result<SignedSeal, CallError>>, Option<u64>);

/// Walks along the chain of seals, for a verification.
pub trait WalkSeals: Send + Sync + 'static {
    /// The seals from this number on, some of which may be unreadable, and the number of the next
    /// page's first seal, if there is one.
    fn seals_from(&self, number: u64) -> impl Future<Output = Result<PageOfSeals, CallError>> + Send;

    /// The persons with a receipt of this hour, with its digest, as the index shows them.
    fn receipts_of(&self, hour: Hour) -> impl Future<Output = Result<Vec<(PersonId, Digest)>, CallError>> + Send;
}

/// The result of adding a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// The seal was added.
    Done,
    /// Another round has added a seal with this number.
    Taken,
}

/// Adds seals to the chain.
pub trait AddSeals: Send + Sync + 'static {
    /// The last seal, read with strong consistency.
    fn last_seal(&self) -> impl Future<Output = Result<Option<SignedSeal>, CallError>> + Send;

    /// Adds a seal, if its number is free.
    fn add_seal(
        &self,
        seal: &SignedSeal,
        operation: OperationId,
    ) -> impl Future<Output = Result<Sealed, CallError>> + Send;
}

impl ReadSeals for DynamoStore {
    async fn seal_of(&self, hour: Hour) -> Result<Option<SignedSeal>, CallError> {
        let page = Page {
            index: Some(seals::HOUR_INDEX),
            key: ("#hour = :hour", vec![(":hour", n(hour.start().as_unix()))]),
            newest_first: true,
            limit: Some(1),
            ..Page::of(&self.tables.seals)
        };
        let (items, _) = self.dynamo.query(&page, None).await?;
        items.first().map(seals::decode).transpose()
    }

    async fn hour_of_receipts(&self, hour: Hour) -> Result<HourOfReceipts, CallError> {
        let entries = self.entries(hour).await?;
        Ok(HourOfReceipts::new(entries.into_iter().map(|(_, digest, expires_on)| (digest, expires_on))))
    }
}

impl WalkSeals for DynamoStore {
    async fn seals_from(&self, number: u64) -> Result<PageOfSeals, CallError> {
        let page = Page {
            key: ("#chain = :chain AND #number >= :number", vec![(":chain", s(seals::CHAIN)), (":number", n(number))]),
            ..Page::of(&self.tables.seals)
        };
        let (items, next) = self.dynamo.query(&page, None).await?;
        let next = next.map(|key| seals::number_of(&key)).transpose()?;
        Ok((items.iter().map(seals::decode).collect(), next.map(|last| last.saturating_add(1))))
    }

    async fn receipts_of(&self, hour: Hour) -> Result<Vec<(PersonId, Digest)>, CallError> {
        let entries = self.entries(hour).await?;
        Ok(entries.into_iter().map(|(person_id, digest, _)| (person_id, digest)).collect())
    }
}

impl AddSeals for DynamoStore {
    async fn last_seal(&self) -> Result<Option<SignedSeal>, CallError> {
        let page = Page {
            key: ("#chain = :chain", vec![(":chain", s(seals::CHAIN))]),
            newest_first: true,
            limit: Some(1),
            ..Page::of(&self.tables.seals)
        };
        let (items, _) = self.dynamo.query(&page, None).await?;
        items.first().map(seals::decode).transpose()
    }

    async fn add_seal(&self, seal: &SignedSeal, operation: OperationId) -> Result<Sealed, CallError> {
        match self.dynamo.transact(vec![seals::create(&self.tables, seal)], operation).await? {
            Transacted::Done => Ok(Sealed::Done),
            Transacted::Refused(_) => Ok(Sealed::Taken),
        }
    }
}

impl DynamoStore {
    /// The receipts of an hour, as the index shows them.
    async fn entries(&self, hour: Hour) -> Result<Vec<(PersonId, Digest, Second)>, CallError> {
        let page = Page {
            index: Some(receipts::HOUR_INDEX),
            key: ("#hour = :hour", vec![(":hour", receipts::hour_value(hour))]),
            ..Page::of(&self.tables.receipts)
        };
        let (mut entries, mut after): (Vec<_>, Option<Item>) = (Vec::new(), None);
        for _ in 0..HOUR_PAGES {
            let (items, next) = self.dynamo.query(&page, after.as_ref()).await?;
            for item in &items {
                entries.push(receipts::decode_entry(item)?);
            }
            after = next;
            if after.is_none() {
                return Ok(entries);
            }
        }
        Err(CallError::Broken("more receipts in an hour than can be read at once".into()))
    }
}
