//! The order in which linking and unlinking are refused (reference/rallyhere.md, "Link" and "Unlink").

use super::{Person, Platform, PlayerUuid};

/// Why two persons cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// There is no such leader any more.
    LeaderNotFound,
    /// There is no such follower any more.
    AccountNotFound,
    /// The follower's person has other users.
    FollowerAlreadyLinked,
    /// The follower's person has an active player.
    FollowerHasCrossProgressionEnabled,
    /// The follower's person waits for its purge.
    FollowerHasRestrictions,
    /// The leader's person waits for its purge.
    LeaderHasRestrictions,
    /// The leader's person has a user on the follower's platform.
    PlatformAlreadyLinked,
}

/// The first reason against moving the user on `platform` from the follower's person to the leader's.
///
/// The two persons are different ones. `None` for a person that is gone.
pub fn link_refusal(leader: Option<&Person>, follower: Option<&Person>, platform: Platform) -> Option<LinkRefusal> {
    let Some(leader) = leader else { return Some(LinkRefusal::LeaderNotFound) };
    let Some(follower) = follower else { return Some(LinkRefusal::AccountNotFound) };
    let reasons = [
        (follower.users.len() > 1, LinkRefusal::FollowerAlreadyLinked),
        (follower.active_player.is_some(), LinkRefusal::FollowerHasCrossProgressionEnabled),
        (follower.purge.is_some(), LinkRefusal::FollowerHasRestrictions),
        (leader.purge.is_some(), LinkRefusal::LeaderHasRestrictions),
        (leader.users.contains_key(&platform), LinkRefusal::PlatformAlreadyLinked),
    ];
    first(&reasons)
}

/// Why a user cannot leave its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlinkRefusal {
    /// It is alone there.
    PlayerNotLinked,
    /// Its player is the person's active player.
    CannotUnlinkCrossProgressionPlayer,
    /// The person waits for its purge.
    UserHasRestrictions,
}

/// The first reason against giving this player a person of its own.
pub fn unlink_refusal(person: &Person, player_uuid: PlayerUuid) -> Option<UnlinkRefusal> {
    let reasons = [
        (person.users.len() < 2, UnlinkRefusal::PlayerNotLinked),
        (person.active_player == Some(player_uuid), UnlinkRefusal::CannotUnlinkCrossProgressionPlayer),
        (person.purge.is_some(), UnlinkRefusal::UserHasRestrictions),
    ];
    first(&reasons)
}

fn first<R: Copy>(reasons: &[(bool, R)]) -> Option<R> {
    reasons.iter().find(|(holds, _)| *holds).map(|(_, reason)| *reason)
}
