//! Asks the engine in this process whether a purge is due.
//!
//! The dispatcher sends one request for each shard. Every two seconds that would be most of the
//! work of an idle bundle.

use std::collections::{BTreeMap, HashMap};

use dynoxide::{
    AttributeValue, Database,
    actions::{query::QueryRequest, scan::ScanRequest},
};
use shared::{
    ambient::Ambient,
    identity::{PURGE_SHARDS, Second},
};

use super::Engine;

/// The name of the index.
const INDEX: &str = "due";
/// The number of queued purges in one read.
const FEW: usize = 100;

/// The index of due purges in this process's own engine.
pub(crate) struct DueIndex {
    database: Database,
    table: String,
    ambient: Ambient,
}

impl DueIndex {
    /// The index that a function with these variables reads. `None` if the function uses another
    /// engine.
    pub(crate) fn of(variables: &BTreeMap<String, String>, engine: &Engine, ambient: &Ambient) -> Option<Self> {
        let is_here = variables.get("AWS_ENDPOINT_URL_DYNAMODB") == Some(&engine.url());
        let table = variables.get("PERSONS_TABLE").filter(|_| is_here)?.clone();
        Some(Self { database: engine.database().clone(), table, ambient: ambient.clone() })
    }

    /// Whether the dispatcher would find a purge. If the engine fails, this is true: then the
    /// dispatcher runs and reports it.
    pub(crate) fn has_due(&self) -> bool {
        let now = self.ambient.now().round_down();
        let few = ScanRequest {
            table_name: self.table.clone(),
            index_name: Some(INDEX.to_owned()),
            filter_expression: Some("due_on <= :now".to_owned()),
            expression_attribute_values: Some(numbers([(":now", now.as_unix())])),
            limit: Some(FEW),
            ..ScanRequest::default()
        };
        self.database.scan(few).map_or(true, |found| {
            let are_all = found.last_evaluated_key.is_none();
            found.count > 0 || (!are_all && (0..PURGE_SHARDS).any(|shard| self.shard_has_due(shard, now)))
        })
    }

    fn shard_has_due(&self, shard: u8, now: Second) -> bool {
        let oldest = QueryRequest {
            table_name: self.table.clone(),
            index_name: Some(INDEX.to_owned()),
            key_condition_expression: Some("purge_shard = :shard AND due_on <= :now".to_owned()),
            expression_attribute_values: Some(numbers([(":shard", shard.into()), (":now", now.as_unix())])),
            limit: Some(1),
            ..QueryRequest::default()
        };
        self.database.query(oldest).map_or(true, |found| found.count > 0)
    }
}

fn numbers<const N: usize>(values: [(&str, i64); N]) -> HashMap<String, AttributeValue> {
    values.map(|(name, value)| (name.to_owned(), AttributeValue::N(value.to_string()))).into()
}
