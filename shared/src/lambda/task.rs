use std::{future::Future, time::Duration};

use lambda_runtime::Context;
use serde_json::value::RawValue;

use super::InvocationProblem;
use crate::aws::CallError;

/// A task that a schedule starts.
pub trait Task: Send + Sync + 'static {
    /// Does one round, and stops before `time_left` is over.
    fn run(&self, time_left: Duration) -> impl Future<Output = Result<(), TaskProblem>> + Send;
}

/// The reasons why a round fails. The next round starts anew.
#[derive(Debug, thiserror::Error)]
pub enum TaskProblem {
    /// A call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
}

pub(super) async fn invoke<T: Task>(task: &T, context: &Context) -> Result<Box<RawValue>, InvocationProblem> {
    task.run(super::time_left(context)).await?;
    Ok(RawValue::NULL.to_owned())
}
