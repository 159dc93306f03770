//! The writes that a request asks of the tables, as data.

use super::{Claim, IdentityKey, OperationId, PersonId, Platform, PlayerUuid, Purge, Timestamp};

/// The caller's platform user, for a write on the caller's own person.
///
/// The write itself checks that this user is active and belongs to the person, because the token
/// may be stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's platform.
    pub platform: Platform,
    /// The user's player.
    pub player_uuid: PlayerUuid,
}

/// A change of a person's active player.
#[derive(Debug, Clone)]
pub struct ActivePlayerChange {
    /// The person that changes.
    pub person_id: PersonId,
    /// The new active player, or none. The write checks that its user is active and belongs to the
    /// person.
    pub to: Option<PlayerUuid>,
    /// A user that must still belong to the person, if the person was found by it.
    pub member: Option<(Platform, PlayerUuid)>,
    /// The user that proves the caller's right, if no permission does.
    pub owner: Option<Owner>,
    /// The operation id of this write.
    pub operation: OperationId,
}

/// A link: the follower moves to the leader's person.
#[derive(Debug, Clone)]
pub struct Link {
    /// The person that gains the user.
    pub leader: PersonId,
    /// A user that must still belong to the leader's person, if the leader was found by it.
    pub leader_user: Option<(Platform, PlayerUuid)>,
    /// Whether the leader's user proves the caller's right, and so must be active.
    pub leader_is_owner: bool,
    /// The platform of the user that moves.
    pub platform: Platform,
    /// The claim of the user that moves.
    pub follower: Claim,
    /// The key of that claim.
    pub follower_key: IdentityKey,
    /// Whether the follower's user proves the caller's right, and so must be active.
    pub follower_is_owner: bool,
    /// The operation id of this write.
    pub operation: OperationId,
    /// The time of the request.
    pub now: Timestamp,
}

/// An unlink: a user moves to a new person of its own.
#[derive(Debug, Clone)]
pub struct Unlink {
    /// The platform of the user.
    pub platform: Platform,
    /// The user's claim.
    pub claim: Claim,
    /// The key of that claim.
    pub key: IdentityKey,
    /// The new person.
    pub new_person: PersonId,
    /// The user that proves the caller's right, if no permission does.
    pub owner: Option<Owner>,
    /// The operation id of this write.
    pub operation: OperationId,
    /// The time of the request.
    pub now: Timestamp,
}

/// A change that a person makes to its own purge.
#[derive(Debug, Clone, Copy)]
pub enum OwnPurgeChange<'p> {
    /// The purge becomes this one.
    Set(&'p Purge),
    /// The purge stays as it is. The write only checks the caller's right, and does not touch a
    /// lease.
    Keep,
    /// The purge is removed.
    Cancel,
}
