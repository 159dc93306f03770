//! DynamoDB: its calls, expressions and items. Nothing here depends on what the tables hold.

mod expression;
mod item;

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::http::HttpResponse,
    error::SdkError,
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{AttributeValue, CancellationReason, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

pub(crate) use expression::{Kind, Write};
pub(crate) use item::{Item, Reader, item, n, s};

use expression::{names, unbuilt};

use crate::{
    ambient::Ambient,
    aws::{CallError, FAILED_ATTEMPTS, Verdict, attempt},
    identity::OperationId,
};

/// A DynamoDB client with one method for each call.
#[derive(Debug)]
pub(crate) struct Dynamo {
    client: Client,
    ambient: Ambient,
}

/// A query for one page.
#[derive(Debug)]
pub(crate) struct Page<'q> {
    pub(crate) table: &'q str,
    pub(crate) index: Option<&'static str>,
    /// The key condition and its values.
    pub(crate) key: (&'static str, Vec<(&'static str, AttributeValue)>),
    pub(crate) newest_first: bool,
    /// The largest number of items. Without it, a page holds at most a megabyte.
    pub(crate) limit: Option<u32>,
}

impl<'q> Page<'q> {
    pub(crate) fn of(table: &'q str) -> Self {
        Self { table, index: None, key: ("", Vec::new()), newest_first: false, limit: None }
    }
}

/// The result of a conditional update.
pub(crate) enum Updated {
    /// The item after the update.
    Done(Item),
    /// The condition failed. Holds the current item, if there is one.
    Refused(Option<Item>),
}

/// The result of a transaction.
pub(crate) enum Transacted {
    /// All writes were applied.
    Done,
    /// No write was applied. Holds the result of each member.
    Refused(Vec<Member>),
}

/// The result of one member of a refused transaction.
#[derive(Debug, Default)]
pub(crate) enum Member {
    /// The condition of the member held.
    #[default]
    Held,
    /// The condition of the member failed. Holds the current item, if there is one.
    Failed(Option<Item>),
}

impl Dynamo {
    /// Wraps a client whose own retries are off.
    pub(crate) fn new(client: Client, ambient: Ambient) -> Self {
        Self { client, ambient }
    }

