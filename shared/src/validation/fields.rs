use super::problem::{FieldProblem, Problem, Problems};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) type Values<'a> = BTreeMap<Cow<'a, str>, Value<'a>>;

/// A JSON value as the reader of a field sees it. It has no `Debug`, because it holds what the client sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The text of a number, so that no digit of it is lost.
    Number(&'a str),
    /// A string, without its escapes.
    String(Cow<'a, str>),
    /// An array, of whatever content.
    Array,
    /// An object, of whatever content.
    Object,
    /// Bytes of a query that are not UTF-8.
    NotUtf8,
}

/// What a value of a request has to look like: which building block reads it, and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Read by [`text`](super::text).
    Text {
        /// Fewest characters.
        min_chars: usize,
        /// Most characters; `usize::MAX` where the body's own limit is limit enough.
        max_chars: usize,
    },
    /// Read by [`one_of`](super::one_of).
    OneOf {
        /// What the values have in common, as one name for the list.
        name: &'static str,
        /// What is allowed.
        values: &'static [&'static str],
    },
    /// Read by [`uuid`](super::uuid()).
    Uuid,
    /// Read by [`datetime`](super::datetime()).
    DateTime,
}

/// A type that one value of a request can be read as.
pub trait FromField: Sized {
    /// What the value has to look like, for the description of the API.
    const SHAPE: Shape;

    /// Reads a value that is not `null`.
    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem>;
}

/// A type that the named values of one place can be read as.
pub trait FromFields: Sized {
    /// Reads every field first, and only then takes them apart with `?`: a 422 tells all problems together, and
    /// [`Fields::of`] knows of no field that was not read.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// A field that a request model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether it has to be there.
    pub required: bool,
    /// What its value has to look like.
    pub shape: Shape,
}

/// The named values of one place (body or query), and the problems found while reading them.
pub struct Fields<'a> {
    place: &'static str,
    values: Values<'a>,
    problems: Vec<Problem>,
    /// The fields that were read, where only they are asked for.
    recorded: Option<Vec<Field>>,
}

impl Fields<'_> {
    /// The fields of a model. It tells them by reading them, so that the description cannot differ from what is read.
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

    /// Reads a field that has to be there; `None` after noting the problem.
    pub fn required<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        self.tell::<T>(name, true);
        let reading = match self.values.get(name) {
            None => Err(FieldProblem::missing()),
            Some(Value::Null) => Err(FieldProblem::null()),
            Some(Value::NotUtf8) => Err(FieldProblem::not_utf8()),
            Some(value) => T::from_field(value),
        };
        self.noted(name, reading)
    }

    /// Reads a field that may be absent or `null`; `None` after noting the problem.
    pub fn optional<T: FromField>(&mut self, name: &'static str) -> Option<Option<T>> {
        self.tell::<T>(name, false);
        let reading = match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::NotUtf8) => Err(FieldProblem::not_utf8()),
            Some(value) => T::from_field(value).map(Some),
        };
        self.noted(name, reading)
    }

    pub(super) fn read<T: FromFields>(mut self) -> Result<T, Problems> {
        let model = T::from_fields(&mut self);
        match Problems::found(self.problems) {
            Some(problems) => Err(problems),
            // A model that gives up without noting a problem is at fault itself, yet the client gets an answer.
            None => model.ok_or_else(|| Problem::new(vec![self.place], FieldProblem::not_a_dict()).into()),
        }
    }

    fn tell<T: FromField>(&mut self, name: &'static str, required: bool) {
        if let Some(recorded) = &mut self.recorded {
            recorded.push(Field { name, required, shape: T::SHAPE });
        }
    }

    fn noted<T>(&mut self, name: &'static str, reading: Result<T, FieldProblem>) -> Option<T> {
        reading.map_err(|fault| self.problems.push(Problem::new(vec![self.place, name], fault))).ok()
    }
}
