//! The reasons against linking and unlinking, in the order in which they are reported
//! (docs/contract/rallyhere.md, "Links").

use super::{Person, Platform, PlayerUuid};

/// The reasons against linking two persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkProblem {
    /// The leader's person no longer exists.
    LeaderNotFound,
    /// The follower's person no longer exists.
    AccountNotFound,
    /// The follower's person has other users.
    FollowerAlreadyLinked,
    /// The follower's person has an active player.
    FollowerHasCrossProgressionEnabled,
    /// The follower's person has a queued purge.
    FollowerHasRestrictions,
    /// The leader's person has a queued purge.
    LeaderHasRestrictions,
    /// The leader's person already has a user on the follower's platform.
    PlatformAlreadyLinked,
}

/// The first reason against moving the user on `platform` from the follower's person to the
/// leader's.
///
/// The two persons must be different. A person that no longer exists is `None`.
pub fn link_problem(leader: Option<&Person>, follower: Option<&Person>, platform: Platform) -> Option<LinkProblem> {
    let Some(leader) = leader else { return Some(LinkProblem::LeaderNotFound) };
    let Some(follower) = follower else { return Some(LinkProblem::AccountNotFound) };
    let reasons = [
        (follower.users.len() > 1, LinkProblem::FollowerAlreadyLinked),
        (follower.active_player.is_some(), LinkProblem::FollowerHasCrossProgressionEnabled),
        (follower.purge.is_some(), LinkProblem::FollowerHasRestrictions),
        (leader.purge.is_some(), LinkProblem::LeaderHasRestrictions),
        (leader.users.contains_key(&platform), LinkProblem::PlatformAlreadyLinked),
    ];
    first(&reasons)
}

/// The reasons against unlinking a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlinkProblem {
    /// The user is the only one of its person.
    PlayerNotLinked,
    /// The user's player is the active player of the person.
    CannotUnlinkCrossProgressionPlayer,
    /// The person has a queued purge.
    UserHasRestrictions,
}

/// The first reason against giving this player a person of its own.
pub fn unlink_problem(person: &Person, player_uuid: PlayerUuid) -> Option<UnlinkProblem> {
    let reasons = [
        (person.users.len() < 2, UnlinkProblem::PlayerNotLinked),
        (person.active_player == Some(player_uuid), UnlinkProblem::CannotUnlinkCrossProgressionPlayer),
        (person.purge.is_some(), UnlinkProblem::UserHasRestrictions),
    ];
    first(&reasons)
}

fn first<R: Copy>(reasons: &[(bool, R)]) -> Option<R> {
    reasons.iter().find(|(holds, _)| *holds).map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identity::{
        IdentityKey, LinkedUser, PersonId, PlayerId, Purge, PurgeId, PurgeStatus, Requester, Second,
    };

    fn player(number: u128) -> PlayerUuid {
        PlayerUuid(Uuid::from_u128(number))
    }

    fn person(platforms: &[Platform]) -> Person {
        let user = |(number, platform): (usize, &Platform)| {
            let linked = LinkedUser {
                player_uuid: player(number as u128),
                player_id: PlayerId::new(1).unwrap(),
                identity: IdentityKey::from_stored(String::new()),
            };
            (*platform, linked)
        };
        let users = platforms.iter().enumerate().map(user).collect();
        Person { person_id: PersonId(Uuid::nil()), users, active_player: None, purge: None, version: 1 }
    }

    fn active(person: Person) -> Person {
        Person { active_player: Some(player(0)), ..person }
    }

    fn restricted(person: Person) -> Person {
        let now = Second::from_unix(0);
        let purge = Purge {
            purge_id: PurgeId(Uuid::nil()),
            purge_on: now,
            created_on: now,
            modified_on: now,
            status: PurgeStatus::Queued,
            due_on: now,
            dispatches: 0,
            requested_by: Requester::Itself,
        };
        Person { purge: Some(purge), ..person }
    }

    #[test]
    fn links_are_refused_in_the_order_of_the_reference() {
        use super::{LinkProblem::*, Platform::*};
        let (leader, follower) = (|| person(&[Epic]), || person(&[Steam]));
        let refusal = |leader: Person, follower: Person| link_problem(Some(&leader), Some(&follower), Steam);
        assert_eq!(refusal(leader(), follower()), None);
        assert_eq!(link_problem(None, None, Steam), Some(LeaderNotFound));
        assert_eq!(link_problem(Some(&leader()), None, Steam), Some(AccountNotFound));
        // Each reason comes before all that follow.
        let full = restricted(person(&[Steam, Epic]));
        assert_eq!(refusal(full.clone(), restricted(active(person(&[Steam, Psn])))), Some(FollowerAlreadyLinked));
        assert_eq!(refusal(full.clone(), restricted(active(follower()))), Some(FollowerHasCrossProgressionEnabled));
        assert_eq!(refusal(full.clone(), restricted(follower())), Some(FollowerHasRestrictions));
        assert_eq!(refusal(full, follower()), Some(LeaderHasRestrictions));
        assert_eq!(refusal(person(&[Steam, Epic]), follower()), Some(PlatformAlreadyLinked));
    }

    #[test]
    fn unlinks_are_refused_in_the_order_of_the_reference() {
        use super::{Platform::*, UnlinkProblem::*};
        let refusal = |person: Person| unlink_problem(&person, player(0));
        let two = || person(&[Epic, Steam]);
        assert_eq!(refusal(two()), None);
        assert_eq!(refusal(restricted(active(person(&[Epic])))), Some(PlayerNotLinked));
        assert_eq!(refusal(restricted(active(two()))), Some(CannotUnlinkCrossProgressionPlayer));
        assert_eq!(refusal(restricted(two())), Some(UserHasRestrictions));
        let other_is_active = Person { active_player: Some(player(1)), ..two() };
        assert_eq!(refusal(other_is_active), None);
    }
}
