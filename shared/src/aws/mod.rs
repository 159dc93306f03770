//! Calls to AWS: the one loop that repeats them, and what their clients have in common.

mod call;
mod client;

pub use call::{Attempts, CONTENDED_ATTEMPTS};
pub(crate) use call::{TRIES, Verdict, attempt, attempts_until};
pub use client::sdk_config;

use crate::telemetry::FailureKind;

/// A call that did not do its part, after all tries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Others changed or held the same records, attempt after attempt: worth another one later.
    #[error("what this relied on kept changing")]
    Contended,
    /// The service throttled every try of a call. Status and code of the last, named for the operator.
    #[error("no call succeeded: {0}")]
    Throttled(String),
    /// No number is left to give out.
    #[error("no player ids are left")]
    Exhausted,
    /// No try of a call succeeded: worth another one later. Status and code of the last, named for the operator.
    #[error("no call succeeded: {0}")]
    NotAnswered(String),
    /// Refused or not understood: a mistake of ours, named for the operator.
    #[error("broken: {0}")]
    Broken(String),
}

impl CallError {
    /// Whether the same request may succeed later: a 503 and no 500.
    pub(crate) fn is_passing(&self) -> bool {
        !matches!(self, Self::Broken(_))
    }

    /// What a 5xx for it counts as.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Contended => FailureKind::Contention,
            Self::Throttled(_) => FailureKind::Throttled,
            Self::Exhausted | Self::NotAnswered(_) | Self::Broken(_) => FailureKind::Fault,
        }
    }
}
