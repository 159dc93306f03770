use std::collections::BTreeMap;

use super::{IdentityKey, PersonId, Platform, PlatformUser, PlayerId, PlayerUuid, Purge};

/// A human: the platform users that are linked, at most one on each platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    /// The person's id.
    pub person_id: PersonId,
    /// The linked users. Never empty.
    pub users: BTreeMap<Platform, LinkedUser>,
    /// The player that every linked user's login yields. Set while cross progression is on.
    pub active_player: Option<PlayerUuid>,
    /// The queued purge, if there is one.
    pub purge: Option<Purge>,
    /// The number of changes of this person, so that a purge removes exactly what it read.
    pub version: u64,
}

impl Person {
    /// Whether logins yield this user's player: it is the active one, and its user is neither
    /// deactivated nor locked.
    pub fn may_play(&self, user: &PlatformUser) -> bool {
        self.active_player == Some(user.player_uuid) && user.proves(self.person_id)
    }

    /// Whether this player's user is the person's user on that platform.
    pub fn has(&self, platform: Platform, player_uuid: PlayerUuid) -> bool {
        self.users.get(&platform).is_some_and(|user| user.player_uuid == player_uuid)
    }
}

/// A linked user, as its person stores it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkedUser {
    /// The user's player.
    pub player_uuid: PlayerUuid,
    /// The player's deprecated integer id.
    pub player_id: PlayerId,
    /// The user's claim on its platform account.
    pub identity: IdentityKey,
}

/// The unique claim on a platform account: the player and the person that the account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The account's player.
    pub player_uuid: PlayerUuid,
    /// The player's deprecated integer id.
    pub player_id: PlayerId,
    /// The person to which the account is linked now.
    pub person_id: PersonId,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identity::{NewUser, OperationId, PlatformUserId, Timestamp, UserState};

    #[test]
    fn a_person_has_its_users_where_they_are() {
        let player = |number| PlayerUuid(Uuid::from_u128(number));
        let user = |number: u32| LinkedUser {
            player_uuid: player(number.into()),
            player_id: PlayerId::new(number).unwrap(),
            identity: IdentityKey::from_stored(String::new()),
        };
        let users = [(Platform::Steam, user(1)), (Platform::Epic, user(2))].into();
        let person_id = PersonId(Uuid::nil());
        let person = Person { person_id, users, active_player: None, purge: None, version: 1 };
        assert!(person.has(Platform::Steam, player(1)) && !person.has(Platform::Steam, player(2)));
        assert!(!person.has(Platform::Psn, player(1)));
    }

    #[test]
    fn logins_yield_the_active_player_while_its_user_is_active_and_the_persons() {
        let (own, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let new = NewUser {
            platform: Platform::Steam,
            platform_user_id: PlatformUserId::new("42".into()).unwrap(),
            display_name: None,
            player_uuid: PlayerUuid(Uuid::from_u128(3)),
            person_id: own,
            first_login: None,
            operation: OperationId(Uuid::nil()),
            now: Timestamp::from_millis(0),
        };
        let user = new.with_player_id(PlayerId::new(1).unwrap());
        let active_player = Some(user.player_uuid);
        let off = Person { person_id: own, users: BTreeMap::new(), active_player: None, purge: None, version: 1 };
        let on = Person { active_player, ..off.clone() };
        assert!(on.may_play(&user) && !off.may_play(&user));
        assert!(!Person { person_id: other, ..on.clone() }.may_play(&user));
        assert!(!Person { active_player: Some(PlayerUuid(Uuid::nil())), ..on.clone() }.may_play(&user));
        for state in [UserState::Inactive, UserState::Locked] {
            assert!(!on.may_play(&PlatformUser { state, ..user.clone() }));
        }
    }
}
