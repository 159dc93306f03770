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

use super::{
    StoreError, Tables,
    attempt::{TRIES, Verdict, attempt},
    expression::{Kind, Write, names, unbuilt},
    identities,
    item::{Item, Reader},
    persons,
    player_ids::PlayerIds,
    read::{Keys, Records},
    users,
};
use crate::{
    ambient::Ambient,
    identity::{IdentityKey, OperationId},
};

/// The tables in DynamoDB.
#[derive(Debug)]
pub struct DynamoStore {
    client: Client,
    pub(super) tables: Tables,
    pub(super) ambient: Ambient,
    pub(super) player_ids: PlayerIds,
}

/// What a query asks for.
#[derive(Debug)]
pub(super) struct Page<'q> {
    pub(super) table: &'q str,
    pub(super) index: Option<&'static str>,
    /// The key condition and its values.
    pub(super) key: (&'static str, Vec<(&'static str, AttributeValue)>),
    pub(super) newest_first: bool,
    /// How many items at most; a megabyte of them without.
    pub(super) limit: Option<u32>,
}

impl<'q> Page<'q> {
    pub(super) fn of(table: &'q str) -> Self {
        Self { table, index: None, key: ("", Vec::new()), newest_first: false, limit: None }
    }
}

/// What a conditional update answered.
pub(super) enum Updated {
    /// The item after it.
    Done(Item),
    /// The condition failed; the item as it is, if there is one.
    Refused(Option<Item>),
}

/// What a transaction answered.
pub(super) enum Transacted {
    /// All of it is done.
    Done,
    /// Nothing is done. By member: whether its condition failed.
    Refused(Vec<Member>),
}

/// What a member of a refused transaction says.
#[derive(Debug, Default)]
pub(super) enum Member {
    /// Its condition held.
    #[default]
    Held,
    /// Its condition failed; the item as it is, if there is one.
    Failed(Option<Item>),
}

impl DynamoStore {
    /// The tables behind this client, which must not repeat calls by itself.
    pub fn new(client: Client, tables: Tables, ambient: Ambient) -> Self {
        let player_ids = PlayerIds::new(ambient.now());
        Self { client, tables, ambient, player_ids }
    }

    pub(super) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, StoreError> {
        let call = || {
            let get = self.client.get_item().table_name(table).set_key(Some(key.clone()));
            get.consistent_read(true).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => Ok(output.item),
            Err(error) => Err(StoreError::Broken(error.to_string())),
        }
    }

    pub(super) async fn update(&self, write: Write) -> Result<Updated, StoreError> {
        let Kind::Update(expression) = &write.kind else {
            return Err(StoreError::Broken("not an update".into()));
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
            Err(error) => Err(StoreError::Broken(error.to_string())),
        }
    }

    /// All writes or none. The request's id is the token: DynamoDB does the same token once (for ten minutes).
    pub(super) async fn transact(&self, writes: Vec<Write>, operation: OperationId) -> Result<Transacted, StoreError> {
        self.transact_watched(writes, operation, &AtomicBool::new(false)).await
    }

    /// The same; `may_come` becomes true when a try is not known to have done nothing. It may be carried out even after a
    /// later try was refused.
    pub(super) async fn transact_watched(
        &self,
        writes: Vec<Write>,
        operation: OperationId,
        may_come: &AtomicBool,
    ) -> Result<Transacted, StoreError> {
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
            Err(error) => Err(StoreError::Broken(error.to_string())),
        }
    }

    /// Several records in one round trip. What comes back unprocessed is asked for again.
    pub(super) async fn batch_get(&self, keys: &Keys) -> Result<Records, StoreError> {
        let mut records = Records::default();
        let mut wanted = self.wanted(keys)?;
        for attempt_number in 1..=TRIES {
            if wanted.is_empty() {
                return Ok(records);
            }
            let call = || self.client.batch_get_item().set_request_items(Some(wanted.clone())).send();
            let output = match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
                Ok(output) => output,
                Err(error) => return Err(StoreError::Broken(error.to_string())),
            };
            for (table, items) in output.responses.unwrap_or_default() {
                self.collect(&mut records, &table, &items)?;
            }
            wanted = output.unprocessed_keys.unwrap_or_default();
            if !wanted.is_empty() && attempt_number < TRIES {
                self.ambient.pause(Duration::from_millis(25 << attempt_number)).await;
            }
        }
        if wanted.is_empty() { Ok(records) } else { Err(StoreError::Throttled("unprocessed keys".into())) }
    }

    fn wanted(&self, keys: &Keys) -> Result<HashMap<String, KeysAndAttributes>, StoreError> {
        let by_table: [(&String, Vec<Item>); 3] = [
            (&self.tables.persons, keys.persons.iter().copied().map(persons::key).collect()),
            (&self.tables.users, keys.users.iter().copied().map(users::key).collect()),
            (&self.tables.identities, keys.identities.iter().map(identities::key).collect()),
        ];
        let asked = by_table.into_iter().filter(|(_, keys)| !keys.is_empty());
        asked
            .map(|(table, keys)| {
                let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
                Ok((table.clone(), keys.map_err(unbuilt)?))
            })
            .collect()
    }

    fn collect(&self, records: &mut Records, table: &str, items: &[Item]) -> Result<(), StoreError> {
        for item in items {
            if table == self.tables.persons {
                let person = persons::decode(item)?;
                records.persons.insert(person.person_id, person);
            } else if table == self.tables.users {
                let user = users::decode(item)?;
                records.users.insert(user.player_uuid, user);
            } else {
                let key = Reader::new(identities::TABLE, item).text(identities::KEY)?.to_owned();
                records.claims.insert(IdentityKey::from_stored(key), identities::decode(item)?);
            }
        }
        Ok(())
    }

    /// One page of a table or index, and where the next begins. A table is read strongly consistent.
    pub(super) async fn query(
        &self,
        page: &Page<'_>,
        after: Option<&Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
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
            Err(error) => Err(StoreError::Broken(error.to_string())),
        }
    }

    /// One page of a whole table, strongly consistent, and where the next begins.
    pub(super) async fn scan(
        &self,
        table: &str,
        limit: u32,
        after: Option<&Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let call = || {
            let scan = self.client.scan().table_name(table).consistent_read(true).limit(limit);
            scan.set_exclusive_start_key(after.cloned()).send()
        };
        match attempt(&self.ambient, |_| Verdict::ByCode, call).await? {
            Ok(output) => Ok((output.items.unwrap_or_default(), output.last_evaluated_key)),
            Err(error) => Err(StoreError::Broken(error.to_string())),
        }
    }
}

/// Whether DynamoDB says that it has not carried a call out: 400, and no other status of whatever stands in front of it.
fn did_nothing<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(error) => error.raw().status().as_u16() == 400,
        SdkError::ConstructionFailure(_) => true,
        _ => false,
    }
}

/// A cancelled transaction is an answer when conditions failed and nothing else was in the way.
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
