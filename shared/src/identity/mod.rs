//! The domain: persons, their platform users, players and purges.
//!
//! It is pure: no AWS, no async runtime, no clock. It decides how a record may change, and `store`
//! turns the decision into one conditional write.

mod command;
mod digest;
mod ids;
mod link;
pub mod merkle;
mod person;
mod platform;
mod purge;
mod receipt;
pub mod repair;
mod seal;
mod session;
mod time;
mod user;

pub use command::{ActivePlayerChange, Link, OwnPurgeChange, Owner, Unlink};
pub use digest::Digest;
pub use ids::{DisplayName, IdentityKey, OperationId, PersonId, PlatformUserId, PlayerId, PlayerUuid, PurgeId};
pub use link::{LinkProblem, UnlinkProblem, link_problem, unlink_problem};
pub use person::{Claim, LinkedUser, Person};
pub use platform::Platform;
pub use purge::{
    Cancellation, DispatchPolicy, DuePurge, MAX_DISPATCHES, PURGE_SHARDS, Purge, PurgePolicy, PurgeStatus, QueuePurge,
    Work, goes_with, is_as_read, is_due_at_once, may_remove, work,
};
pub use receipt::{Receipt, ReceiptBody, Removed, Requester, Retention, SubjectHash};
pub use seal::{ChainCheck, Hour, HourOfReceipts, SETTLE_MARGIN, Seal, SealProblem, SignedSeal, check_hour};
pub use session::{
    ClientId, FirstLogin, Login, LoginOrder, LoginState, LoginStep, LoginWrite, MAX_SESSIONS, Naming, NewSession,
    Opening, Presented, RefreshClaim, RefreshMode, Session, SessionId, SessionPolicy, SessionUse, Sessions,
};
pub use time::{Second, Timestamp};
pub use user::{NewUser, PlatformUser, StateChange, UserState};
