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
use aws_smithy_types::config_bag::{Storable, StoreReplace};
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
    /// It is not carried out: 503 from something in front of the service, without a body.
    EmptyServerError,
    /// It is not carried out: throttled.
    Throttled,
    /// It is not carried out: another transaction holds the item.
    Conflict,
    /// It is not carried out: the same token is being worked on.
    InProgress,
    /// It is not carried out: a batch of reads comes back with every key unprocessed.
    Unprocessed,
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

    /// Takes back the faults that are planned for this function and have not come to pass.
    pub fn forget_faults(&self, function: &str) {
        lock(&self.planned).retain(|(of, ..)| of != function);
    }

    /// The faults that have not come to pass.
    pub fn faults_left(&self) -> usize {
        lock(&self.planned).len()
    }

    /// The interceptor for one function.
    pub fn of(self: &Arc<Self>, function: &str) -> SharedInterceptor {
        SharedInterceptor::new(Watch { calls: Arc::clone(self), function: function.to_owned() })
    }

    /// What is to happen to this call: it is refused, or a planned fault.
    fn disturbance(&self, function: &str, operation: &str, body: &Value) -> Option<Disturbance> {
        let allowed = self.roles.get(function).cloned().unwrap_or_default();
        if let Some((action, resource)) = needed(operation, body).iter().find(|needed| !allowed.contains(*needed)) {
            let message = format!("{function} may not {action} on {resource}");
            let error = json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "Message": message });
            return Some(Disturbance { carried_out: false, answer: Some((400, error)) });
        }
        let mut planned = lock(&self.planned);
        let index = planned.iter().position(|(of, on, _)| of == function && on == operation)?;
        let (.., fault) = planned.remove(index);
        Some(fault.disturbance(body))
    }
}

/// What happens to one call.
#[derive(Debug)]
struct Disturbance {
    carried_out: bool,
    /// Status and body instead of the answer; the connection breaks without.
    answer: Option<(u16, Value)>,
}

impl Fault {
    fn disturbance(self, body: &Value) -> Disturbance {
        let error = |name| json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}") });
        let answer = match self {
            Self::LostAnswer => None,
            Self::ServerErrorAfter | Self::ServerError => Some((500, error("InternalServerError"))),
            Self::EmptyServerError => Some((503, Value::Null)),
            Self::Throttled => Some((400, error("ThrottlingException"))),
            Self::InProgress => Some((400, error("TransactionInProgressException"))),
            Self::Conflict => Some((400, conflict(body).unwrap_or_else(|| error("TransactionConflictException")))),
            Self::Unprocessed => Some((200, json!({ "Responses": {}, "UnprocessedKeys": body["RequestItems"] }))),
        };
        Disturbance { carried_out: matches!(self, Self::LostAnswer | Self::ServerErrorAfter), answer }
    }
}

/// A conflict is an exception of a plain write, and a reason of a cancelled transaction.
fn conflict(body: &Value) -> Option<Value> {
    let members = body["TransactItems"].as_array()?;
    let mut reasons = vec![json!({ "Code": "None" }); members.len()];
    reasons[0] = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
    Some(json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": reasons,
    }))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Watch {
    calls: Arc<Calls>,
    function: String,
}

const TARGET: &str = "x-amz-target";

/// Goes with its call from the first hook to the last: by then the request is gone.
impl Storable for Disturbance {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let operation = request.headers().get(TARGET).and_then(|target| target.rsplit('.').next());
        let operation = operation.unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let disturbance = self.calls.disturbance(&self.function, &operation, &body);
        lock(&self.calls.made).push(Call { function: self.function.clone(), operation, body });
        if let Some(disturbance) = disturbance {
            if !disturbance.carried_out {
                // The engine refuses an operation that it does not know.
                request.headers_mut().insert(TARGET, "DynamoDB_20120810.NotCarriedOut");
            }
            config.interceptor_state().store_put(disturbance);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(disturbance) = config.load::<Disturbance>() else { return Ok(()) };
        let (status, body) = disturbance.answer.clone().ok_or("the connection broke")?;
        let response = context.response_mut();
        *response.status_mut() = StatusCode::try_from(status)?;
        for header in ["content-length", "x-amz-crc32", "x-amzn-query-error"] {
            response.headers_mut().remove(header);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        *response.body_mut() = body.into();
        Ok(())
    }
}
