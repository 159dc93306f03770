//! The encodings of requests and their answers
//! (docs/contract/zitadel.md, "Content types and compression").

use std::borrow::Cow;

use http::header::CONTENT_ENCODING;
use prost::Message;

use super::{
    failure::{Failure, WireProblem},
    grpc_web, gzip, json,
    messages::{GetUserByIdResponse, UserRequest, UserResponse},
    models::{DetailsBody, UserBody, name_of},
};
use crate::{
    http::{GRPC_ENCODING, Reply, ReplyBody, Request},
    identity::PlatformUser,
};

/// The encoding of a request and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// JSON as on ZITADEL's REST paths.
    Rest,
    /// Connect with JSON.
    ConnectJson,
    /// Connect with Protocol Buffers; errors are JSON.
    ConnectProto,
    /// gRPC-Web with Protocol Buffers: HTTP is always 200, and the status is in the body.
    GrpcWeb,
}

/// The content types of calls, for `Accept-Post`.
pub(super) const ACCEPT_POST: &str =
    "application/json, application/proto, application/grpc-web, application/grpc-web+proto";

/// The way in which a path of this dialect names the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As a resource: the segments `v2/users`.
    Rest,
    /// As a call over Connect or gRPC-Web: a segment that begins with `zitadel.`.
    Call,
}

impl Style {
    /// The style of a path. `None` for a path of another dialect. If both styles occur, the last
    /// one counts: the part before it is the base path of a custom domain.
    pub fn of(path: &str) -> Option<Self> {
        let mut after = None;
        path.rsplit('/').find_map(|segment| {
            let style = match (segment, after) {
                ("v2", Some("users")) => Some(Self::Rest),
                _ => segment.starts_with("zitadel.").then_some(Self::Call),
            };
            after = Some(segment);
            style
        })
    }
}

/// Whether a path belongs to calls over Connect and gRPC-Web, not to REST.
pub fn is_call(path: &str) -> bool {
    Style::of(path) == Some(Style::Call)
}

impl Wire {
    /// The encoding of a request. `None` if it is not supported.
    pub fn of(request: &Request) -> Option<Self> {
        Self::of_parts(request.method(), request.route(), request.content_type())
    }

    /// Only a POST has a body, and so an encoding. Content types are compared without parameters
    /// and in any case.
    fn of_parts(method: &str, path: &str, content_type: Option<&str>) -> Option<Self> {
        let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        match (is_call(path), method, essence.as_str()) {
            (false, method, _) if method != "POST" => Some(Self::Rest),
            (true, method, _) if method != "POST" => None,
            (_, _, "application/grpc-web" | "application/grpc-web+proto") => Some(Self::GrpcWeb),
            (true, _, "application/json") => Some(Self::ConnectJson),
            (true, _, "application/proto") => Some(Self::ConnectProto),
            (true, _, _) => None,
            (false, _, grpc) if grpc == "application/grpc" || grpc.starts_with("application/grpc+") => None,
            (false, ..) => Some(Self::Rest),
        }
    }

    /// The encoding of the answer: that of the request, or REST if the request's is not supported.
    pub(super) fn of_answer(request: &Request) -> Self {
        Self::of(request).unwrap_or(Self::Rest)
    }

