//! This dialect in the description of the API.

use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type, schema::SchemaType},
};

use super::{
    ApiError, DetailsBody, NOT_PERMITTED, Rejection, USER_ID_CHARS, Unauthenticated, UserBody, WireProblem,
    bad_request, failure::ErrorDetail, internal, json::accept_object, models::state_name, too_large, unavailable,
};
use crate::{
    auth::Permission,
    http::{
        Audit, Refusal, Rejection as _, Request, RequestParts,
        describe::{DescribedRejection, ErrorBody, Facts, Media, Operation, Sample, Schemas, example, one_of_texts},
    },
    identity::UserState,
};

const TAG: &str = "User state";
const USER: &str = "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e";
const CHANGED: &str = "The user has changed.";
const SHOW: &str = "Show a user";
const SHOW_TEXT: &str = "Shows a user and its state. Its names are the display name, or the `userId` if it has none.";
const SHOWN: &str = "The user.";

/// The description of a state change over REST.
pub fn change(message: &'static str, summary: &'static str, text: &'static str) -> Operation {
    let body = "An object, whose members are ignored: the path names the user. A message of gRPC-Web is read the same way and answered \
         as gRPC-Web. Either may be compressed with gzip.";
    let mut operation = user_operation(message, summary, text);
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some("An object with any members."));
    let object = operation.named_schema("EmptyRequest", object);
    let details = operation.refers_to::<DetailsBody>();
    operation
        .takes(
            false,
            body,
            [
                ("application/json", object, Some(json!({}))),
                binary("application/grpc-web"),
                binary("application/grpc-web+proto"),
            ],
        )
        .answers(
            200,
            CHANGED,
            [("application/json", details, Some(example(DetailsBody::EXAMPLE))), binary("application/grpc-web+proto")],
        )
        .then("get-user", &[("userId", "$request.path.userId")])
}

/// The description of the same change as a call.
pub fn change_call(message: &'static str, summary: &'static str, text: &'static str) -> Operation {
    call::<DetailsBody>(Operation::new(TAG, summary, text).named(message), CHANGED, DetailsBody::EXAMPLE)
}

/// The description of showing a user over REST.
pub fn show(message: &'static str) -> Operation {
    user_operation(message, SHOW, SHOW_TEXT).replies::<UserBody<'_>>(200, SHOWN, UserBody::EXAMPLE)
}

/// The description of the same as a call.
pub fn show_call(message: &'static str) -> Operation {
    let operation = Operation::new(TAG, SHOW, SHOW_TEXT).named(message);
    call::<UserBody<'_>>(operation, SHOWN, UserBody::EXAMPLE)
}

/// A call about one user: Connect with JSON or Protocol Buffers, or gRPC-Web.
fn call<B: ToSchema>(mut operation: Operation, answer: &'static str, body: &'static str) -> Operation {
    let id = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(USER_ID_CHARS));
    let request = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The user of a call."))
        .property("userId", id)
        .required("userId");
    let request = operation.named_schema("UserRequest", request);
    let answered = operation.refers_to::<B>();
    operation
        .takes(
            true,
            "The message of `zitadel.user.v2.UserService`, which may be compressed with gzip. gRPC-Web always answers \
             HTTP 200; the status is in the body.",
            [
                ("application/json", request, Some(json!({ "userId": USER }))),
                binary("application/proto"),
                binary("application/grpc-web"),
                binary("application/grpc-web+proto"),
            ],
        )
        .answers(
            200,
            answer,
            [
                ("application/json", answered, Some(example(body))),
                binary("application/proto"),
                binary("application/grpc-web+proto"),
            ],
        )
}

/// A body of Protocol Buffers, in a frame or not.
fn binary(content_type: &'static str) -> Media {
    let bytes = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("binary".into())));
    (content_type, bytes.into(), None)
}

/// An operation on the user in the path. `message` is the name of the request message, for errors.
fn user_operation(message: &'static str, summary: &'static str, text: &'static str) -> Operation {
    let operation = Operation::new(TAG, summary, text).named(message);
    operation.path_text("userId", USER_ID_CHARS, "The user: its `player_uuid`.", USER)
}

impl<E: Refusal<Error = ApiError>> DescribedRejection for Rejection<E> {
    fn refusals() -> Vec<(u16, &'static str)> {
        E::ALL.iter().map(|refusal| refusal.error()).map(|error| (error.code.status(), error.id)).collect()
    }

