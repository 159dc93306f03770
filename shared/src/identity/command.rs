//! What a request asks of the tables, as data.

use super::{Claim, IdentityKey, OperationId, PersonId, Platform, PlayerUuid, Purge, Timestamp};

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

/// A switch of cross progression.
#[derive(Debug, Clone)]
pub struct ActivePlayerChange {
    /// Whose.
    pub person_id: PersonId,
    /// The player that every login is to yield, or none. The write itself proves that its user belongs to the person and
    /// is active.
    pub to: Option<PlayerUuid>,
    /// A user that must still be the person's, where the person was found by it.
    pub member: Option<(Platform, PlayerUuid)>,
    /// Who proves the right to it, where no permission does.
    pub owner: Option<Owner>,
    /// The request.
    pub operation: OperationId,
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

/// What a person decides about its own purge.
#[derive(Debug, Clone, Copy)]
pub enum OwnPurgeChange<'p> {
    /// It is queued so.
    Set(&'p Purge),
    /// It stays as it is; the write only proves the right to it, and leaves a lease alone.
    Keep,
    /// It is forgotten.
    Cancel,
}
