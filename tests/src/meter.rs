//! What the engine says that calls consume.

use std::sync::{Arc, Mutex, PoisonError};

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

/// Units of writing and of reading (DynamoDB Developer Guide, "Read/write capacity mode"), those of indexes included.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Units {
    /// Write units.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
}

/// Adds up what successful calls consume, by function.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Vec<(String, Units)>>);

impl Meter {
    /// The interceptor for one function.
    pub fn of(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        SharedInterceptor::new(Reader { meter: Arc::clone(self), function: function.to_owned() })
    }

    /// What these functions consumed since the last time; what others did is forgotten.
    pub fn take(&self, functions: &[&str]) -> Units {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let theirs = all.into_iter().filter(|(function, _)| functions.contains(&function.as_str()));
        theirs.fold(Units::default(), |sum, (_, units)| Units {
            writes: sum.writes + units.writes,
            reads: sum.reads + units.reads,
        })
    }
}

#[derive(Debug)]
struct Reader {
    meter: Arc<Meter>,
    function: String,
}

const DYNAMODB: &str = "DynamoDB_20120810.";
const READS: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];

/// Goes with its call: by the time of the answer the request is gone.
#[derive(Debug)]
struct Kind {
    reads: bool,
}

impl Storable for Kind {
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
        let request = context.request_mut();
        let Some(operation) = request.headers().get("x-amz-target").and_then(|it| it.strip_prefix(DYNAMODB)) else {
            return Ok(());
        };
        config.interceptor_state().store_put(Kind { reads: READS.contains(&operation) });
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
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
        let Some(kind) = config.load::<Kind>() else { return Ok(()) };
        let bytes = context.response().body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let consumed = match &body["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
            table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
        };
        let units = if kind.reads {
            Units { reads: consumed, ..Units::default() }
        } else {
            Units { writes: consumed, ..Units::default() }
        };
        self.meter.0.lock().unwrap_or_else(PoisonError::into_inner).push((self.function.clone(), units));
        Ok(())
    }
}