    /// The clock and the random numbers.
    pub(crate) fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    pub(crate) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, CallError> {
        let call = || {
            let get = self.client.get_item().table_name(table).set_key(Some(key.clone()));
            get.consistent_read(true).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => Ok(output.item),
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    pub(crate) async fn update(&self, write: Write) -> Result<Updated, CallError> {
        let Kind::Update(expression) = &write.kind else {
            return Err(CallError::Broken("not an update".into()));
        };
        let call = || {
            self.client
                .update_item()
                .table_name(&write.table)
                .set_key(Some(write.item.clone()))
                .update_expression(expression)
                .condition_expression(&write.condition)
                .set_expression_attribute_names(Some(write.names()))
                .set_expression_attribute_values(write.values())
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let verdict = |error: &UpdateItemError| {
            if error.is_conditional_check_failed_exception() { Verdict::Answer } else { Verdict::ByCode }
        };
        match attempt(&self.ambient, verdict, call).await? {
            Ok(output) => Ok(Updated::Done(output.attributes.unwrap_or_default())),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Updated::Refused(failed.item)),
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    /// Applies all writes or none. The operation id is the request token: within ten minutes
    /// DynamoDB applies a token only once.
    pub(crate) async fn transact(&self, writes: Vec<Write>, operation: OperationId) -> Result<Transacted, CallError> {
        self.transact_watched(writes, operation, &AtomicBool::new(false)).await
    }

    /// Like [`Self::transact`]. Sets `may_come` as soon as an attempt may have been applied, or may
    /// still be: even after a later attempt was refused.
    pub(crate) async fn transact_watched(
        &self,
        writes: Vec<Write>,
        operation: OperationId,
        may_come: &AtomicBool,
    ) -> Result<Transacted, CallError> {
        let members = writes.into_iter().map(Write::into_member).collect::<Result<Vec<_>, _>>()?;
        let call = || async {
            let transact = self.client.transact_write_items().set_transact_items(Some(members.clone()));
            let tried = transact.client_request_token(operation.to_string()).send().await;
            if !tried.as_ref().is_err_and(did_nothing) {
                may_come.store(true, Ordering::Relaxed);
            }
            tried
        };
        let verdict = |error: &TransactWriteItemsError| match error {
            TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                verdict_on(cancelled.cancellation_reasons())
            }
            _ => Verdict::ByCode,
        };
        match attempt(&self.ambient, verdict, call).await? {
            Ok(_) => Ok(Transacted::Done),
            Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reasons = cancelled.cancellation_reasons.unwrap_or_default();
                Ok(Transacted::Refused(reasons.into_iter().map(member).collect()))
            }
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    /// The items with these keys, by table, in one round trip. Unprocessed keys are requested
    /// again.
    pub(crate) async fn batch_get(&self, keys: Vec<(&str, Vec<Item>)>) -> Result<Vec<(String, Vec<Item>)>, CallError> {
        let mut found = Vec::new();
        let mut wanted =
            keys.into_iter().filter(|(_, keys)| !keys.is_empty()).map(wanted).collect::<Result<HashMap<_, _>, _>>()?;
        for attempt_number in 1..=FAILED_ATTEMPTS {
            if wanted.is_empty() {
                return Ok(found);
            }
            let call = || self.client.batch_get_item().set_request_items(Some(wanted.clone())).send();
            let output = match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
                Ok(output) => output,
                Err(error) => return Err(CallError::Broken(error.to_string())),
            };
            found.extend(output.responses.unwrap_or_default());
            wanted = output.unprocessed_keys.unwrap_or_default();
            if !wanted.is_empty() && attempt_number < FAILED_ATTEMPTS {
                self.ambient.pause(Duration::from_millis(25 << attempt_number)).await;
            }
        }
        if wanted.is_empty() { Ok(found) } else { Err(CallError::Throttled("unprocessed keys".into())) }
    }

    /// One page of a table or index, and the start of the next page. Tables are read with strong
    /// consistency.
    pub(crate) async fn query(
        &self,
        page: &Page<'_>,
        after: Option<&Item>,
    ) -> Result<(Vec<Item>, Option<Item>), CallError> {
        let (condition, values) = &page.key;
        let values: HashMap<_, _> = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let call = || {
            self.client
                .query()
                .table_name(page.table)
                .set_index_name(page.index.map(str::to_owned))
                .set_consistent_read(page.index.is_none().then_some(true))
                .key_condition_expression(*condition)
                .set_expression_attribute_names(Some(names(&[condition])))
                .set_expression_attribute_values(Some(values.clone()))
                .set_exclusive_start_key(after.cloned())
                .scan_index_forward(!page.newest_first)
                .set_limit(page.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
                .send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => Ok((output.items.unwrap_or_default(), output.last_evaluated_key)),
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }

    /// One page of a whole table, read with strong consistency, and the start of the next page.
    pub(crate) async fn scan(
        &self,
        table: &str,
        limit: u32,
        after: Option<&Item>,
    ) -> Result<(Vec<Item>, Option<Item>), CallError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let call = || {
            let scan = self.client.scan().table_name(table).consistent_read(true).limit(limit);
            scan.set_exclusive_start_key(after.cloned()).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => Ok((output.items.unwrap_or_default(), output.last_evaluated_key)),
            Err(error) => Err(CallError::Broken(error.to_string())),
        }
    }
}

fn wanted((table, keys): (&str, Vec<Item>)) -> Result<(String, KeysAndAttributes), CallError> {
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
    Ok((table.to_owned(), keys.map_err(unbuilt)?))
}

/// Whether DynamoDB itself says that the call was not applied: status 400. Any other status may
/// come from a proxy in front of it.
fn did_nothing<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(error) => error.raw().status().as_u16() == 400,
        SdkError::ConstructionFailure(_) => true,
        _ => false,
    }
}

/// A cancelled transaction is an answer only if failed conditions are the sole reason.
fn verdict_on(reasons: &[CancellationReason]) -> Verdict {
    let codes = || reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None");
    if codes().any(|code| matches!(code, "ThrottlingError" | "ProvisionedThroughputExceeded")) {
        Verdict::Throttled
    } else if codes().any(|code| code == "TransactionConflict") {
        Verdict::Conflict
    } else if codes().count() > 0 && codes().all(|code| code == "ConditionalCheckFailed") {
        Verdict::Answer
    } else {
        Verdict::Broken(format!("transaction cancelled: {}", codes().collect::<Vec<_>>().join(", ")))
    }
}

fn member(reason: CancellationReason) -> Member {
    if reason.code.as_deref() == Some("ConditionalCheckFailed") { Member::Failed(reason.item) } else { Member::Held }
}