    /// The `userId` of a request, not validated: from the path if the route has one, otherwise from
    /// the body.
    pub(super) fn user_id(request: &Request) -> Result<Cow<'_, str>, WireProblem> {
        let wire = Self::of(request).ok_or(WireProblem::ContentType)?;
        // Only a POST has a body.
        let named = if request.method() == "POST" { wire.read(request)? } else { String::new() };
        if is_call(request.route()) {
            Ok(Cow::Owned(named))
        } else {
            Ok(Cow::Borrowed(request.raw_path_parameter("userId")))
        }
    }

    fn read(self, request: &Request) -> Result<String, WireProblem> {
        let body = match self {
            // The message inside the frame is compressed, not the body around it.
            Self::GrpcWeb if request.encoding(&CONTENT_ENCODING).is_some() => return Err(WireProblem::Compressed),
            Self::GrpcWeb => grpc_web::message(request.body(), is_gzip(request.encoding(&GRPC_ENCODING))?)?,
            // REST ignores `Content-Encoding`: some clients write a charset there, and proxies keep
            // the header after decompressing.
            Self::Rest if gzip::is_gzip(request.body()) => Cow::Owned(gzip::expanded(request.body())?),
            Self::ConnectJson | Self::ConnectProto if is_gzip(request.encoding(&CONTENT_ENCODING))? => {
                Cow::Owned(gzip::expanded(request.body())?)
            }
            Self::Rest | Self::ConnectJson | Self::ConnectProto => Cow::Borrowed(request.body()),
        };
        match self {
            Self::Rest => json::accept_object(&body).map(|()| String::new()),
            Self::ConnectJson => json::user_id(&body),
            Self::ConnectProto | Self::GrpcWeb => message(&body),
        }
    }

    /// The answer after a change of a user.
    pub(super) fn changed(self, user: &PlatformUser) -> Reply {
        match self {
            Self::Rest | Self::ConnectJson => Reply::json(200, &DetailsBody { details: user.into() }),
            Self::ConnectProto | Self::GrpcWeb => self.message(&UserResponse::from(user)),
        }
    }

    /// The answer that shows a user.
    pub(super) fn shown(self, user: &PlatformUser) -> Reply {
        match self {
            Self::Rest | Self::ConnectJson => Reply::json(200, &UserBody::of(user, &name_of(user))),
            Self::ConnectProto | Self::GrpcWeb => self.message(&GetUserByIdResponse::from(user)),
        }
    }

    /// A success with this message.
    fn message(self, message: &impl Message) -> Reply {
        if self == Self::GrpcWeb {
            bytes("application/grpc-web+proto", grpc_web::success(message))
        } else {
            bytes("application/proto", message.encode_to_vec())
        }
    }

    /// The answer for an error.
    pub(super) fn failure(self, failure: &Failure) -> Reply {
        let reply = match self {
            Self::Rest => json::rest_failure(failure),
            Self::ConnectJson | Self::ConnectProto => json::connect_failure(failure),
            Self::GrpcWeb => {
                bytes("application/grpc-web+proto", grpc_web::failure(failure)).with_outcome(failure.status)
            }
        };
        let reply = reply.with_code(failure.code.name());
        match &failure.header {
            // The header belongs to the HTTP status, which is always 200 here.
            Some(_) if self == Self::GrpcWeb => reply,
            Some((name, value)) => reply.with_header(name, value.clone()),
            None => reply,
        }
    }
}

/// Whether a message is compressed with gzip. Other compressions are not supported.
fn is_gzip(encoding: Option<&str>) -> Result<bool, WireProblem> {
    match encoding {
        None => Ok(false),
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => Ok(true),
        Some(_) => Err(WireProblem::Compressed),
    }
}

fn message(bytes: &[u8]) -> Result<String, WireProblem> {
    let request = UserRequest::decode(bytes);
    request
        .map(|request| request.user_id)
        .map_err(|_| WireProblem::Malformed("malformed Protocol Buffers message".into()))
}

fn bytes(content_type: &'static str, body: Vec<u8>) -> Reply {
    Reply::empty(200).with_body(content_type, ReplyBody::Bytes(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_content_type_decide_the_encoding() {
        let (rest, call) = ("/v2/users/x/deactivate", "/zitadel.user.v2.UserService/DeactivateUser");
        let cases = [
            ("", Some(Wire::Rest), None),
            ("application/json", Some(Wire::Rest), Some(Wire::ConnectJson)),
            ("APPLICATION/JSON ; charset=utf-8", Some(Wire::Rest), Some(Wire::ConnectJson)),
            ("application/proto", Some(Wire::Rest), Some(Wire::ConnectProto)),
            ("application/grpc-web", Some(Wire::GrpcWeb), Some(Wire::GrpcWeb)),
            ("Application/gRPC-Web+Proto; x=y", Some(Wire::GrpcWeb), Some(Wire::GrpcWeb)),
            ("application/grpc", None, None),
            ("application/grpc+proto", None, None),
            ("Application/GRPC;x", None, None),
            ("application/grpc-web-text", Some(Wire::Rest), None),
            ("application/grpc-web+json", Some(Wire::Rest), None),
            ("application/connect+json", Some(Wire::Rest), None),
            ("application/json,application/json", Some(Wire::Rest), None),
            ("text/plain", Some(Wire::Rest), None),
        ];
        for (content_type, over_rest, as_call) in cases {
            assert_eq!(Wire::of_parts("POST", rest, Some(content_type)), over_rest, "{content_type}");
            assert_eq!(Wire::of_parts("POST", call, Some(content_type)), as_call, "{content_type}");
        }
        assert_eq!((Wire::of_parts("POST", rest, None), Wire::of_parts("POST", call, None)), (Some(Wire::Rest), None));
    }

    #[test]
    fn what_is_no_post_has_no_body_and_is_answered_as_rest() {
        for content_type in ["application/json", "application/grpc-web", "application/grpc"] {
            assert_eq!(Wire::of_parts("GET", "/v2/users/x", Some(content_type)), Some(Wire::Rest));
            assert_eq!(Wire::of_parts("GET", "/zitadel.user.v2.UserService/LockUser", Some(content_type)), None);
        }
    }
}
