//! Schemas: of requests, from the fields that read them, and of the domain's types, as they are
//! written.

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
        schema::{AnyOfBuilder, Object, SchemaType},
    },
};

use crate::{
    identity::{DisplayName, PersonId, Platform, PlatformUserId, PlayerId, PlayerUuid, PurgeStatus, Second, Timestamp},
    validation::{Field, Fields, FromFields, Shape},
};

/// Schemas by name.
pub(in crate::http) type Schemas = Vec<(String, RefOr<Schema>)>;

/// An example written as JSON. Invalid JSON becomes a string, which matches no schema of a body.
pub(in crate::http) fn example(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}

/// The schema of a path or query parameter, where every value is text.
pub(super) fn of_text(shape: Shape, schemas: &mut Schemas) -> RefOr<Schema> {
    match shape {
        Shape::Text { min_chars, max_chars } => limited(string(), min_chars, max_chars).into(),
        Shape::OneOf { name, values } => listed(name, values, schemas),
        Shape::Uuid => formatted("uuid").into(),
        Shape::DateTime => formatted("date-time").into(),
        Shape::Bool => boolean().into(),
    }
}

/// The schema of a JSON body, by reference. It covers objects only: generators cannot use a schema
/// that also covers the other values that count as one.
pub(super) fn of_body<T: FromFields>(name: &str, schemas: &mut Schemas) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for field in Fields::of::<T>() {
        object = object.property(field.name, of_field(field, schemas));
        if field.required {
            object = object.required(field.name);
        }
    }
    schemas.push((name.to_owned(), object.into()));
    Ref::from_schema_name(name).into()
}

/// The description of other values that count as an empty object: as in Python, `dict("")` and
/// `dict([])` are empty.
pub(super) fn of_nothing<T: FromFields>(required: bool) -> &'static str {
    let fields = Fields::of::<T>();
    match required {
        _ if fields.iter().any(|field| field.required) => "",
        true => r#"`""` and `[]` count as `{}`."#,
        false => r#"No body, `null`, `""` and `[]` count as `{}`."#,
    }
}

/// The schema of a field. It covers what clients should send; the description names what else is
/// accepted.
fn of_field(field: Field, schemas: &mut Schemas) -> RefOr<Schema> {
    let typed = |kind: Type, object: Object, words: &str| {
        let types: SchemaType = [kind].into_iter().chain(field.nullable.then_some(Type::Null)).collect();
        ObjectBuilder::from(object).schema_type(types).description(Some(words)).into()
    };
    let text = |object: Object, words: &str| typed(Type::String, object, words);
    match field.shape {
        Shape::Text { min_chars, max_chars } => text(
            limited(string(), min_chars, max_chars),
            "A number or a boolean counts as the text that Python's `str()` makes of it.",
        ),
        Shape::Uuid => {
            text(formatted("uuid"), "Dashes may be left out. Capitals, braces and `urn:uuid:` are accepted too.")
        }
        Shape::OneOf { name, values } if !field.nullable => listed(name, values, schemas),
        Shape::OneOf { name, values } => AnyOfBuilder::new()
            .item(listed(name, values, schemas))
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .into(),
        Shape::DateTime => text(
            formatted("date-time"),
            "Unix time is accepted too, as a number or as text: in seconds, or in milliseconds if it is large.",
        ),
        Shape::Bool => typed(
            Type::Boolean,
            boolean(),
            "`0` and `1` are accepted too, and as texts in any case: `0`, `off`, `f`, `false`, `n`, `no`, `1`, `on`, `t`, \
             `true`, `y`, `yes`.",
        ),
    }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn boolean() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).build()
}

fn formatted(format: &str) -> Object {
    string().format(Some(SchemaFormat::Custom(format.to_owned()))).build()
}

fn limited(object: ObjectBuilder, min_chars: usize, max_chars: usize) -> Object {
    object
        .min_length((min_chars > 0).then_some(min_chars))
        .max_length((max_chars < usize::MAX).then_some(max_chars))
        .build()
}

fn listed(name: &str, values: &[&str], schemas: &mut Schemas) -> RefOr<Schema> {
    schemas.push((name.to_owned(), string().enum_values(Some(values.iter().copied())).into()));
    Ref::from_schema_name(name).into()
}

macro_rules! written {
    ($($(#[doc = $doc:literal])* $type:ty => $schema:expr;)+) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let text: &[&str] = &[$($doc),*];
                let text = text.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
                ObjectBuilder::from($schema).description((!text.is_empty()).then_some(text)).into()
            }
        }

        impl ToSchema for $type {}
    )+};
}

written! {
    Platform => string().enum_values(Some(Platform::NAMES.iter().copied())).build();
    /// The account's id on its platform. Its length is counted in characters, not bytes.
    PlatformUserId => limited(string(), PlatformUserId::MIN_CHARS, PlatformUserId::MAX_CHARS);
    /// The name that others see. Its length is counted in characters, not bytes.
    DisplayName => limited(string(), DisplayName::MIN_CHARS, DisplayName::MAX_CHARS);
    /// A person: a human, with at most one account on each platform. The id is random; a player who
    /// returns after a purge gets a new one.
    PersonId => formatted("uuid");
    /// The player of one platform user, and its `userId`. Random.
    PlayerUuid => formatted("uuid");
    /// The older, integer id of a player.
    PlayerId => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(PlayerId::MAX)).build();
    /// The status of a purge.
    PurgeStatus => string().enum_values(Some(PurgeStatus::ALL.iter().map(|status| status.as_str()))).build();
    /// A time in UTC, in whole seconds.
    Second => formatted("date-time");
    /// A time in UTC, in milliseconds.
    Timestamp => formatted("date-time");
}
