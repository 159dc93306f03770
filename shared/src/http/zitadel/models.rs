//! The bodies of this dialect, as they are sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::identity::{DisplayName, PersonId, PlatformUser, PlayerUuid, Timestamp, UserState};

/// The `details` of every answer about a user, in the key order of the seed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "When a user changed, and whose it is.")]
pub struct Details {
    /// How often the user has changed.
    #[serde(serialize_with = "as_string")]
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    sequence: u64,
    change_date: Timestamp,
    /// The person.
    resource_owner: PersonId,
    creation_date: Timestamp,
}

impl From<&PlatformUser> for Details {
    fn from(user: &PlatformUser) -> Self {
        Self {
            sequence: user.sequence,
            change_date: user.changed,
            resource_owner: user.person_id,
            creation_date: user.created,
        }
    }
}

/// The whole answer of a state change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedUser, description = "A user that was changed.")]
pub struct DetailsBody {
    /// What changed.
    pub details: Details,
}

impl DetailsBody {
    /// Such a body, for the description of the API.
    pub const EXAMPLE: &'static str = r#"{"details":{
        "sequence": "2", "changeDate": "2026-11-22T09:00:00.029Z",
        "resourceOwner": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "creationDate": "2026-11-21T17:30:00.500Z"
    }}"#;
}

/// The body about a user and its state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserAndState, description = "A user and its state.")]
pub struct UserBody<'a> {
    details: Details,
    user: ShownUser<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
struct ShownUser<'a> {
    user_id: PlayerUuid,
    #[schema(value_type = UserState)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    username: Option<&'a DisplayName>,
}

impl UserBody<'_> {
    /// Such a body, for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "details": {
            "sequence": "2", "changeDate": "2026-11-22T09:00:00.029Z",
            "resourceOwner": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "creationDate": "2026-11-21T17:30:00.500Z"
        },
        "user": {
            "userId": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e", "state": "USER_STATE_INACTIVE", "username": "Ada"
        }
    }"#;
}

impl<'a> From<&'a PlatformUser> for UserBody<'a> {
    fn from(user: &'a PlatformUser) -> Self {
        let username = user.display_name.as_ref();
        Self {
            details: user.into(),
            user: ShownUser { user_id: user.player_uuid, state: state_name(user.state), username },
        }
    }
}

/// The name of a state on the wire.
pub(super) const fn state_name(state: UserState) -> &'static str {
    match state {
        UserState::Active => "USER_STATE_ACTIVE",
        UserState::Inactive => "USER_STATE_INACTIVE",
        UserState::Locked => "USER_STATE_LOCKED",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_string<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
