//! Schemas of what is read, from the fields that read it, and of the domain's types, as they are written.

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

/// An example written as JSON. What is not JSON becomes a text, which no schema of ours takes for a body.
pub(in crate::http) fn example(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}

/// A value of a path or query, where everything is text.
pub(super) fn of_text(shape: Shape, schemas: &mut Schemas) -> RefOr<Schema> {
    match shape {
        Shape::Text { min_chars, max_chars } => limited(string(), min_chars, max_chars).into(),
        Shape::OneOf { name, values } => listed(name, values, schemas),
        Shape::Uuid => formatted("uuid").into(),
        Shape::DateTime => formatted("date-time").into(),
    }
}

/// A JSON body, by reference: the object alone. Generators make nothing, or nonsense, of what else counts as one.
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

/// What else counts as an empty object: Python makes a dictionary of `""` and `[]`, and so do we.
pub(super) fn of_nothing<T: FromFields>(required: bool) -> &'static str {
    let fields = Fields::of::<T>();
    match required {
        _ if fields.iter().any(|field| field.required) => "",
        true => r#"`""` and `[]` count as `{}`."#,
        false => r#"No body, `null`, `""` and `[]` count as `{}`."#,
    }
}

/// A field of a JSON body: what a client should send, and in prose what else is taken for it.
fn of_field(field: Field, schemas: &mut Schemas) -> RefOr<Schema> {
    let text = |object: Object, words: &str| {
        let types: SchemaType = [Type::String].into_iter().chain((!field.required).then_some(Type::Null)).collect();
        ObjectBuilder::from(object).schema_type(types).description(Some(words)).into()
    };
    match field.shape {
        Shape::Text { min_chars, max_chars } => text(
            limited(string(), min_chars, max_chars),
            "A number or a boolean counts as the text that Python's `str()` makes of it.",
        ),
        Shape::Uuid => {
            text(formatted("uuid"), "Dashes may be left out; capitals, braces and `urn:uuid:` are read as well.")
        }
        Shape::OneOf { name, values } if field.required => listed(name, values, schemas),
        Shape::OneOf { name, values } => AnyOfBuilder::new()
            .item(listed(name, values, schemas))
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .into(),
        Shape::DateTime => text(
            formatted("date-time"),
            "Unix time in seconds, or in milliseconds if it is large, is read as well: as a number, or as text.",
        ),
    }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
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
    /// The id that a platform gave an account. Characters are counted, not bytes.
    PlatformUserId => limited(string(), PlatformUserId::MIN_CHARS, PlatformUserId::MAX_CHARS);
    /// The name that others see. Characters are counted, not bytes.
    DisplayName => limited(string(), DisplayName::MIN_CHARS, DisplayName::MAX_CHARS);
    /// A person: a human, with at most one account on each platform. Random; a player who returns after a purge is a new one.
    PersonId => formatted("uuid");
    /// The player of one platform user, and its `userId`. Random.
    PlayerUuid => formatted("uuid");
    /// The older, integer name of a player.
    PlayerId => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(PlayerId::MAX)).build();
    /// How far a purge is.
    PurgeStatus => string().enum_values(Some(PurgeStatus::ALL.iter().map(|status| status.as_str()))).build();
    /// A second, UTC.
    Second => formatted("date-time");
    /// A moment, UTC.
    Timestamp => formatted("date-time");
}
