//! Notes the capacity that the engine reports for calls, and the writes that it refused, for which
//! it reports none.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor},
    error::BoxError,
};
use aws_smithy_runtime_api::client::interceptors::{
    context::{AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
    dyn_dispatch_hint,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::Value;

/// Write and read units, including those of indexes (DynamoDB Developer Guide, "Read/write capacity
/// mode").
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Units {
    /// Write units.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
}

impl std::ops::Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { writes: self.writes + other.writes, reads: self.reads + other.reads }
    }
}

/// A write whose condition failed, or that was a member of a transaction in which one did.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The table.
    pub table: String,
    /// The key, or the whole item of a put, in DynamoDB's JSON.
    pub item: Value,
    /// Whether it was a member of a transaction.
    pub in_transaction: bool,
}

/// One call to DynamoDB, or to another service. The units of another service are unknown.
#[derive(Debug, Clone)]
pub struct Metered {
    number: u64,
    is_open: bool,
    /// The function that made the call.
    pub function: String,
    /// The number of calls of the function that came one after the other until this one. Calls at
    /// the same time have the same number.
    pub trip: u32,
    /// The units that the engine reported. None if it answered with an error.
    pub told: Units,
    /// The writes that were stopped by a failed condition.
    pub refused: Vec<Refused>,
}

/// Notes the units of each call.
#[derive(Debug, Default)]
pub struct Meter {
    calls: Mutex<Vec<Metered>>,
    next: AtomicU64,
}

impl Meter {
    /// The interceptor for one function.
    pub fn of(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        SharedInterceptor::new(Reader { meter: Arc::clone(self), function: function.to_owned() })
    }

    /// The units of these functions since the last call. Those of other functions are forgotten.
    pub fn take(&self, functions: &[&str]) -> Units {
        let theirs = self.take_calls().into_iter().filter(|call| functions.contains(&call.function.as_str()));
        theirs.fold(Units::default(), |sum, call| sum + call.told)
    }

    /// All calls since the last call of this method, in order.
    pub fn take_calls(&self) -> Vec<Metered> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a call that has no answer yet. Returns its number.
    fn begin(&self, function: &str) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = calls.iter().filter(|call| !call.is_open && call.function == function);
        let trip = 1 + answered.map(|call| call.trip).max().unwrap_or_default();
        calls.push(Metered {
            number,
            is_open: true,
            function: function.to_owned(),
            trip,
            told: Units::default(),
            refused: Vec::new(),
        });
        number
    }

    fn end(&self, number: u64, told: Units, refused: Vec<Refused>) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(call) = calls.iter_mut().find(|call| call.number == number) {
            (call.is_open, call.told, call.refused) = (false, told, refused);
        }
    }
}

#[derive(Debug)]
struct Reader {
    meter: Arc<Meter>,
    function: String,
}

const DYNAMODB: &str = "DynamoDB_20120810.";
const READS: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];

/// The SDK keeps this with the call. When the answer comes, the request no longer exists.
#[derive(Debug)]
struct Asked {
    number: u64,
    operation: String,
    body: Value,
}

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Reader {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let number = self.meter.begin(&self.function);
        let request = context.request_mut();
        let Some(operation) = request.headers().get("x-amz-target").and_then(|it| it.strip_prefix(DYNAMODB)) else {
            config.interceptor_state().store_put(Asked { number, operation: String::new(), body: Value::Null });
            return Ok(());
        };
        let operation = operation.to_owned();
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        config.interceptor_state().store_put(Asked { number, operation, body: body.clone() });
        body["ReturnConsumedCapacity"] = "INDEXES".into();
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = body.into();
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(asked) = config.load::<Asked>() else { return Ok(()) };
        let bytes = context.response().body().bytes().unwrap_or_default();
        let answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
        self.meter.end(asked.number, told(&asked.operation, &answer), refused(&asked.body, &answer));
        Ok(())
    }
}

fn told(operation: &str, answer: &Value) -> Units {
    let consumed = match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
    };
    if READS.contains(&operation) {
        Units { reads: consumed, ..Units::default() }
    } else {
        Units { writes: consumed, ..Units::default() }
    }
}

/// The writes of a call that a condition stopped. None if the call failed for another reason.
fn refused(asked: &Value, answer: &Value) -> Vec<Refused> {
    let write = |write: &Value, in_transaction| Refused {
        table: write["TableName"].as_str().unwrap_or_default().to_owned(),
        item: if write["Item"].is_object() { write["Item"].clone() } else { write["Key"].clone() },
        in_transaction,
    };
    let stopped = |name: &str| answer["__type"].as_str().is_some_and(|kind| kind.ends_with(name));
    let by_condition = |reason: &Value| matches!(reason["Code"].as_str(), Some("None" | "ConditionalCheckFailed"));
    if stopped("#ConditionalCheckFailedException") {
        return vec![write(asked, false)];
    }
    let reasons = answer["CancellationReasons"].as_array();
    if stopped("#TransactionCanceledException") && reasons.is_some_and(|reasons| reasons.iter().all(by_condition)) {
        let members = asked["TransactItems"].as_array().into_iter().flatten();
        return members
            .flat_map(|member| member.as_object().into_iter().flat_map(|kinds| kinds.values()))
            .map(|member| write(member, true))
            .collect();
    }
    Vec::new()
}
