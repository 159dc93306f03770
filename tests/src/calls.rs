//! Every call of the functions to AWS: recorded, held against the function's role, and disturbed on demand.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor},
    error::BoxError,
};
use aws_smithy_runtime_api::{
    client::interceptors::{
        context::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
        dyn_dispatch_hint,
    },
    http::StatusCode,
};
use serde_json::{Value, json};

use crate::roles::{Allowance, needed};

/// One call to AWS.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function that made it, by the name of its binary.
    pub function: String,
    /// Such as `UpdateItem`.
    pub operation: String,
    /// The request as it went over the wire.
    pub body: Value,
}

/// What happens to a call instead of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and the connection breaks before the answer.
    LostAnswer,
    /// It is carried out, and the answer is a 500.
    ServerErrorAfter,
    /// It is not carried out: 500.
    ServerError,
    /// It is not carried out: throttled.
    Throttled,
    /// It is not carried out: another transaction holds the item.
    Conflict,
    /// It is not carried out: the same token is being worked on.
    InProgress,
}

/// What watches all calls of one bundle.
#[derive(Debug, Default)]
pub struct Calls {
    roles: BTreeMap<String, BTreeSet<Allowance>>,
    made: Mutex<Vec<Call>>,
    planned: Mutex<Vec<(String, String, Fault)>>,
}

impl Calls {
    /// Watches under these roles.
    pub fn under(roles: BTreeMap<String, BTreeSet<Allowance>>) -> Arc<Self> {
        Arc::new(Self { roles, ..Self::default() })
    }

    /// All calls so far, in order.
    pub fn made(&self) -> Vec<Call> {
        lock(&self.made).clone()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        lock(&self.made).clear();
    }

    /// Plans a fault for the next call of this function and operation that has none yet.
    pub fn plan(&self, function: &str, operation: &str, fault: Fault) {
        lock(&self.planned).push((function.to_owned(), operation.to_owned(), fault));
    }

    /// The faults that have not come to pass.
    pub fn faults_left(&self) -> usize {
        lock(&self.planned).len()
    }

    /// The interceptor for one function.
    pub fn of(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        SharedInterceptor::new(Watch { calls: Arc::clone(self), function: function.to_owned() })
    }

    fn take_fault(&self, function: &str, operation: &str) -> Option<Fault> {
        let mut planned = lock(&self.planned);
        let index = planned.iter().position(|(of, on, _)| of == function && on == operation)?;
        Some(planned.remove(index).2)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Watch {
    calls: Arc<Calls>,
    function: String,
}

const FAULT: &str = "x-test-fault";
const TARGET: &str = "x-amz-target";

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let operation = request.headers().get(TARGET).and_then(|target| target.rsplit('.').next());
        let operation = operation.unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let needed = needed(&operation, &body);
        let allowed = self.calls.roles.get(&self.function).cloned().unwrap_or_default();
        let denied = needed.iter().find(|allowance| !allowed.contains(*allowance));
        let fault = match denied {
            Some((action, resource)) => Some(format!("Denied: {} may not {action} on {resource}", self.function)),
            None => self.calls.take_fault(&self.function, &operation).map(|fault| format!("{fault:?}")),
        };
        lock(&self.calls.made).push(Call { function: self.function.clone(), operation, body });
        if let Some(fault) = fault {
            if !matches!(fault.as_str(), "LostAnswer" | "ServerErrorAfter") {
                // The engine refuses an operation that it does not know: the call is not carried out.
                request.headers_mut().insert(TARGET, "DynamoDB_20120810.NotCarriedOut");
            }
            request.headers_mut().insert(FAULT, fault);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.inner().request();
        let Some(fault) = request.and_then(|request| request.headers().get(FAULT)).map(str::to_owned) else {
            return Ok(());
        };
        let (status, error) = match fault.as_str() {
            "LostAnswer" => return Err("the connection broke".into()),
            "ServerError" | "ServerErrorAfter" => {
                (500, json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError" }))
            }
            "Throttled" => (400, json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException" })),
            "InProgress" => {
                (400, json!({ "__type": "com.amazonaws.dynamodb.v20120810#TransactionInProgressException" }))
            }
            "Conflict" => (400, conflict(request.and_then(|request| request.headers().get(TARGET)), context)),
            denied => (400, json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "Message": denied })),
        };
        let response = context.response_mut();
        *response.status_mut() = StatusCode::try_from(status)?;
        response.headers_mut().remove("content-length");
        response.headers_mut().remove("x-amz-crc32");
        *response.body_mut() = error.to_string().into();
        Ok(())
    }
}

/// A conflict is an exception of a plain write, and a reason of a cancelled transaction.
fn conflict(_: Option<&str>, context: &BeforeDeserializationInterceptorContextMut<'_>) -> Value {
    let body = context.inner().request().and_then(|request| request.body().bytes()).unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body["TransactItems"].as_array() {
        Some(members) => {
            let mut reasons = vec![json!({ "Code": "None" }); members.len()];
            reasons[0] = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "CancellationReasons": reasons,
            })
        }
        None => json!({ "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException" }),
    }
}
