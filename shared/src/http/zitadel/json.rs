//! The JSON of REST and Connect: one success, two shapes of errors.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use prost::Message;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::{
    failure::{ErrorDetail, Failure},
    messages::ProtoErrorDetail,
    wire::Undecoded,
};
use crate::http::Reply;

/// Accepts the body of a REST request: nothing, or an object of anything, since the path names the user.
pub(super) fn accept_object(body: &[u8]) -> Result<(), Undecoded> {
    if body.is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<Map<String, Value>>(body).map(drop).map_err(|error| malformed(&error))
}

/// The user that a Connect request names. An absent or null `userId` is the empty text, as in every proto3 message.
pub(super) fn user_id(body: &[u8]) -> Result<String, Undecoded> {
    serde_json::from_slice::<NamedUser>(body).map(|named| named.0).map_err(|error| malformed(&error))
}

/// An error over REST: numeric `code`, `@type` with its prefix.
pub(super) fn rest_failure(failure: &Failure) -> Reply {
    let detail = failure
        .detail
        .map(|ErrorDetail { id, message }| [RestErrorDetail { type_url: ErrorDetail::TYPE_URL, id, message }]);
    let body = RestError { code: failure.code.number(), message: &failure.message, details: detail };
    Reply::json(failure.status, &body)
}

/// An error over Connect: textual `code`, `type` without a prefix, and the detail as a message.
pub(super) fn connect_failure(failure: &Failure) -> Reply {
    let detail = failure.detail.map(|detail| {
        let value = STANDARD_NO_PAD.encode(ProtoErrorDetail::from(detail).encode_to_vec());
        [ConnectErrorDetail { type_name: ErrorDetail::TYPE, value }]
    });
    let body = ConnectError { code: failure.code.name(), message: &failure.message, details: detail };
    Reply::json(failure.code.status(), &body)
}

/// The parser's own texts may quote what it met.
fn malformed(error: &serde_json::Error) -> Undecoded {
    Undecoded::Malformed(format!("malformed JSON object at line {} column {}", error.line(), error.column()).into())
}

struct NamedUser(String);

impl<'de> Deserialize<'de> for NamedUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UserRequestVisitor)
    }
}

/// A derived reader would take a list for the fields in their order.
struct UserRequestVisitor;

impl<'de> Visitor<'de> for UserRequestVisitor {
    type Value = NamedUser;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<NamedUser, A::Error> {
        let mut user_id: Option<Option<String>> = None;
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "userId" | "user_id" if user_id.is_some() => return Err(A::Error::duplicate_field("userId")),
                "userId" | "user_id" => user_id = Some(fields.next_value()?),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(NamedUser(user_id.flatten().unwrap_or_default()))
    }
}

#[derive(Serialize)]
struct RestError<'a> {
    code: u8,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[RestErrorDetail; 1]>,
}

#[derive(Serialize)]
struct RestErrorDetail {
    #[serde(rename = "@type")]
    type_url: &'static str,
    id: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct ConnectError<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[ConnectErrorDetail; 1]>,
}

#[derive(Serialize)]
struct ConnectErrorDetail {
    #[serde(rename = "type")]
    type_name: &'static str,
    value: String,
}
