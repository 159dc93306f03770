use super::problem::{Fault, Problem, Problems};
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
}

/// A type that one value of a request can be read as.
pub trait FromField: Sized {
    /// Reads a value that is not `null`.
    fn from_field(value: &Value<'_>) -> Result<Self, Fault>;
}

/// A type that the named values of one place can be read as.
pub trait FromFields: Sized {
    /// Reads every field before it gives up on one, so that all problems are told together.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// The named values of one place (body or query), and the problems found while reading them.
pub struct Fields<'a> {
    place: &'static str,
    values: Values<'a>,
    problems: Vec<Problem>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(place: &'static str, values: Values<'a>) -> Self {
        Self { place, values, problems: Vec::new() }
    }

    /// Reads a field that has to be there; `None` after noting the problem.
    pub fn required<T: FromField>(&mut self, name: &'static str) -> Option<T> {
        let reading = match self.values.get(name) {
            None => Err(Fault::missing()),
            Some(Value::Null) => Err(Fault::null()),
            Some(value) => T::from_field(value),
        };
        self.noted(name, reading)
    }

    /// Reads a field that may be absent or `null`; `None` after noting the problem.
    pub fn optional<T: FromField>(&mut self, name: &'static str) -> Option<Option<T>> {
        let reading = match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_field(value).map(Some),
        };
        self.noted(name, reading)
    }

    pub(super) fn read<T: FromFields>(mut self) -> Result<T, Problems> {
        let model = T::from_fields(&mut self);
        match Problems::found(self.problems) {
            Some(problems) => Err(problems),
            // A model that gives up without noting a problem is at fault itself, yet the client gets an answer.
            None => model.ok_or_else(|| Problem::new(vec![self.place], Fault::not_a_dict()).into()),
        }
    }

    fn noted<T>(&mut self, name: &'static str, reading: Result<T, Fault>) -> Option<T> {
        reading.map_err(|fault| self.problems.push(Problem::new(vec![self.place, name], fault))).ok()
    }
}
