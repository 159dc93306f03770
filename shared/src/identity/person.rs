use std::collections::BTreeMap;

use super::{IdentityKey, PersonId, Platform, PlayerId, PlayerUuid, Purge};

/// A human: the platform users that belong together, at most one a platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    /// Who.
    pub person_id: PersonId,
    /// The linked users; never empty.
    pub users: BTreeMap<Platform, LinkedUser>,
    /// Set while cross progression is on: the player that every linked user's login yields.
    pub active_player: Option<PlayerUuid>,
    /// Set while a purge is queued.
    pub purge: Option<Purge>,
    /// Counts the changes of this person, so that a purge removes exactly what it read.
    pub version: u64,
}

impl Person {
    /// The integer name of the active player.
    pub fn active_player_id(&self) -> Option<PlayerId> {
        let active = self.active_player?;
        self.users.values().find(|user| user.player_uuid == active).map(|user| user.player_id)
    }

    /// Whether this player is the user that the person has on that platform.
    pub fn has(&self, platform: Platform, player_uuid: PlayerUuid) -> bool {
        self.users.get(&platform).is_some_and(|user| user.player_uuid == player_uuid)
    }
}

/// What a person keeps of each linked user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkedUser {
    /// The user's player.
    pub player_uuid: PlayerUuid,
    /// The player's deprecated integer name.
    pub player_id: PlayerId,
    /// The user's claim on its platform account.
    pub identity: IdentityKey,
}

/// The unique claim on a platform account: which player and person it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The account's player.
    pub player_uuid: PlayerUuid,
    /// The player's deprecated integer name.
    pub player_id: PlayerId,
    /// Whose account it is now.
    pub person_id: PersonId,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_person_has_its_users_where_they_are_and_the_active_player_is_one_of_them() {
        let player = |number| PlayerUuid(Uuid::from_u128(number));
        let user = |number: u32| LinkedUser {
            player_uuid: player(number.into()),
            player_id: PlayerId::new(number).unwrap(),
            identity: IdentityKey::from_stored(String::new()),
        };
        let users = [(Platform::Steam, user(1)), (Platform::Epic, user(2))].into();
        let person_id = PersonId(Uuid::nil());
        let mut person = Person { person_id, users, active_player: None, purge: None, version: 1 };
        assert!(person.has(Platform::Steam, player(1)) && !person.has(Platform::Steam, player(2)));
        assert!(!person.has(Platform::Psn, player(1)));
        assert_eq!(person.active_player_id(), None);
        person.active_player = Some(player(2));
        assert_eq!(person.active_player_id(), PlayerId::new(2));
    }
}
