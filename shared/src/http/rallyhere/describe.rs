//! The errors of this dialect as the description of the API tells them.

use serde_json::Value;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type, schema::SchemaType};

use super::{Answer, BAD_REQUEST, REQUEST_TOO_LARGE, Rejection, internal, unavailable};
use crate::{
    auth::{AuthError, Permission},
    http::{
        Refusal, Rejection as _, Reply, Request, RequestParts,
        describe::{DescribedRejection, Facts, Sample, distinct, example, one_of_texts},
    },
    identity::{DisplayName, PersonId, Platform, PlatformUserId},
    validation::{self, Fault, Fields, FromField, FromFields, Problems, Shape, Value as Field, datetime},
};

impl<E: Refusal<Answer = Answer>> DescribedRejection for Rejection<E> {
    fn refusals() -> Vec<(u16, &'static str)> {
        E::ALL.iter().map(|refusal| refusal.answer()).map(|answer| (answer.status, answer.code)).collect()
    }

    fn samples(facts: Facts) -> Vec<Sample> {
        let request = Request::new(RequestParts { request_id: "JKJaXmPLvHcESHA=".into(), ..RequestParts::default() });
        let reply = |rejection: Self| rejection.into_reply(&request);
        let mut replies: Vec<_> = E::ALL.iter().map(|refusal| reply(Self::Refused(*refusal))).collect();
        replies.extend(AUTH_ERRORS.map(|error| reply(Self::Auth(error))));
        if facts.access.forbids() {
            replies.push(reply(Self::Forbidden(Permission::CREATE_USER.refusal())));
        }
        replies.extend([
            BAD_REQUEST.reply(),
            REQUEST_TOO_LARGE.reply(),
            internal(request.id()),
            unavailable(request.id()),
        ]);
        let mut samples: Vec<_> = replies.into_iter().map(|reply| named("/error_code", reply)).collect();
        if facts.validates {
            let invalid =
                problems().into_iter().map(|problems| named("/detail/0/type", reply(Self::Invalid(problems))));
            samples.extend(invalid);
        }
        samples
    }

    fn body(samples: &[&Sample]) -> RefOr<Schema> {
        let bodies: Vec<_> = samples.iter().map(|sample| sample.body()).collect();
        if bodies.iter().all(|body| body.get("detail").is_some()) {
            return validation_error(samples.iter().map(|sample| sample.name.as_str()));
        }
        let successes = distinct(bodies.iter().filter_map(|body| body.get("auth_success").cloned()));
        let text = || ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("auth_success", ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some(successes)))
            .property("error_code", one_of_texts(samples.iter().map(|sample| sample.name.as_str())))
            .property("desc", text())
            .required("auth_success")
            .required("error_code")
            .required("desc")
            .into()
    }

    fn component(status: u16, facts: Facts) -> Option<&'static str> {
        match status {
            403 if facts.access.forbids() => Some("RallyHereForbidden"),
            403 => Some("RallyHereUnauthenticated"),
            413 => Some("RallyHereTooLarge"),
            422 => Some("RallyHereInvalid"),
            500 => Some("RallyHereInternalError"),
            503 => Some("RallyHereUnavailable"),
            _ => None,
        }
    }
}

/// One of each, with the details that they are answered with.
const AUTH_ERRORS: [AuthError; 10] = [
    AuthError::TokenFormat("missing"),
    AuthError::NotJwt,
    AuthError::MalformedAccess,
    AuthError::InvalidVersion,
    AuthError::InvalidKeyId,
    AuthError::SignatureInvalid,
    AuthError::Expired,
    AuthError::InvalidClaim("aud"),
    AuthError::InvalidType,
    AuthError::Unknown,
];

/// The reply under the name that stands at this place of its body.
fn named(place: &str, reply: Reply) -> Sample {
    let body = example(reply.text().unwrap_or_default());
    Sample { name: body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned(), reply }
}

/// A problem of each type, found where it is.
fn problems() -> Vec<Problems> {
    let beside = |field: &str| format!(r#"{{"platform":"Steam",{field}}}"#);
    let long = "x".repeat(DisplayName::MAX_CHARS + 1);
    let bodies = [
        "{}".to_owned(),
        r#"{"platform":null}"#.to_owned(),
        r#"{"platform":"Xbox"}"#.to_owned(),
        beside(r#""platform_user_id":"""#),
        beside(&format!(r#""display_name":"{long}""#)),
        beside(r#""display_name":{}"#),
        beside(r#""person_id":"7""#),
        beside(r#""suggested_purge_time":"2025-03-25""#),
        beside(r#""suggested_purge_time":"nan""#),
        beside(r#""suggested_purge_time":[]"#),
        "[1]".to_owned(),
        "{".to_owned(),
    ];
    bodies.iter().filter_map(|body| validation::body::<Everything>(body.as_bytes(), None).err()).collect()
}

/// A field of every shape.
struct Everything;

impl FromFields for Everything {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let platform = fields.required::<Platform>("platform");
        let _ = fields.optional::<PlatformUserId>("platform_user_id");
        let _ = fields.optional::<DisplayName>("display_name");
        let _ = fields.optional::<PersonId>("person_id");
        let _ = fields.optional::<Moment>("suggested_purge_time");
        platform.map(|_| Self)
    }
}

struct Moment;

impl FromField for Moment {
    const SHAPE: Shape = Shape::DateTime;

    fn from_field(value: &Field<'_>) -> Result<Self, Fault> {
        datetime(value).map(|_| Self)
    }
}

/// FastAPI's `HTTPValidationError`, with pydantic's context.
fn validation_error<'t>(types: impl Iterator<Item = &'t str>) -> RefOr<Schema> {
    let of = |kind: Type| ObjectBuilder::new().schema_type(kind);
    let step = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Integer]));
    let context = of(Type::Object)
        .property("limit_value", of(Type::Integer))
        .property("enum_values", ArrayBuilder::new().items(of(Type::String)))
        .property("error", of(Type::String));
    let problem = of(Type::Object)
        .property("loc", ArrayBuilder::new().items(step))
        .property("msg", of(Type::String))
        .property("type", one_of_texts(types))
        .property("ctx", context)
        .property("input", of(Type::Object))
        .required("loc")
        .required("msg")
        .required("type");
    let problems = ArrayBuilder::new().items(problem).min_items(Some(1));
    of(Type::Object).property("detail", problems).required("detail").into()
}
