//! The errors of this dialect in the description of the API.

use serde_json::Value;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, Type, schema::SchemaType};

use super::{ApiError, INVALID, Rejection, internal, unavailable};
use crate::{
    auth::{Permission, TokenProblem},
    http::{
        Audit, Refusal, Rejection as _, Reply, Request, RequestParts,
        describe::{DescribedRejection, ErrorBody, Facts, Sample, Schemas, example},
    },
    identity::{DisplayName, PersonId, Platform, PlatformUserId},
    validation::{self, FieldProblem, Fields, FromField, FromFields, Problems, Shape, Value as Field, datetime},
};

impl<E: Refusal<Error = ApiError>> DescribedRejection for Rejection<E> {
    fn refusals() -> Vec<(u16, &'static str)> {
        E::ALL.iter().map(|refusal| refusal.error()).map(|error| (error.status, error.code)).collect()
    }

    fn samples(facts: Facts) -> Vec<Sample> {
        let request = Request::new(RequestParts { request_id: "JKJaXmPLvHcESHA=".into(), ..RequestParts::default() });
        let reply = |rejection: Self| rejection.into_reply(&request, &mut Audit::default());
        let mut replies: Vec<_> = E::ALL.iter().map(|refusal| reply(Self::Refused(*refusal))).collect();
        if facts.access.takes_token() {
            replies.extend(AUTH_ERRORS.map(|error| reply(Self::Auth(error))));
        }
        if facts.access.forbids() {
            replies.push(reply(Self::Forbidden(Permission::CREATE_USER.refusal())));
        }
        replies.extend([
            ApiError::BAD_REQUEST.reply(),
            ApiError::REQUEST_TOO_LARGE.reply(),
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

    fn body(samples: &[&Sample]) -> ErrorBody {
        let invalid = samples.iter().all(|sample| sample.reply.code == Some(INVALID));
        let (name, schemas) =
            if invalid { ("ValidationError", validation_error()) } else { ("RallyHereError", error()) };
        let codes = samples.iter().map(|sample| sample.name.as_str().into()).collect();
        ErrorBody { name, schemas, codes, ids: Vec::new() }
    }

    fn component(status: u16, facts: Facts) -> Option<&'static str> {
        match status {
            403 if !facts.access.takes_token() => None,
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

/// One error of each code, with the details of real replies.
const AUTH_ERRORS: [TokenProblem; 10] = [
    TokenProblem::TokenFormat("missing"),
    TokenProblem::NotJwt,
    TokenProblem::MalformedAccess,
    TokenProblem::InvalidVersion,
    TokenProblem::InvalidKeyId,
    TokenProblem::SignatureInvalid,
    TokenProblem::Expired,
    TokenProblem::InvalidClaim("aud"),
    TokenProblem::InvalidType,
    TokenProblem::Unknown,
];

/// A sample, named by the text at this place of the reply's body.
pub(super) fn named(place: &str, reply: Reply) -> Sample {
    let body = example(reply.text().unwrap_or_default());
    Sample { name: body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned(), reply }
}

/// One problem of each type, produced by reading an invalid body.
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
        beside(r#""include_refresh":2"#),
        "[1]".to_owned(),
        "{".to_owned(),
    ];
    bodies.iter().filter_map(|body| validation::body::<Everything>(body.as_bytes(), None).err()).collect()
}

/// A request model with a field of every shape.
struct Everything;

impl FromFields for Everything {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let platform = fields.required::<Platform>("platform");
        let _ = fields.optional::<PlatformUserId>("platform_user_id");
        let _ = fields.optional::<DisplayName>("display_name");
        let _ = fields.optional::<PersonId>("person_id");
        let _ = fields.optional::<Moment>("suggested_purge_time");
        let _ = fields.or_default("include_refresh", false);
        platform.map(|_| Self)
    }
}

struct Moment;

impl FromField for Moment {
    const SHAPE: Shape = Shape::DateTime;

    fn from_field(value: &Field<'_>) -> Result<Self, FieldProblem> {
        datetime(value).map(|_| Self)
    }
}

/// The schema of this dialect's error.
fn error() -> Schemas {
    let success = "Whether the token is accepted. Public clients refresh their token if not.";
    let error = object("The reason why a request was refused. `x-errors` of a response lists each `error_code` in it.")
        .property("auth_success", of(Type::Boolean).description(Some(success)))
        .property("error_code", of(Type::String))
        .property("desc", of(Type::String).description(Some("The reason in words, for humans.")));
    let error = ["auth_success", "error_code", "desc"].into_iter().fold(error, ObjectBuilder::required);
    vec![("RallyHereError".into(), error.into())]
}

/// The schema of FastAPI's `HTTPValidationError`, with pydantic's context.
fn validation_error() -> Schemas {
    let step = of(Type::String).schema_type(SchemaType::from_iter([Type::String, Type::Integer]));
    let context = object("The limit or the allowed values, for types that have one.")
        .property("limit_value", of(Type::Integer))
        .property("enum_values", ArrayBuilder::new().items(of(Type::String)))
        .property("error", of(Type::String));
    let problem = object("A problem and its place. `x-errors` of a response lists each `type` in it.")
        .property("loc", ArrayBuilder::new().items(step))
        .property("msg", of(Type::String))
        .property("type", of(Type::String))
        .property("ctx", Ref::from_schema_name("ValidationContext"))
        .property("input", ObjectBuilder::new().schema_type(SchemaType::AnyValue));
    let problem = ["loc", "msg", "type"].into_iter().fold(problem, ObjectBuilder::required);
    let problems = ArrayBuilder::new().items(Ref::from_schema_name("ValidationProblem")).min_items(Some(1));
    let error = object("Input that is not valid.").property("detail", problems).required("detail");
    vec![
        ("ValidationError".into(), error.into()),
        ("ValidationProblem".into(), problem.into()),
        ("ValidationContext".into(), context.into()),
    ]
}

pub(super) fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

fn object(description: &str) -> ObjectBuilder {
    of(Type::Object).description(Some(description))
}
