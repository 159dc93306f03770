//! Runs endpoints, tasks and record handlers on AWS Lambda. The local bundle calls the same
//! invocations.

mod batch;
mod http;
mod setup;
mod task;

use std::{future::Future, io::Write, pin::Pin, process::ExitCode, sync::Arc, time::Duration};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, Service, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

pub use batch::{RecordHandler, RecordProblem};
pub use setup::Setup;
pub use task::{Task, TaskProblem};

use crate::{config::ConfigProblem, http::Endpoint};

/// A function without Lambda's Runtime API: event in, response out, both JSON.
pub type Invoke = Arc<dyn Fn(Box<RawValue>, Context) -> Invocation + Send + Sync>;

/// A running invocation.
pub type Invocation = Pin<Box<dyn Future<Output = Result<Box<RawValue>, InvocationProblem>> + Send>>;

/// Builds a function from its settings, or refuses with one line.
pub type Start<F> = fn(&Setup) -> Result<F, ConfigProblem>;

/// The reasons why a whole invocation fails. Lambda reports the failure, and repeats the invocation
/// if the trigger does so.
#[derive(Debug, thiserror::Error)]
pub enum InvocationProblem {
    /// The event is not of the expected kind. The error gives no details: they would quote the
    /// event, and `lambda_runtime` logs the whole error.
    #[error("the event is not what the trigger sends")]
    Event,
    /// The response cannot be written.
    #[error("the response cannot be written: {0}")]
    Response(#[source] serde_json::Error),
    /// The task failed.
    #[error(transparent)]
    Task(#[from] TaskProblem),
}

impl From<InvocationProblem> for Diagnostic {
    fn from(error: InvocationProblem) -> Self {
        Self { error_type: "InvocationError".into(), error_message: error.to_string() }
    }
}

/// The invocation of an HTTP endpoint: an API Gateway v2 event in, a response out.
pub fn http<E: Endpoint>(endpoint: E) -> Invoke {
    let door = http::door(endpoint);
    Arc::new(move |event, context| {
        let answer = door.clone().call(LambdaEvent::new(http::Event::read(&event), context));
        Box::pin(async move { to_raw_value(&answer.await?).map_err(InvocationProblem::Response) })
    })
}

/// The invocation of a record handler: an SQS event in, a partial batch response out.
pub fn batch<H: RecordHandler>(handler: H) -> Invoke {
    invocation(
        handler,
        |handler, event, context| async move { batch::invoke(&*handler, &event, time_left(&context)).await },
    )
}

/// The invocation of a scheduled task: any event in, nothing out.
pub fn task<T: Task>(task: T) -> Invoke {
    invocation(task, |task, _, context| async move { task::invoke(&*task, &context).await })
}

/// Runs an HTTP endpoint as a Lambda function until the process ends.
pub fn run_http<E: Endpoint>(start: Start<E>) -> ExitCode {
    run_http_after(async |setup| start(setup))
}

/// The same for an endpoint that reads secrets before its start.
#[expect(clippy::needless_pass_by_value, reason = "a binary passes the function itself")]
pub fn run_http_after<E: Endpoint>(start: impl AsyncFn(&Setup) -> Result<E, ConfigProblem>) -> ExitCode {
    run(&E::ACTION.replace('-', "_"), &start, http::door)
}

/// Runs a record handler as a Lambda function until the process ends.
pub fn run_batch<H: RecordHandler>(start: Start<H>) -> ExitCode {
    run(crate_of::<H>(), &async |setup: &Setup| start(setup), |handler| raw(batch(handler)))
}

/// Runs a scheduled task as a Lambda function until the process ends.
pub fn run_task<T: Task>(start: Start<T>) -> ExitCode {
    run(crate_of::<T>(), &async |setup: &Setup| start(setup), |task_| raw(task(task_)))
}

/// The time left until the deadline of this invocation.
pub fn time_left(context: &Context) -> Duration {
    context.deadline().duration_since(std::time::SystemTime::now()).unwrap_or_default()
}

fn invocation<F, Fut>(
    function: F,
    invoke: impl Fn(Arc<F>, Box<RawValue>, Context) -> Fut + Send + Sync + 'static,
) -> Invoke
where
    F: Send + Sync + 'static,
    Fut: Future<Output = Result<Box<RawValue>, InvocationProblem>> + Send + 'static,
{
    let function = Arc::new(function);
    Arc::new(move |event, context| Box::pin(invoke(Arc::clone(&function), event, context)))
}

/// Adapts an invocation to the runtime.
fn raw(
    invoke: Invoke,
) -> impl Service<LambdaEvent<Box<RawValue>>, Response = Box<RawValue>, Error = InvocationProblem, Future: Send> {
    service_fn(move |event: LambdaEvent<Box<RawValue>>| invoke(event.payload, event.context))
}

/// The crate of a handler, the first part of its type name: the target of its log lines.
fn crate_of<F>() -> &'static str {
    std::any::type_name::<F>().split("::").next().unwrap_or_default()
}

/// Runs a function. `own` is its crate, the target of its own log lines.
fn run<F, S, A>(
    own: &str,
    start: &impl AsyncFn(&Setup) -> Result<F, ConfigProblem>,
    service: impl FnOnce(F) -> S,
) -> ExitCode
where
    S: Service<LambdaEvent<A>, Response: Serialize, Error = InvocationProblem>,
    A: DeserializeOwned,
{
    crate::telemetry::start(own);
    let setup = Setup::from_process();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    runtime.block_on(async {
        let service = match start(&setup).await {
            Ok(function) => service(function),
            Err(error) => return refuse(&error),
        };
        setup.warm_up().await;
        match lambda_runtime::run(service).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refuse(&error),
        }
    })
}

fn refuse(error: &dyn std::fmt::Display) -> ExitCode {
    // One line for the operator. If it cannot be written, the exit code is enough.
    let _ = writeln!(std::io::stderr(), "{error}");
    ExitCode::FAILURE
}
