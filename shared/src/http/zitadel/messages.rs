//! The Protocol Buffers messages, declared by field number, so that no `protoc` is needed
//! (docs/contract/zitadel.md, "Messages").

use prost::Message;

use super::{
    failure::{ErrorDetail, Failure},
    models::name_of,
};
use crate::identity::{PlatformUser, Timestamp, UserState};

/// `DeactivateUserRequest` and the equal requests of the other calls.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UserRequest {
    #[prost(string, tag = "1")]
    pub(super) user_id: String,
}

/// `DeactivateUserResponse` and the equal responses of the other calls.
#[derive(Clone, PartialEq, Message)]
pub(super) struct UserResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) details: Option<Details>,
}

/// `GetUserByIDResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct GetUserByIdResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) details: Option<Details>,
    #[prost(message, optional, tag = "2")]
    pub(super) user: Option<User>,
}

/// `zitadel.user.v2.User`. It is always a human.
#[derive(Clone, PartialEq, Message)]
#[expect(clippy::struct_field_names, reason = "they are ZITADEL's")]
pub(super) struct User {
    #[prost(string, tag = "1")]
    pub(super) user_id: String,
    #[prost(int32, tag = "2")]
    pub(super) state: i32,
    #[prost(string, tag = "3")]
    pub(super) username: String,
    #[prost(string, repeated, tag = "4")]
    pub(super) login_names: Vec<String>,
    #[prost(string, tag = "5")]
    pub(super) preferred_login_name: String,
    #[prost(message, optional, tag = "6")]
    pub(super) human: Option<HumanUser>,
    #[prost(message, optional, tag = "8")]
    pub(super) details: Option<Details>,
}

/// `zitadel.user.v2.HumanUser`
#[derive(Clone, PartialEq, Message)]
pub(super) struct HumanUser {
    #[prost(string, tag = "1")]
    pub(super) user_id: String,
    #[prost(int32, tag = "2")]
    pub(super) state: i32,
    #[prost(string, tag = "3")]
    pub(super) username: String,
    #[prost(string, repeated, tag = "4")]
    pub(super) login_names: Vec<String>,
    #[prost(string, tag = "5")]
    pub(super) preferred_login_name: String,
    #[prost(message, optional, tag = "6")]
    pub(super) profile: Option<HumanProfile>,
}

/// `zitadel.user.v2.HumanProfile`
#[derive(Clone, PartialEq, Message)]
pub(super) struct HumanProfile {
    #[prost(string, optional, tag = "4")]
    pub(super) display_name: Option<String>,
}

/// `zitadel.object.v2.Details`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Details {
    #[prost(uint64, tag = "1")]
    pub(super) sequence: u64,
    #[prost(message, optional, tag = "2")]
    pub(super) change_date: Option<ProtoTimestamp>,
    #[prost(string, tag = "3")]
    pub(super) resource_owner: String,
    #[prost(message, optional, tag = "4")]
    pub(super) creation_date: Option<ProtoTimestamp>,
}

/// `google.protobuf.Timestamp`
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct ProtoTimestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

/// `google.protobuf.Any`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
}

/// `zitadel.v1.ErrorDetail`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ProtoErrorDetail {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

impl From<&PlatformUser> for UserResponse {
    fn from(user: &PlatformUser) -> Self {
        Self { details: Some(user.into()) }
    }
}

impl From<&PlatformUser> for GetUserByIdResponse {
    fn from(user: &PlatformUser) -> Self {
        let (user_id, name, state) =
            (user.player_uuid.to_string(), name_of(user).into_owned(), state_number(user.state));
        let human = HumanUser {
            user_id: user_id.clone(),
            state,
            username: name.clone(),
            login_names: vec![name.clone()],
            preferred_login_name: name.clone(),
            profile: Some(HumanProfile { display_name: Some(name.clone()) }),
        };
        let shown = User {
            user_id,
            state,
            username: name.clone(),
            login_names: vec![name.clone()],
            preferred_login_name: name,
            human: Some(human),
            details: Some(user.into()),
        };
        Self { details: Some(user.into()), user: Some(shown) }
    }
}

impl From<&PlatformUser> for Details {
    fn from(user: &PlatformUser) -> Self {
        Self {
            sequence: user.sequence,
            change_date: Some(user.changed.into()),
            resource_owner: user.person_id.to_string(),
            creation_date: Some(user.created.into()),
        }
    }
}

/// The number of a state in `zitadel.user.v2.UserState`.
const fn state_number(state: UserState) -> i32 {
    match state {
        UserState::Active => 1,
        UserState::Inactive => 2,
        UserState::Locked => 4,
    }
}

impl From<Timestamp> for ProtoTimestamp {
    fn from(moment: Timestamp) -> Self {
        let (seconds, millis) = (moment.as_millis().div_euclid(1000), moment.as_millis().rem_euclid(1000));
        Self { seconds, nanos: i32::try_from(millis * 1_000_000).unwrap_or_default() }
    }
}

impl From<&Failure> for Status {
    fn from(failure: &Failure) -> Self {
        let any = |detail: ErrorDetail| Any {
            type_url: ErrorDetail::TYPE_URL.into(),
            value: ProtoErrorDetail::from(detail).encode_to_vec(),
        };
        Self {
            code: failure.code.number().into(),
            message: failure.message.to_string(),
            details: failure.detail.map(any).into_iter().collect(),
        }
    }
}

impl From<ErrorDetail> for ProtoErrorDetail {
    fn from(detail: ErrorDetail) -> Self {
        Self { id: detail.id.into(), message: detail.message.into() }
    }
}
