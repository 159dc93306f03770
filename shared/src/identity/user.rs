use super::{
    DisplayName, FirstLogin, OperationId, PersonId, Platform, PlatformUserId, PlayerId, PlayerUuid, Timestamp,
};

/// One account on one platform, and its player.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlatformUser {
    /// The player of this user.
    pub player_uuid: PlayerUuid,
    /// The player's deprecated integer id.
    pub player_id: PlayerId,
    /// The platform of the account.
    pub platform: Platform,
    /// The account's id on the platform.
    pub platform_user_id: PlatformUserId,
    /// The name that others see.
    pub display_name: Option<DisplayName>,
    /// The person to which the account is linked now.
    pub person_id: PersonId,
    /// Whether the user may be used.
    pub state: UserState,
    /// The number of changes of this user, from 1.
    pub sequence: u64,
    /// The time at which it was created.
    pub created: Timestamp,
    /// The time of its last change.
    pub changed: Timestamp,
}

impl PlatformUser {
    /// Whether this user proves a right to that person: it is active and belongs to the person.
    pub fn proves(&self, person_id: PersonId) -> bool {
        self.state == UserState::Active && self.person_id == person_id
    }
}

/// A platform user to create. Only the player id is missing: the store leases it.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The platform of the account.
    pub platform: Platform,
    /// The account's id on the platform.
    pub platform_user_id: PlatformUserId,
    /// The name that others see.
    pub display_name: Option<DisplayName>,
    /// The uuid of its player, drawn once for the request.
    pub player_uuid: PlayerUuid,
    /// The id of its person, drawn once for the request.
    pub person_id: PersonId,
    /// The login that creates it, if one does.
    pub first_login: Option<FirstLogin>,
    /// The operation id of this write.
    pub operation: OperationId,
    /// The time of the request.
    pub now: Timestamp,
}

impl NewUser {
    /// The user with this player id: active, at sequence 1.
    pub fn with_player_id(&self, player_id: PlayerId) -> PlatformUser {
        PlatformUser {
            player_uuid: self.player_uuid,
            player_id,
            platform: self.platform,
            platform_user_id: self.platform_user_id.clone(),
            display_name: self.display_name.clone(),
            person_id: self.person_id,
            state: UserState::Active,
            sequence: 1,
            created: self.now,
            changed: self.now,
        }
    }
}

/// The state of a platform user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserState {
    /// The user may log in.
    Active,
    /// Deactivated: nobody may log in as this user. Its data stays.
    Inactive,
    /// Locked: nobody may log in as this user until it is unlocked. It may be deactivated too.
    Locked,
}

impl UserState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Active, Self::Inactive, Self::Locked];

    /// The name in the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Locked => "locked",
        }
    }

    /// The state with exactly this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == name)
    }
}

/// A change of state that a caller may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateChange {
    /// Active or locked to inactive.
    Deactivate,
    /// Inactive to active.
    Reactivate,
    /// Active to locked.
    Lock,
    /// Locked to active.
    Unlock,
}

impl StateChange {
    /// Every change.
    pub const ALL: &'static [Self] = &[Self::Deactivate, Self::Reactivate, Self::Lock, Self::Unlock];

    /// The states in which the change is allowed.
    pub const fn from(self) -> &'static [UserState] {
        match self {
            Self::Deactivate => &[UserState::Active, UserState::Locked],
            Self::Reactivate => &[UserState::Inactive],
            Self::Lock => &[UserState::Active],
            Self::Unlock => &[UserState::Locked],
        }
    }

    /// The state after the change.
    pub const fn to(self) -> UserState {
        match self {
            Self::Deactivate => UserState::Inactive,
            Self::Reactivate | Self::Unlock => UserState::Active,
            Self::Lock => UserState::Locked,
        }
    }

    /// Whether the change ends all sessions of the user.
    pub fn ends_sessions(self) -> bool {
        self.to() != UserState::Active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_proves_a_right_to_its_own_person_while_it_is_active() {
        let [own, other] = [1, 2].map(|number| PersonId(uuid::Uuid::from_u128(number)));
        let new = NewUser {
            platform: Platform::Steam,
            platform_user_id: PlatformUserId::new("42".into()).unwrap(),
            display_name: None,
            player_uuid: PlayerUuid(uuid::Uuid::nil()),
            person_id: own,
            first_login: None,
            operation: OperationId(uuid::Uuid::nil()),
            now: Timestamp::from_millis(0),
        };
        let user = new.with_player_id(PlayerId::new(1).unwrap());
        assert!(user.proves(own) && !user.proves(other));
        for state in [UserState::Inactive, UserState::Locked] {
            assert!(!PlatformUser { state, ..user.clone() }.proves(own));
        }
    }

    #[test]
    fn a_change_never_leaves_the_state_as_it_was() {
        for change in StateChange::ALL {
            assert!(!change.from().contains(&change.to()));
        }
    }

    #[test]
    fn every_state_name_leads_back_to_its_state() {
        for state in UserState::ALL {
            assert_eq!(UserState::from_name(state.as_str()), Some(*state));
        }
        assert_eq!(UserState::from_name("deleted"), None);
    }
}
