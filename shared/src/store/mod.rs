//! The capabilities of functions on the tables. Each is one small trait, so that a function can do
//! only what its role allows.
//!
//! A method makes one round trip, retried by [`aws::attempt`](crate::aws), unless its comment says
//! more.

mod active_player;
mod create;
mod link;
mod player_ids;
mod purge_queue;
mod purge_work;
mod read;
mod receipt_list;
mod rename;
mod repair;
mod seal_work;
mod sessions;
mod state;
mod unlink;

pub use active_player::{Changed, SetActivePlayer};
pub use create::{CreateUsers, Created};
pub use link::{LinkUsers, Linked, Side};
pub use purge_queue::{CancelPurges, Cancelled, OwnPurges, QueuePurges, Queued, Requested};
pub use purge_work::{DuePage, LeasePurges, PageKey, PurgePersons, Purged, ResetPurges};
pub use read::{Keys, ReadClaims, ReadPersons, ReadReceipts, ReadRecords, ReadUsers, Records};
pub use receipt_list::{ListReceipts, PageOfReceipts};
pub use rename::RenameUsers;
pub use repair::{Place, Removal, RepairTables, Scanned, Written};
pub use seal_work::{AddSeals, PageOfSeals, ReadSeals, Sealed, WalkSeals};
pub use sessions::{
    EndAllSessions, EndSessions, EndedAll, LogIn, LoggedIn, ReadLogins, SessionEnded, SessionUsed, UseSessions,
};
pub use state::{ChangeUserState, StateChanged};
pub use unlink::{UnlinkUsers, Unlinked};

use aws_sdk_dynamodb::Client;

use crate::{ambient::Ambient, aws::CallError, dynamo::Dynamo, tables::Tables};
use player_ids::PlayerIds;

/// The tables in DynamoDB.
#[derive(Debug)]
pub struct DynamoStore {
    dynamo: Dynamo,
    tables: Tables,
    player_ids: PlayerIds,
}

impl DynamoStore {
    /// The tables in DynamoDB. The client's own retries must be off.
    pub fn new(client: Client, tables: Tables, ambient: Ambient) -> Self {
        let player_ids = PlayerIds::new(ambient.now());
        Self { dynamo: Dynamo::new(client, ambient), tables, player_ids }
    }
}

/// A condition failed, and nothing in the response explains it.
fn unexplained() -> CallError {
    CallError::Broken("a condition failed without a reason".into())
}
