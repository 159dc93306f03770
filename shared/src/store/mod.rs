//! The tables: one small trait for each capability, so that a function can only do what its role allows.
//!
//! Each method is one round trip, or one with a repeat inside [`attempt`]. Items and every condition on them live in the
//! file of their table.

pub(crate) mod attempt;
mod capabilities;
mod dynamo;
mod expression;
mod identities;
mod item;
mod keys;
mod operations;
mod persons;
mod receipts;
mod sequences;
mod tables;
mod users;

use std::future::Future;

pub use dynamo::DynamoStore;
pub use keys::{Keys, Records};
pub use persons::{ActivePlayerChange, DuePurge};
pub use tables::Tables;

use crate::identity::{
    Claim, IdentityKey, NewUser, OperationId, Person, PersonId, Platform, PlatformUser, PlayerUuid, Purge, QueuePurge,
    Receipt, Second, StateChange, Timestamp,
};

/// A call that did not do its part, after all tries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Throttled, in conflict, or not answered: worth another try later.
    #[error("not available")]
    Unavailable,
    /// Refused or not understood: a mistake of ours, named for the operator.
    #[error("broken: {0}")]
    Broken(String),
}

/// What came of creating a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is there, alone in a new person.
    User(PlatformUser),
    /// Somebody holds the claim on that platform account.
    AlreadyExists,
}

/// Creates platform users.
pub trait CreateUsers: Send + Sync + 'static {
    /// User, player, person and identity claim, in one transaction.
    fn create_user(&self, user: &NewUser) -> impl Future<Output = Result<Created, StoreError>> + Send;
}

/// Reads the claims on platform accounts.
pub trait ReadClaims: Send + Sync + 'static {
    /// The claim on one account.
    fn claim(&self, key: &IdentityKey) -> impl Future<Output = Result<Option<Claim>, StoreError>> + Send;

    /// The claims on two accounts, in one round trip.
    fn two_claims(
        &self,
        keys: [&IdentityKey; 2],
    ) -> impl Future<Output = Result<[Option<Claim>; 2], StoreError>> + Send;
}

/// Reads single persons.
pub trait ReadPersons: Send + Sync + 'static {
    /// The person, as it is now.
    fn person(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Person>, StoreError>> + Send;
}

/// Reads single platform users.
pub trait ReadUsers: Send + Sync + 'static {
    /// The user, as it is now.
    fn user(&self, player_uuid: PlayerUuid) -> impl Future<Output = Result<Option<PlatformUser>, StoreError>> + Send;
}

/// Reads several records in one round trip.
pub trait ReadRecords: Send + Sync + 'static {
    /// What there is of these.
    fn records(&self, keys: &Keys) -> impl Future<Output = Result<Records, StoreError>> + Send;
}

/// Reads receipts of purges.
pub trait ReadReceipts: Send + Sync + 'static {
    /// What is left of a purged person.
    fn receipt(&self, person_id: PersonId) -> impl Future<Output = Result<Option<Receipt>, StoreError>> + Send;
}

/// The platform user of the caller, whose own person a write is to change.
///
/// The write itself proves that this user belongs to the person and is active: a token may be stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's platform.
    pub platform: Platform,
    /// The user's player.
    pub player_uuid: PlayerUuid,
}

/// What came of a write on a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// It was so already.
    Already,
    /// There is no such person.
    Gone,
    /// A user that the write relies on belongs to another person by now.
    Moved,
    /// The caller's user is not active.
    NotOwner,
}

/// Switches cross progression.
pub trait SetActivePlayer: Send + Sync + 'static {
    /// Sets or clears the active player of a person.
    fn set_active_player(
        &self,
        change: &ActivePlayerChange,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;
}

/// A follower that moves to a leader's person.
#[derive(Debug, Clone)]
pub struct Link {
    /// The person that grows.
    pub leader: PersonId,
    /// A user that must still be the leader's, where the leader was named by one.
    pub leader_user: Option<(Platform, PlayerUuid)>,
    /// Whether the leader's user proves a right and so must be active.
    pub leader_is_owner: bool,
    /// The platform of the user that moves.
    pub platform: Platform,
    /// The claim of the user that moves.
    pub follower: Claim,
    /// Its claim's key.
    pub follower_key: IdentityKey,
    /// Whether the follower's user proves the caller's right and so must be active.
    pub follower_is_owner: bool,
    /// The request.
    pub operation: OperationId,
    /// Its time.
    pub now: Timestamp,
}

/// What the answer to a refused link says of one of the two persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Nothing: its conditions held, or were not looked at.
    Untold,
    /// Its conditions failed on what it held then; `None` for a person that is gone.
    Told(Option<Person>),
}

