use super::{caller::Caller, error::TokenProblem};
use crate::{
    identity::{PlatformUser, PlayerUuid},
    validation::Account,
};

/// The claim by which tokens of this deployment's own issuer name a player.
pub(super) const PLAYER_UUID: &str = "player_uuid";

/// The own user of a caller, as its token names it. Only the record of the user can tell whether it
/// exists, is active, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnUser {
    /// The player in a token of this deployment's own issuer, and the account in the same token, if
    /// it has one. The player decides: its id is never reused.
    Player(PlayerUuid, Option<Account>),
    /// The account in a token of another issuer.
    Account(Account),
}

impl OwnUser {
    /// Whether this account is the own user's. `None` where only the user's record can tell.
    pub fn has(&self, account: &Account) -> Option<bool> {
        match self {
            Self::Player(..) => None,
            Self::Account(own) => Some(own == account),
        }
    }

    /// Whether the own user is this one. Refuses a token whose two names of the user contradict
    /// each other.
    pub fn is(&self, user: &PlatformUser) -> Result<bool, TokenProblem> {
        let is_of_user = |account: &Account| *account == Account::of(user);
        match self {
            Self::Account(account) => Ok(is_of_user(account)),
            Self::Player(player_uuid, _) if *player_uuid != user.player_uuid => Ok(false),
            Self::Player(_, account) if account.as_ref().is_none_or(is_of_user) => Ok(true),
            Self::Player(..) => Err(TokenProblem::InvalidClaim(PLAYER_UUID)),
        }
    }
}

impl Caller {
    /// The own user that the token names. `None` if it names neither a player nor an account.
    pub fn own_user(&self) -> Option<OwnUser> {
        let account = self.platform_user.as_ref().map(|(platform, id)| Account::new(*platform, id));
        match self.player_uuid {
            Some(player_uuid) => Some(OwnUser::Player(player_uuid, account)),
            None => account.map(OwnUser::Account),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::identity::{NewUser, OperationId, PersonId, Platform, PlatformUserId, PlayerId, Timestamp};

    fn user() -> PlatformUser {
        let new = NewUser {
            platform: Platform::Steam,
            platform_user_id: PlatformUserId::new("42".into()).unwrap(),
            display_name: None,
            player_uuid: PlayerUuid(Uuid::from_u128(1)),
            person_id: PersonId(Uuid::from_u128(2)),
            operation: OperationId(Uuid::nil()),
            now: Timestamp::from_millis(0),
            first_login: None,
        };
        new.with_player_id(PlayerId::new(1).unwrap())
    }

    fn account(platform: Platform) -> Account {
        Account::new(platform, &PlatformUserId::new("42".into()).unwrap())
    }

    const OTHER: PlayerUuid = PlayerUuid(Uuid::from_u128(7));

    #[test]
    fn an_account_is_the_user_that_has_it() {
        assert_eq!(OwnUser::Account(account(Platform::Steam)).is(&user()), Ok(true));
        assert_eq!(OwnUser::Account(account(Platform::Epic)).is(&user()), Ok(false));
    }

    #[test]
    fn a_player_is_its_user_unless_the_token_names_the_account_of_another() {
        let own = |player_uuid, account| OwnUser::Player(player_uuid, account).is(&user());
        let player_uuid = user().player_uuid;
        assert_eq!(own(player_uuid, None), Ok(true));
        assert_eq!(own(player_uuid, Some(account(Platform::Steam))), Ok(true));
        assert_eq!(own(player_uuid, Some(account(Platform::Epic))), Err(TokenProblem::InvalidClaim("player_uuid")));
    }

    #[test]
    fn the_account_beside_another_player_proves_nothing() {
        for account in [None, Some(account(Platform::Steam)), Some(account(Platform::Epic))] {
            assert_eq!(OwnUser::Player(OTHER, account).is(&user()), Ok(false));
        }
    }

    #[test]
    fn only_an_account_tells_by_itself_which_account_is_its_own() {
        let own = OwnUser::Account(account(Platform::Steam));
        assert_eq!(own.has(&account(Platform::Steam)), Some(true));
        assert_eq!(own.has(&account(Platform::Epic)), Some(false));
        for beside in [None, Some(account(Platform::Steam))] {
            assert_eq!(OwnUser::Player(OTHER, beside).has(&account(Platform::Steam)), None);
        }
    }
}
