use super::problem::{FieldProblem, Problem, Problems};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) type Values<'a> = BTreeMap<Cow<'a, str>, Value<'a>>;

/// A JSON value, as the reader of a field sees it. It has no `Debug`, because it holds what the
/// client sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The text of a number, so that no digit is lost.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array, with any content.
    Array,
    /// An object, with any content.
    Object,
    /// Bytes of a query that are not UTF-8.
    NotUtf8,
}

/// The form that a value of a request must have: the function that reads it, and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Read by [`text`](super::text).
    Text {
        /// The smallest number of characters.
        min_chars: usize,
        /// The largest number of characters. `usize::MAX` if only the body's size limits it.
        max_chars: usize,
    },
    /// Read by [`one_of`](super::one_of).
    OneOf {
        /// The name of the list of values.
        name: &'static str,
        /// The allowed values.
        values: &'static [&'static str],
    },
    /// Read by [`uuid`](super::uuid()).
    Uuid,
    /// Read by [`datetime`](super::datetime()).
    DateTime,
    /// Read by [`boolean`](super::boolean()).
    Bool,
}

/// A type that can be read from one value of a request.
pub trait FromField: Sized {
    /// The form of the value, for the description of the API.
    const SHAPE: Shape;

    /// Reads a value that is not `null`.
    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem>;
}

/// A type that can be read from the named values of one place.
pub trait FromFields: Sized {
    /// Reads every field first, and unwraps them with `?` only afterwards. So a 422 reports all
    /// problems together, and [`Fields::of`] finds every field.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// A field that a request model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name of the field on the wire.
    pub name: &'static str,
    /// Whether the field must be present.
    pub required: bool,
    /// Whether the field may be `null`.
    pub nullable: bool,
    /// The form of its value.
    pub shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    /// Absent and `null` are equal.
    Optional,
    /// Absent stands for the default.
    Defaulted,
}

/// The named values of one place (body or query), and the problems found while reading them.
pub struct Fields<'a> {
    place: &'static str,
    values: Values<'a>,
    problems: Vec<Problem>,
    /// The fields that were read. Recorded only for the description of the API.
    recorded: Option<Vec<Field>>,
}

impl Fields<'_> {
    /// The fields of a model, found by reading it, so that the description cannot differ from what
    /// is read.
    pub fn of<T: FromFields>() -> Vec<Field> {
        let mut fields = Self { recorded: Some(Vec::new()), ..Self::new("body", Values::new()) };
        let _nothing_is_there = T::from_fields(&mut fields);
        fields.recorded.unwrap_or_default()
    }
}

impl<'a> Fields<'a> {
    pub(super) fn new(place: &'static str, values: Values<'a>) -> Self {
        Self { place, values, problems: Vec::new(), recorded: None }
    }

    /// Reads a required field. `None` after noting a problem.
    pub fn required<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        self.record::<T>(name, Presence::Required);
        let reading = match self.values.get(name) {
            None => Err(FieldProblem::missing()),
            Some(Value::Null) => Err(FieldProblem::null()),
            Some(Value::NotUtf8) => Err(FieldProblem::not_utf8()),
            Some(value) => T::from_field(value),
        };
        self.noted(name, reading)
    }

    /// Reads a field that may be absent or `null`. `None` after noting a problem.
    pub fn optional<T: FromField>(&mut self, name: &'static str) -> Option<Option<T>> {
        self.record::<T>(name, Presence::Optional);
        let reading = match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::NotUtf8) => Err(FieldProblem::not_utf8()),
            Some(value) => T::from_field(value).map(Some),
        };
        self.noted(name, reading)
    }

    /// Reads a field that may be absent, but not `null`. `None` after noting a problem.
    pub fn or_default<T: FromField>(&mut self, name: &'static str, default: T) -> Option<T> {
        self.record::<T>(name, Presence::Defaulted);
        let reading = match self.values.get(name) {
            None => Ok(default),
            Some(Value::Null) => Err(FieldProblem::null()),
            Some(Value::NotUtf8) => Err(FieldProblem::not_utf8()),
            Some(value) => T::from_field(value),
        };
        self.noted(name, reading)
    }

    pub(super) fn read<T: FromFields>(mut self) -> Result<T, Problems> {
        let model = T::from_fields(&mut self);
        match Problems::found(self.problems) {
            Some(problems) => Err(problems),
            // A model that returns `None` without noting a problem is a mistake of ours. The client
            // still gets an answer.
            None => model.ok_or_else(|| Problem::new(vec![self.place], FieldProblem::not_a_dict()).into()),
        }
    }

    fn record<T: FromField>(&mut self, name: &'static str, presence: Presence) {
        if let Some(recorded) = &mut self.recorded {
            let (required, nullable) = (presence == Presence::Required, presence == Presence::Optional);
            recorded.push(Field { name, required, nullable, shape: T::SHAPE });
        }
    }

    fn noted<T>(&mut self, name: &'static str, reading: Result<T, FieldProblem>) -> Option<T> {
        reading.map_err(|fault| self.problems.push(Problem::new(vec![self.place, name], fault))).ok()
    }
}
