//! The tables: one small trait for each capability, so that a function can only do what its role allows.
//!
//! A method is one round trip and its repeats inside [`attempt`], unless it says more. Items and every condition on them
//! live in the file of their table.

pub(crate) mod attempt;

mod active_player;
mod create;
mod dynamo;
mod expression;
mod identities;
mod item;
mod link;
mod operations;
mod persons;
mod player_ids;
mod purge_queue;
mod purge_work;
mod read;
mod receipt_list;
mod receipts;
mod repair;
mod seal_work;
mod seals;
mod sequences;
mod state;
mod tables;
mod unlink;
mod users;

pub use active_player::{ActivePlayerChange, Changed, Owner, SetActivePlayer};
pub(crate) use attempt::attempts_until;
pub use attempt::{Attempts, CONTENDED_ATTEMPTS};
pub use create::{CreateUsers, Created};
pub use dynamo::DynamoStore;
pub use link::{Link, LinkUsers, Linked, Side};
pub use purge_queue::{CancelPurges, Cancelled, OwnPurgeChange, OwnPurges, QueuePurges, Queued, Requested};
pub use purge_work::{DuePage, LeasePurges, PageKey, PurgePersons, Purged, ResetPurges};
pub use read::{Keys, ReadClaims, ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records};
pub use receipt_list::{ListReceipts, PageOfReceipts};
pub use repair::{Place, Removal, RepairTables, Scanned, Written};
pub use seal_work::{AddSeals, PageOfSeals, ReadSeals, Sealed, WalkSeals};
pub use state::{ChangeUserState, StateChanged};
pub use tables::Tables;
pub use unlink::{Unlink, UnlinkUsers, Unlinked};

use crate::telemetry::FailureKind;

/// A call that did not do its part, after all tries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
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

impl StoreError {
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

/// A condition failed and nothing in the answer says why.
fn unexplained() -> StoreError {
    StoreError::Broken("a condition failed without a reason".into())
}
