use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::fmt;

const JSON_INVALID: &str = "json_invalid";

/// All problems of one request. Never empty. Serializes as the body of the 422, `{"detail":
/// [...]}`.
#[derive(Debug, serde::Serialize, thiserror::Error)]
#[error("the request is not valid: {}", Listed(detail))]
pub struct Problems {
    detail: Vec<Problem>,
}

impl Problems {
    /// The problems of one place. `None` if there are none.
    pub(super) fn found(detail: Vec<Problem>) -> Option<Self> {
        (!detail.is_empty()).then_some(Self { detail })
    }

    /// Adds the problems of another place. FastAPI decodes the body first, so a body that is not
    /// JSON is the only problem reported.
    pub(super) fn and(mut self, other: Self) -> Self {
        if self.is_json_invalid() {
            return self;
        }
        if other.is_json_invalid() {
            return other;
        }
        self.detail.extend(other.detail);
        self
    }

    /// A problem of a body field that depends on something outside the body, such as the time of
    /// the request.
    pub fn of_body(name: &'static str, fault: FieldProblem) -> Self {
        Problem::new(vec!["body", name], fault).into()
    }

    fn is_json_invalid(&self) -> bool {
        self.detail.iter().any(|problem| problem.fault.kind == JSON_INVALID)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { detail: vec![problem] }
    }
}

/// One entry in the `detail` list of a 422.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    loc: Vec<Step>,
    fault: FieldProblem,
}

impl Problem {
    pub(super) fn new(loc: Vec<&'static str>, fault: FieldProblem) -> Self {
        Self { loc: loc.into_iter().map(Step::Name).collect(), fault }
    }

    /// A body that is not JSON, with the index of the wrong character and the message of Python's
    /// decoder.
    pub(super) fn json_invalid(index: usize, error: &'static str) -> Self {
        let fault = FieldProblem::new(JSON_INVALID, "JSON decode error").with(Context::Error(error));
        Self { loc: vec![Step::Name("body"), Step::Index(index)], fault }
    }
}

impl Serialize for Problem {
    /// Writes the keys in FastAPI's order, which differs for a body that is not JSON.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FieldProblem { msg, kind, ctx } = &self.fault;
        let mut map = serializer.serialize_map(None)?;
        if *kind == JSON_INVALID {
            map.serialize_entry("type", kind)?;
            map.serialize_entry("loc", &self.loc)?;
            map.serialize_entry("msg", msg)?;
            map.serialize_entry("input", &Empty {})?;
        } else {
            map.serialize_entry("loc", &self.loc)?;
            map.serialize_entry("msg", msg)?;
            map.serialize_entry("type", kind)?;
        }
        if let Some(ctx) = ctx {
            map.serialize_entry("ctx", ctx)?;
        }
        map.end()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.loc.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match step {
                Step::Name(name) => write!(formatter, "{dot}{name}")?,
                Step::Index(at) => write!(formatter, "{dot}{at}")?,
            }
        }
        write!(formatter, " {}", self.fault.kind)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The problem of one value, before its place is known. It never holds the value, except a time as
/// it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    msg: Cow<'static, str>,
    kind: &'static str,
    ctx: Option<Context>,
}

impl FieldProblem {
    /// A problem with pydantic's type and message.
    pub fn new(kind: &'static str, msg: impl Into<Cow<'static, str>>) -> Self {
        Self { msg: msg.into(), kind, ctx: None }
    }

    /// Adds the limit or the allowed values.
    #[must_use]
    pub fn with(self, ctx: Context) -> Self {
        Self { ctx: Some(ctx), ..self }
    }

    pub(super) fn missing() -> Self {
        Self::new("value_error.missing", "field required")
    }

    pub(super) fn null() -> Self {
        Self::new("type_error.none.not_allowed", "none is not an allowed value")
    }

    pub(super) fn not_utf8() -> Self {
        Self::new("value_error", "invalid UTF-8")
    }

    pub(super) fn not_a_dict() -> Self {
        Self::new("type_error.dict", "value is not a valid dict")
    }
}

/// The `ctx` of a problem.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// The limit of the length.
    LimitValue(usize),
    /// The allowed values.
    EnumValues(Vec<&'static str>),
    /// The message of Python's JSON decoder.
    Error(&'static str),
}

#[derive(Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
enum Step {
    Name(&'static str),
    Index(usize),
}

#[derive(serde::Serialize)]
struct Empty {}

struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{problem}")?;
        }
        Ok(())
    }
}
