use serde::Serialize;
use utoipa::ToSchema;

use crate::identity::{
    DisplayName, Person, PersonId, Platform, PlatformUser, PlatformUserId, PlayerId, PlayerUuid, Purge, PurgeStatus,
    Receipt, Second,
};

/// A platform user. Fields without a value are left out; none is `null`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlatformUser, description = "A platform user, its player and its person. A field without a value is left out, never `null`.")]
pub struct PlatformUserBody<'a> {
    platform: Platform,
    platform_user_id: &'a PlatformUserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    display_name: Option<&'a DisplayName>,
    player_id: PlayerId,
    player_uuid: PlayerUuid,
    person_id: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_id: Option<PlayerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_uuid: Option<PlayerUuid>,
}

impl<'a> PlatformUserBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "platform": "Steam", "platform_user_id": "76561198000000001", "display_name": "Ada",
        "player_id": 17, "player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e",
        "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10"
    }"#;

    /// The body of a user that is alone in a new person.
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

    /// The body of a user. `active` is the user whose player every login of its person yields, if
    /// there is one.
    pub fn of(user: &'a PlatformUser, active: Option<&PlatformUser>) -> Self {
        Self {
            active_player_id: active.map(|active| active.player_id),
            active_player_uuid: active.map(|active| active.player_uuid),
            ..Self::of_new(user)
        }
    }
}

/// A purge.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Purge, description = "The purge of a person.")]
pub struct PurgeBody {
    person_id: PersonId,
    purge_on: Second,
    created_on: Second,
    last_modified_on: Second,
    #[schema(value_type = PurgeStatus)]
    status: &'static str,
}

impl PurgeBody {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "status": "queued",
        "purge_on": "2026-12-06T09:00:00Z", "created_on": "2026-11-22T09:00:00Z",
        "last_modified_on": "2026-11-22T09:00:00Z"
    }"#;

    /// The body of a purge that is queued or in progress.
    pub fn of(person_id: PersonId, purge: &Purge) -> Self {
        Self {
            person_id,
            purge_on: purge.purge_on,
            created_on: purge.created_on,
            last_modified_on: purge.modified_on,
            status: purge.status.as_str(),
        }
    }

    /// The body of a complete purge.
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

/// A player, its person, and every platform user of that person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlayerLinks, description = "A player, its person, and every platform user of that person.")]
pub struct LinksBody<'a> {
    player: LinkedPlayerBody,
    linked_portals: Vec<LinkedPortalBody<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedPlayer)]
struct LinkedPlayerBody {
    player_id: PlayerId,
    player_uuid: PlayerUuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    active_player_uuid: Option<PlayerUuid>,
    person_id: PersonId,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedPortal)]
struct LinkedPortalBody<'a> {
    /// The platform's number.
    portal_id: u8,
    platform: Platform,
    portal_user_id: &'a PlatformUserId,
    player_id: PlayerId,
    player_uuid: PlayerUuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    display_name: Option<&'a DisplayName>,
}

impl<'a> LinksBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "player": {
            "player_id": 17, "player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e",
            "person_id": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10"
        },
        "linked_portals": [{
            "portal_id": 5, "platform": "Steam", "portal_user_id": "76561198000000001", "display_name": "Ada",
            "player_id": 17, "player_uuid": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e"
        }]
    }"#;

    /// The body of a player, its person, and that person's users.
    pub fn of((player_id, player_uuid): (PlayerId, PlayerUuid), person: &Person, users: &'a [PlatformUser]) -> Self {
        let linked_portals = users.iter().map(|user| LinkedPortalBody {
            portal_id: user.platform.portal_id(),
            platform: user.platform,
            portal_user_id: &user.platform_user_id,
            player_id: user.player_id,
            player_uuid: user.player_uuid,
            display_name: user.display_name.as_ref(),
        });
        let person_id = person.person_id;
        let active = users.iter().find(|user| person.may_play(user));
        let active_player_uuid = active.map(|user| user.player_uuid);
        Self {
            player: LinkedPlayerBody { player_id, player_uuid, active_player_uuid, person_id },
            linked_portals: linked_portals.collect(),
        }
    }
}
