use serde::Serialize;

use crate::identity::{
    DisplayName, Person, PersonId, Platform, PlatformUser, PlatformUserId, PlayerId, PlayerUuid, Purge, PurgeStatus,
    Receipt, Second,
};

/// The body about a platform user (seed create-platform-user). Unset fields are left out, never `null`.
#[derive(Debug, Serialize)]
pub struct PlatformUserBody<'a> {
    platform: Platform,
    platform_user_id: &'a PlatformUserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a DisplayName>,
    player_id: PlayerId,
    player_uuid: PlayerUuid,
    person_id: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_player_id: Option<PlayerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_player_uuid: Option<PlayerUuid>,
}

impl<'a> PlatformUserBody<'a> {
    /// A user as it is alone in a new person.
    pub fn of_new(user: &'a PlatformUser) -> Self {
        Self {
            platform: user.platform,
            platform_user_id: &user.platform_user_id,
            display_name: user.display_name.as_ref(),
            player_id: user.player_id,
            player_uuid: user.player_uuid,
            person_id: user.person_id,
            active_player_id: None,
            active_player_uuid: None,
        }
    }

    /// A user and its person.
    pub fn of(user: &'a PlatformUser, person: &Person) -> Self {
        Self {
            active_player_id: person.active_player_id(),
            active_player_uuid: person.active_player,
            ..Self::of_new(user)
        }
    }
}

/// The body about a purge (seed queue-person-purge).
#[derive(Debug, Serialize)]
pub struct PurgeBody {
    person_id: PersonId,
    purge_on: Second,
    created_on: Second,
    last_modified_on: Second,
    status: &'static str,
}

impl PurgeBody {
    /// A purge that is queued, or begun.
    pub fn of(person_id: PersonId, purge: &Purge) -> Self {
        Self {
            person_id,
            purge_on: purge.purge_on,
            created_on: purge.created_on,
            last_modified_on: purge.modified_on,
            status: purge.status.as_str(),
        }
    }

    /// A purge that is over.
    pub fn of_receipt(receipt: &Receipt) -> Self {
        Self {
            person_id: receipt.person_id,
            purge_on: receipt.purge_on,
            created_on: receipt.created_on,
            last_modified_on: receipt.completed_on,
            status: PurgeStatus::Complete.as_str(),
        }
    }
}
