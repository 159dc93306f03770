//! The domain: persons, their platform users, players and purges.
//!
//! Pure: no AWS, no async runtime, no clock. What may happen to a record is decided here, and `store` turns the
//! decision into one conditional write.

mod ids;
mod link;
mod person;
mod platform;
mod purge;
mod time;
mod user;

pub use ids::{DisplayName, IdentityKey, OperationId, PersonId, PlatformUserId, PlayerId, PlayerUuid, PurgeId};
pub use link::{LinkRefusal, UnlinkRefusal, link_refusal, unlink_refusal};
pub use person::{Claim, LinkedUser, Person};
pub use platform::Platform;
pub use purge::{DispatchPolicy, MAX_DISPATCHES, PURGE_SHARDS, Purge, PurgePolicy, PurgeStatus, QueuePurge, Receipt};
pub use time::{Second, Timestamp};
pub use user::{NewUser, PlatformUser, StateChange, UserState};
