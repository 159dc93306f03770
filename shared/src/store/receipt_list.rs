use std::future::Future;

use super::{DynamoStore, PageKey};
use crate::{
    aws::CallError,
    dynamo::Page,
    identity::{Hour, PersonId},
    tables::receipts,
};

/// Persons with a receipt, and the start of the next page, if there is one.
pub type PageOfReceipts = (Vec<PersonId>, Option<PageKey>);

/// Lists receipts by the hour in which they were written.
pub trait ListReceipts: Send + Sync + 'static {
    /// One page, at most a megabyte, of the persons with a receipt of this hour. The index may lag
    /// behind the table.
    fn receipts_in(
        &self,
        hour: Hour,
        after: Option<&PageKey>,
    ) -> impl Future<Output = Result<PageOfReceipts, CallError>> + Send;
}

impl ListReceipts for DynamoStore {
    async fn receipts_in(&self, hour: Hour, after: Option<&PageKey>) -> Result<PageOfReceipts, CallError> {
        let page = Page {
            index: Some(receipts::HOUR_INDEX),
            key: ("#hour = :hour", vec![(":hour", receipts::hour_value(hour))]),
            ..Page::of(&self.tables.receipts)
        };
        let (items, next) = self.dynamo.query(&page, after.map(|PageKey(key)| key)).await?;
        let persons = items.iter().map(|item| receipts::decode_entry(item).map(|(person_id, ..)| person_id));
        Ok((persons.collect::<Result<_, _>>()?, next.map(PageKey)))
    }
}