    fn samples(facts: Facts) -> Vec<Sample> {
        let request = request(facts, "application/json");
        let sample = |name: &str, rejection: Self| Sample {
            name: name.to_owned(),
            reply: rejection.into_reply(&request, &mut Audit::default()),
        };
        let mut samples: Vec<_> =
            E::ALL.iter().map(|refusal| sample(refusal.error().id, Self::Refused(*refusal))).collect();
        samples.push(sample("invalid_user_id", Self::InvalidUserId(facts.message)));
        samples.push(Sample { name: "bad_request".to_owned(), reply: bad_request(&request) });
        samples.extend(Unauthenticated::ALL.map(|reason| {
            let name = reason.failure().detail.map_or("no_token", |detail| detail.id);
            sample(name, Self::Unauthenticated(reason))
        }));
        samples.push(sample(NOT_PERMITTED.id, Self::Forbidden(Permission::WRITE_STATE.refusal())));
        if facts.reads_body {
            samples.extend(accept_object(b"{").err().map(|malformed| sample("malformed_body", malformed.into())));
            let unsupported = Self::from(WireProblem::ContentType)
                .into_reply(&self::request(facts, "application/grpc"), &mut Audit::default());
            samples.push(Sample { name: "unsupported_content_type".to_owned(), reply: unsupported });
        }
        if facts.is_call {
            samples.push(sample("unsupported_compression", WireProblem::Compressed.into()));
        }
        samples.push(Sample { name: "request_too_large".to_owned(), reply: too_large(&request) });
        samples.push(Sample { name: "internal".to_owned(), reply: internal(&request) });
        samples.push(Sample { name: "unavailable".to_owned(), reply: unavailable(&request) });
        samples
    }

    fn body(samples: &[&Sample]) -> ErrorBody {
        let bodies: Vec<_> = samples.iter().map(|sample| sample.body()).collect();
        let all = |place: &str| bodies.iter().filter_map(|body| body.pointer(place).cloned()).collect();
        ErrorBody { name: "ZitadelError", schemas: error(), codes: all("/code"), ids: all("/details/0/id") }
    }

    fn component(status: u16, facts: Facts) -> Option<&'static str> {
        let (rest, call) = match status {
            401 => ("ZitadelUnauthenticated", "ConnectUnauthenticated"),
            403 => ("ZitadelForbidden", "ConnectForbidden"),
            413 => ("ZitadelTooLarge", "ConnectTooLarge"),
            415 => ("ZitadelUnsupportedContentType", "ConnectUnsupportedContentType"),
            429 => ("ZitadelTooManyRequests", "ConnectTooManyRequests"),
            500 => ("ZitadelInternalError", "ConnectInternalError"),
            503 => ("ZitadelUnavailable", "ConnectUnavailable"),
            _ => return None,
        };
        Some(if facts.is_call { call } else { rest })
    }
}

impl PartialSchema for UserState {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.iter().map(|state| state_name(*state));
        one_of_texts(names).description(Some("The state of a user: only an active one may log in.")).into()
    }
}

impl ToSchema for UserState {}

fn request(facts: Facts, content_type: &str) -> Request {
    let path = if facts.is_call { "/zitadel.user.v2.UserService/" } else { "/v2/users/" };
    Request::new(RequestParts {
        request_id: "JKJaXmPLvHcESHA=".into(),
        method: "POST".into(),
        path: path.into(),
        content_type: Some(content_type.into()),
        ..RequestParts::default()
    })
}

/// The schema of this dialect's error, over REST and over Connect.
fn error() -> Schemas {
    let text = |words: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(words));
    let object = |words: &str| text(words).schema_type(Type::Object);
    // Python generators cannot distinguish `@type` from `type`, so both are described in prose.
    let detail = object(&format!(
        "The detail of an error. Over REST it also has `@type`, which is `{}`; over Connect it has `type`, which is `{}`.",
        ErrorDetail::TYPE_URL,
        ErrorDetail::TYPE
    ))
    .property("id", text("Over REST: the id. `x-errors` of a response lists each id in it."))
    .property("message", text("Over REST: the message without the id."))
    .property("value", text("Over Connect: both, as a Protocol Buffers message in base64."));
    let code =
        "The gRPC code: its number over REST, its name over Connect. `x-errors` of a response lists each code in it.";
    let details = ArrayBuilder::new().items(Ref::from_schema_name("ZitadelErrorDetail"));
    let error = object("The reason why a request was refused.")
        .property("code", text(code).schema_type(SchemaType::from_iter([Type::Integer, Type::String])))
        .property("message", text("The reason in words, for humans."))
        .property("details", details.min_items(Some(1)).max_items(Some(1)))
        .required("code")
        .required("message");
    vec![("ZitadelError".into(), error.into()), ("ZitadelErrorDetail".into(), detail.into())]
}