/// What came of linking.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linked {
    /// It is done.
    Done,
    /// A condition failed.
    Refused {
        /// The leader's side.
        leader: Side,
        /// The follower's side.
        follower: Side,
    },
    /// A user or claim moved meanwhile.
    Moved,
    /// The leader's user is not active.
    LeaderNotOwner,
    /// The follower's user is not active.
    FollowerNotOwner,
}

/// Links users.
pub trait LinkUsers: Send + Sync + 'static {
    /// Moves the follower and removes its empty person, in one transaction.
    fn link(&self, link: &Link) -> impl Future<Output = Result<Linked, StoreError>> + Send;
}

/// A user that leaves its person for a new one.
#[derive(Debug, Clone)]
pub struct Unlink {
    /// The platform of the user.
    pub platform: Platform,
    /// Its claim.
    pub claim: Claim,
    /// Its claim's key.
    pub key: IdentityKey,
    /// The new person.
    pub new_person: PersonId,
    /// Who proves the right to it, where no permission does.
    pub owner: Option<Owner>,
    /// The request.
    pub operation: OperationId,
    /// Its time.
    pub now: Timestamp,
}

/// What came of unlinking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlinked {
    /// It is done.
    Done,
    /// The person's conditions failed; what it held then.
    Refused(Option<Person>),
    /// The user or its claim moved meanwhile.
    Moved,
    /// The caller's user is not active.
    NotOwner,
}

/// Unlinks users.
pub trait UnlinkUsers: Send + Sync + 'static {
    /// Gives the user a person of its own, in one transaction.
    fn unlink(&self, unlink: &Unlink) -> impl Future<Output = Result<Unlinked, StoreError>> + Send;
}

/// What came of queueing a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// It is queued with the time that was asked for.
    Set(Purge),
    /// One stands already and stays as it is.
    Standing(Purge),
    /// There is no such person.
    NoPerson,
}

/// Queues purges.
pub trait QueuePurges: Send + Sync + 'static {
    /// Queues or re-times, with one conditional write.
    fn queue_purge(&self, purge: &QueuePurge) -> impl Future<Output = Result<Queued, StoreError>> + Send;
}

/// What came of cancelling a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It is gone, the person stays.
    Done,
    /// None is queued.
    NoPurge,
    /// It has begun.
    Started,
    /// There is no such person.
    NoPerson,
}

/// Cancels purges.
pub trait CancelPurges: Send + Sync + 'static {
    /// Cancels, with one conditional write.
    fn cancel_purge(
        &self,
        person_id: PersonId,
        operation: OperationId,
    ) -> impl Future<Output = Result<Cancelled, StoreError>> + Send;
}

/// Lets persons decide about their own purge.
pub trait OwnPurges: Send + Sync + 'static {
    /// Writes the purge (or none) of the person as it was read, if that still is the owner's and the owner is active.
    fn set_own_purge(
        &self,
        person: &Person,
        purge: Option<&Purge>,
        owner: Owner,
        operation: OperationId,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;
}

/// What came of a change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateChanged {
    /// The user after the change.
    Done(PlatformUser),
    /// The user as it is: the change is not possible in its state.
    Refused(PlatformUser),
    /// There is no such user.
    NoUser,
}

/// Changes the state of users.
pub trait ChangeUserState: Send + Sync + 'static {
    /// Changes the state, with one conditional write.
    fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> impl Future<Output = Result<StateChanged, StoreError>> + Send;
}

/// Finds due purges and leaves them to the workers for a while.
pub trait LeasePurges: Send + Sync + 'static {
    /// One page of what is due in a shard, the oldest first. An index: a hint, not the truth.
    fn due_purges(
        &self,
        shard: u8,
        until: Second,
        limit: u32,
        after: Option<&DuePurge>,
    ) -> impl Future<Output = Result<Vec<DuePurge>, StoreError>> + Send;

    /// Counts the dispatch and hides the purge until then, if nobody else has touched it since; silence otherwise.
    fn lease_purge(&self, purge: &DuePurge, due_on: Second) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What came of carrying out a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// Everything is gone and the receipt is there.
    Done,
    /// The person changed since it was read.
    Changed,
}

/// Carries out purges.
pub trait PurgePersons: Send + Sync + 'static {
    /// Removes the person as it was read, with its users and claims, and leaves the receipt: all or nothing.
    fn purge(
        &self,
        person: &Person,
        receipt: &Receipt,
        operation: OperationId,
    ) -> impl Future<Output = Result<Purged, StoreError>> + Send;

    /// Shows a purge that came too early to the dispatcher again when it is due.
    fn postpone(&self, person_id: PersonId, purge: &Purge) -> impl Future<Output = Result<(), StoreError>> + Send;
}
