//! The JSON of REST and Connect. Successes are the same in both, errors differ.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use prost::Message;
use serde::{
    Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::{
    failure::{ErrorDetail, Failure, WireProblem},
    messages::ProtoErrorDetail,
};
use crate::http::Reply;

/// Accepts the body of a REST request: nothing, or any object. The path names the user.
pub(super) fn accept_object(body: &[u8]) -> Result<(), WireProblem> {
    if body.is_empty() {
        return Ok(());
    }
    text_of(&[], body).map(drop)
}

/// The `userId` of a Connect request. An absent or null one is empty, as in every proto3 message.
pub(super) fn user_id(body: &[u8]) -> Result<String, WireProblem> {
    text_of(&["userId", "user_id"], body)
}

/// An error over REST: `code` is a number, and `@type` has its prefix
/// (docs/contract/zitadel.md, "Errors over REST").
pub(super) fn rest_failure(failure: &Failure) -> Reply {
    let detail =
        failure.detail.map(|ErrorDetail { id, message }| [RestDetail { type_url: ErrorDetail::TYPE_URL, id, message }]);
    let body = RestBody { code: failure.code.number(), message: &failure.message, details: detail };
    Reply::json(failure.status, &body)
}

/// An error over Connect: `code` is a name, `type` has no prefix, and the detail is an encoded
/// message (docs/contract/zitadel.md, "Errors over Connect").
pub(super) fn connect_failure(failure: &Failure) -> Reply {
    let detail = failure.detail.map(|detail| {
        let value = STANDARD_NO_PAD.encode(ProtoErrorDetail::from(detail).encode_to_vec());
        [ConnectDetail { type_name: ErrorDetail::TYPE, value }]
    });
    let body = ConnectBody { code: failure.code.name(), message: &failure.message, details: detail };
    Reply::json(failure.status, &body)
}

/// The text of the only field with one of these names. All other fields of the object are skipped.
fn text_of(names: &[&str], body: &[u8]) -> Result<String, WireProblem> {
    // The parser would also skip over bytes that are not UTF-8.
    let body = str::from_utf8(body).map_err(|_| WireProblem::Malformed("malformed JSON object: not UTF-8".into()))?;
    let mut parser = serde_json::Deserializer::from_str(body);
    let text = parser.deserialize_map(FieldVisitor { names }).and_then(|text| parser.end().map(|()| text));
    text.map_err(|error| malformed(&error))
}

/// A fixed text, because the parser's own text may quote the body.
fn malformed(error: &serde_json::Error) -> WireProblem {
    WireProblem::Malformed(format!("malformed JSON object at line {} column {}", error.line(), error.column()).into())
}

/// Written by hand, because a derived reader would also accept an array of the fields.
struct FieldVisitor<'a> {
    names: &'a [&'a str],
}

impl<'de> Visitor<'de> for FieldVisitor<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<String, A::Error> {
        let mut text: Option<Option<String>> = None;
        while let Some(name) = fields.next_key::<String>()? {
            if !self.names.contains(&name.as_str()) {
                fields.next_value::<IgnoredAny>()?;
            } else if text.is_some() {
                return Err(A::Error::custom("the field is there twice"));
            } else {
                text = Some(fields.next_value()?);
            }
        }
        Ok(text.flatten().unwrap_or_default())
    }
}

#[derive(Serialize)]
struct RestBody<'a> {
    code: u8,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[RestDetail; 1]>,
}

#[derive(Serialize)]
struct RestDetail {
    #[serde(rename = "@type")]
    type_url: &'static str,
    id: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct ConnectBody<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[ConnectDetail; 1]>,
}

#[derive(Serialize)]
struct ConnectDetail {
    #[serde(rename = "type")]
    type_name: &'static str,
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_body_is_one_object_with_one_text_for_the_user() {
        for body in
            [r#"{"user_id":"ok"}"#, r#" {"x":[{"userId":1}],"userId":"ok","":null} "#, r#"{"user\u0049d":"ok"}"#]
        {
            assert_eq!(user_id(body.as_bytes()).unwrap(), "ok", "{body}");
        }
        let wrong = [
            "",
            "null",
            "[]",
            r#"["ok"]"#,
            r#""ok""#,
            "1",
            "{",
            "{}{}",
            r#"{"userId":1}"#,
            r#"{"userId":["ok"]}"#,
            r#"{"userId":{}}"#,
            r#"{"userId":true}"#,
            r#"{"userId":"ok","userId":"ok"}"#,
            r#"{"userId":"alice","user_id":"alice"}"#,
            r#"{"userId":null,"userId":"ok"}"#,
            r#"{"userId":"\ud800"}"#,
            r#"{"userId":"ok",}"#,
        ];
        for body in wrong {
            let Err(WireProblem::Malformed(text)) = user_id(body.as_bytes()) else { panic!("{body} is read") };
            assert!(text.starts_with("malformed JSON object at line 1 column "), "{text}");
        }
        assert!(user_id(b"{\"userId\":\"\xFF\"}").is_err());
    }

    #[test]
    fn a_rest_body_is_nothing_or_one_object_of_anything() {
        for body in ["", "{}", r#" {"userId":1,"userId":{},"x":[{"":null}]} "#] {
            assert_eq!(accept_object(body.as_bytes()), Ok(()), "{body}");
        }
        for body in [" ", "null", "[]", r#""ok""#, "1", "{", "{}{}", r#"{"x":}"#, r#"{"x":[1}"#, r#"{"x":1,}"#] {
            let Err(WireProblem::Malformed(text)) = accept_object(body.as_bytes()) else { panic!("{body} is read") };
            assert!(text.starts_with("malformed JSON object at line 1 column "), "{text}");
        }
        assert!(accept_object(b"{\"x\":\"\xFF\"}").is_err());
    }
}
