//! Lambda on this machine: calls a function in this process, within Lambda's limits.

use std::{collections::BTreeMap, fmt, time::Duration};

use lambda_runtime::Context;
use serde_json::{Value, value::to_raw_value};
use shared::lambda::{InvocationProblem, Invoke};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    problem::Problem,
    template::{ACCOUNT, REGION},
};

/// A started function with its limits.
pub(crate) struct LocalFunction {
    name: String,
    timeout: Duration,
    invoke: Invoke,
    environment: BTreeMap<String, String>,
}

impl LocalFunction {
    pub(crate) fn new(name: &str, timeout: Duration, invoke: Invoke) -> Self {
        Self { name: name.to_owned(), timeout, invoke, environment: BTreeMap::new() }
    }

    /// Keeps the variables that the function was started with.
    pub(crate) fn started_with(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The name of its binary.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Calls the function as Lambda does. An invocation runs to its end or its timeout, even if the
    /// caller no longer waits.
    pub(crate) async fn call(&self, event: Value) -> Result<Value, Problem> {
        let event = to_raw_value(&event).map_err(InvocationProblem::Response)?;
        let invocation = (self.invoke)(event, self.context());
        let limit = self.timeout;
        let task = tokio::spawn(async move { timeout(limit, invocation).await });
        match task.await {
            Ok(Ok(answer)) => Ok(serde_json::from_str(answer?.get()).map_err(InvocationProblem::Response)?),
            Ok(Err(_elapsed)) => Err(Problem::TimedOut(limit)),
            Err(_panic_or_shutdown) => Err(Problem::Panicked),
        }
    }

    fn context(&self) -> Context {
        let deadline = std::time::SystemTime::now() + self.timeout;
        let deadline = deadline.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut context = Context::default();
        context.request_id = Uuid::new_v4().to_string();
        context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
        context.invoked_function_arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name);
        context
    }
}

impl fmt::Debug for LocalFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalFunction({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn function(timeout: Duration, invoke: Invoke) -> LocalFunction {
        LocalFunction::new("test", timeout, invoke)
    }

    #[tokio::test]
    async fn a_panic_fails_one_call_and_not_the_next() {
        let invoke: Invoke = Arc::new(|event, _| {
            Box::pin(async move {
                assert!(event.get().contains("true"), "boom");
                Ok(event)
            })
        });
        let function = function(Duration::from_secs(5), invoke);
        let failed = function.call(serde_json::json!({ "fine": false })).await;
        assert!(matches!(failed, Err(Problem::Panicked)));
        function.call(serde_json::json!({ "fine": true })).await.unwrap();
    }

    #[tokio::test]
    async fn a_call_is_cut_off_at_the_timeout() {
        let invoke: Invoke = Arc::new(|_, _| Box::pin(std::future::pending()));
        let called = function(Duration::from_millis(10), invoke).call(Value::Null).await;
        assert!(matches!(called, Err(Problem::TimedOut(_))));
    }

    #[tokio::test]
    async fn the_context_has_an_id_and_the_deadline() {
        let invoke: Invoke = Arc::new(|_, context| {
            let left = shared::lambda::time_left(&context).as_secs();
            Box::pin(async move { Ok(to_raw_value(&(context.request_id, left)).unwrap()) })
        });
        let answer = function(Duration::from_secs(100), invoke).call(Value::Null).await.unwrap();
        assert!(Uuid::parse_str(answer[0].as_str().unwrap()).is_ok());
        assert!((98..=100).contains(&answer[1].as_u64().unwrap()), "{answer}");
    }
}
