//! Calls to AWS: the one loop that retries them, and the configuration that their clients share.

mod call;
mod client;

pub use call::{Attempts, CONTENDED_ATTEMPTS};
pub(crate) use call::{FAILED_ATTEMPTS, Verdict, attempt, attempts_until};
pub use client::sdk_config;

use crate::telemetry::FailureKind;

/// A call to AWS that failed after all attempts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Others changed or held the same records at every attempt. A later request may succeed.
    #[error("other requests kept changing the same records")]
    Contended,
    /// The service throttled every attempt. Holds status and code of the last one, for the
    /// operator.
    #[error("every attempt failed: {0}")]
    Throttled(String),
    /// No player id is left.
    #[error("no player ids are left")]
    Exhausted,
    /// Every attempt failed. A later request may succeed. Holds status and code of the last
    /// attempt, for the operator.
    #[error("every attempt failed: {0}")]
    NotAnswered(String),
    /// The service refused the call, or its answer was not understood: a mistake of ours. Holds the
    /// code, for the operator.
    #[error("the service refused the call, or its answer was not understood: {0}")]
    Broken(String),
}

impl CallError {
    /// Whether the same request may succeed later: 503 instead of 500.
    pub(crate) fn is_passing(&self) -> bool {
        !matches!(self, Self::Broken(_))
    }

    /// The kind of failure in logs and metrics.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Contended => FailureKind::Contention,
            Self::Throttled(_) => FailureKind::Throttled,
            Self::Exhausted | Self::NotAnswered(_) | Self::Broken(_) => FailureKind::Fault,
        }
    }
}
