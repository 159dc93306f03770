//! The bodies of this dialect, as they are sent (docs/contract/zitadel.md, "Details").

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::identity::{DisplayName, PersonId, PlatformUser, PlayerUuid, Timestamp, UserState};

/// The `details` of every answer about a user. The order of the fields is that of the contract.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "The changes of a user, and its person.")]
pub struct Details {
    /// The number of changes of the user.
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

/// The answer to a state change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedUser, description = "A user that was changed.")]
pub struct DetailsBody {
    /// The details after the change.
    pub details: Details,
}

impl DetailsBody {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{"details":{
        "sequence": "2", "changeDate": "2026-11-22T09:00:00.029Z",
        "resourceOwner": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "creationDate": "2026-11-21T17:30:00.500Z"
    }}"#;
}

/// A user and its state.
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
    details: Details,
    #[schema(value_type = UserState)]
    state: &'static str,
    /// The display name, or the id if there is none.
    username: &'a str,
    login_names: [&'a str; 1],
    preferred_login_name: &'a str,
    human: Human<'a>,
}

/// The user as a human: clients distinguish humans from machines.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HumanUser)]
struct Human<'a> {
    user_id: PlayerUuid,
    #[schema(value_type = UserState)]
    state: &'static str,
    username: &'a str,
    login_names: [&'a str; 1],
    preferred_login_name: &'a str,
    profile: Profile<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HumanProfile)]
struct Profile<'a> {
    display_name: &'a str,
}

impl<'a> UserBody<'a> {
    /// An example for the description of the API.
    pub const EXAMPLE: &'static str = r#"{
        "details": {
            "sequence": "2", "changeDate": "2026-11-22T09:00:00.029Z",
            "resourceOwner": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "creationDate": "2026-11-21T17:30:00.500Z"
        },
        "user": {
            "userId": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e",
            "details": {
                "sequence": "2", "changeDate": "2026-11-22T09:00:00.029Z",
                "resourceOwner": "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10", "creationDate": "2026-11-21T17:30:00.500Z"
            },
            "state": "USER_STATE_INACTIVE", "username": "Ada", "loginNames": ["Ada"], "preferredLoginName": "Ada",
            "human": {
                "userId": "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e",
                "state": "USER_STATE_INACTIVE", "username": "Ada", "loginNames": ["Ada"], "preferredLoginName": "Ada",
                "profile": { "displayName": "Ada" }
            }
        }
    }"#;

    /// The body of a user. `name` is the result of [`name_of`].
    pub(super) fn of(user: &PlatformUser, name: &'a str) -> Self {
        let (user_id, state) = (user.player_uuid, state_name(user.state));
        let (username, login_names, preferred_login_name) = (name, [name], name);
        let profile = Profile { display_name: name };
        let human = Human { user_id, state, username, login_names, preferred_login_name, profile };
        let details = user.into();
        Self {
            details: user.into(),
            user: ShownUser { user_id, details, state, username, login_names, preferred_login_name, human },
        }
    }
}

/// The name that ZITADEL's clients expect of every user: the display name, or the id if there is
/// none.
pub(super) fn name_of(user: &PlatformUser) -> Cow<'_, str> {
    match user.display_name.as_ref().map(DisplayName::as_str) {
        Some(name) if !name.is_empty() => Cow::Borrowed(name),
        _ => Cow::Owned(user.player_uuid.to_string()),
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
