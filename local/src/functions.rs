//! The functions by the name of their binary: one line each, the same `start` that runs on AWS.

use std::{collections::BTreeMap, fmt, time::Duration};

use lambda_runtime::Context;
use serde_json::{Value, value::to_raw_value};
use shared::{
    config::ConfigError,
    http::{
        Rule, Served,
        describe::{Described, DescribedRejection, Description, describe},
    },
    lambda::{InvocationError, Invoke, Setup, batch, http, task},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    problem::Problem,
    template::{ACCOUNT, REGION},
};

/// Starts a function with its settings.
pub type Starter = fn(&Setup) -> Result<Invoke, ConfigError>;

/// Describes what a function does on a route of this path.
pub type Describer = fn(&str) -> Description;

/// One function of the bundle.
struct Function {
    name: &'static str,
    start: Starter,
    /// For an endpoint of the API.
    describe: Option<Describer>,
    /// Status and code of everything that only this endpoint refuses.
    refusals: fn() -> Vec<(u16, &'static str)>,
}

macro_rules! endpoint {
    ($name:literal, $function:ident) => {
        Function {
            name: $name,
            start: |setup| Ok(http($function::start(setup)?)),
            describe: Some(|path| described($function::start, path)),
            refusals: || refused($function::start),
        }
    };
}

macro_rules! other {
    ($name:literal, $kind:ident, $function:ident) => {
        Function { name: $name, start: |setup| Ok($kind($function::start(setup)?)), describe: None, refusals: Vec::new }
    };
}

const FUNCTIONS: &[Function] = &[
    other!("answer-unrouted", http, answer_unrouted),
    endpoint!("cancel-person-purge", cancel_person_purge),
    endpoint!("create-platform-user", create_platform_user),
    endpoint!("deactivate-user", deactivate_user),
    endpoint!("disable-cross-progression", disable_cross_progression),
    other!("dispatch-due-purges", task, dispatch_due_purges),
    endpoint!("enable-cross-progression", enable_cross_progression),
    endpoint!("find-platform-user", find_platform_user),
    endpoint!("get-person-purge", get_person_purge),
    endpoint!("get-player-links", get_player_links),
    endpoint!("get-purge-receipt", get_purge_receipt),
    endpoint!("get-user", get_user),
    endpoint!("link-platform-user", link_platform_user),
    endpoint!("lock-user", lock_user),
    other!("purge-person", batch, purge_person),
    endpoint!("queue-person-purge", queue_person_purge),
    endpoint!("reactivate-user", reactivate_user),
    other!("seal-receipts", task, seal_receipts),
    endpoint!("unlink-platform-user", unlink_platform_user),
    endpoint!("unlock-user", unlock_user),
];

/// The function whose binary has this name.
pub fn starter(binary: &str) -> Option<Starter> {
    find(binary).map(|function| function.start)
}

/// What describes the endpoint whose binary has this name.
pub fn describer(binary: &str) -> Option<Describer> {
    find(binary)?.describe
}

/// Status and code of everything that only this endpoint refuses.
pub fn refusals(binary: &str) -> Vec<(u16, &'static str)> {
    find(binary).map(|function| (function.refusals)()).unwrap_or_default()
}

/// The names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

fn find(binary: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == binary)
}

fn described<R, S>(_of: fn(&Setup) -> Result<Served<R, S>, ConfigError>, path: &str) -> Description
where
    R: Described + Rule<S, Rejection: DescribedRejection>,
{
    describe::<R, S>(path)
}

fn refused<R, S>(_of: fn(&Setup) -> Result<Served<R, S>, ConfigError>) -> Vec<(u16, &'static str)>
where
    R: Rule<S, Rejection: DescribedRejection>,
{
    R::Rejection::refusals()
}

/// A started function with the limits that Lambda would keep.
pub struct LocalFunction {
    name: String,
    timeout: Duration,
    invoke: Invoke,
    environment: BTreeMap<String, String>,
}

impl LocalFunction {
    pub(crate) fn new(name: &str, timeout: Duration, invoke: Invoke) -> Self {
        Self { name: name.to_owned(), timeout, invoke, environment: BTreeMap::new() }
    }

    /// Notes the variables that it was started with.
    pub(crate) fn started_with(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The name of its binary.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Calls the function as Lambda does: an invocation ends by itself, whoever waits for it, or at its timeout.
    pub async fn call(&self, event: Value) -> Result<Value, Problem> {
        let event = to_raw_value(&event).map_err(InvocationError::Response)?;
        let invocation = (self.invoke)(event, self.context());
        let limit = self.timeout;
        let task = tokio::spawn(async move { timeout(limit, invocation).await });
        match task.await {
            Ok(Ok(answer)) => Ok(serde_json::from_str(answer?.get()).map_err(InvocationError::Response)?),
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
