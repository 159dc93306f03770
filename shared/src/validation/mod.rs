//! Reads the input of a request, and answers 422 as FastAPI 0.110.3 with pydantic 1.10 does
//! (docs/contract/rallyhere.md, "Validation (422)").
//!
//! A field type implements [`FromField`] with [`text`], [`uuid`], [`one_of`] or [`datetime`]. A
//! request model implements [`FromFields`]. No error repeats what the client sent.

mod datetime;
mod document;
mod domain;
mod fields;
mod problem;
mod python;
mod request;
mod scalar;

pub use self::datetime::datetime;
pub use self::domain::{Account, PossiblyEmptyId};
pub use self::fields::{Field, Fields, FromField, FromFields, Shape, Value};
pub use self::problem::{Context, FieldProblem, Problem, Problems};
pub use self::request::{RequestField, request};
pub use self::scalar::{one_of, text, uuid};

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Reads a required body. An empty one and `null` count as missing.
pub fn body<T: FromFields>(bytes: &[u8], content_type: Option<&str>) -> Result<T, Problems> {
    match document::read(bytes, content_type)? {
        Some(values) => Fields::new("body", values).read(),
        None => Err(Problem::new(vec!["body"], FieldProblem::missing()).into()),
    }
}

/// Reads an optional body. No body, `{}` and `null` are equal.
pub fn optional_body<T: FromFields + Default>(bytes: &[u8], content_type: Option<&str>) -> Result<T, Problems> {
    match document::read(bytes, content_type)? {
        Some(values) => Fields::new("body", values).read(),
        None => Ok(T::default()),
    }
}

/// Reads one parameter of the path, already percent-decoded.
pub fn path<T: FromField>(name: &'static str, value: Option<&str>) -> Result<T, Problems> {
    value
        .ok_or_else(FieldProblem::missing)
        .and_then(|value| T::from_field(&Value::String(Cow::Borrowed(value))))
        .map_err(|fault| Problem::new(vec!["path", name], fault).into())
}

/// Reads the query, still percent-encoded. If a name is repeated the last value counts, as in
/// Starlette.
pub fn query<T: FromFields>(raw: &str) -> Result<T, Problems> {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    let values = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A name that is not UTF-8 is the name of no field.
        (decoded(name).unwrap_or_default(), decoded(value).map_or(Value::NotUtf8, Value::String))
    });
    Fields::new("query", values.collect()).read()
}

/// Decodes a text of `application/x-www-form-urlencoded`. `None` if its bytes are not UTF-8.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return percent_decode_str(&spaced).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()));
    }
    percent_decode_str(text).decode_utf8().ok()
}

/// Joins several readings of one request (path before query before body), and reports the problems
/// of all of them.
pub fn validate<R: Readings>(readings: R) -> Result<R::Values, Problems> {
    readings.join()
}

/// One to three readings of the same request.
pub trait Readings {
    /// The values of all readings.
    type Values;

    /// All values, or the problems of all readings.
    fn join(self) -> Result<Self::Values, Problems>;
}

impl<A> Readings for (Result<A, Problems>,) {
    type Values = (A,);

    fn join(self) -> Result<Self::Values, Problems> {
        self.0.map(|a| (a,))
    }
}

impl<A, B> Readings for (Result<A, Problems>, Result<B, Problems>) {
    type Values = (A, B);

    fn join(self) -> Result<Self::Values, Problems> {
        match self {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (Err(a), Err(b)) => Err(a.and(b)),
            (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
        }
    }
}

impl<A, B, C> Readings for (Result<A, Problems>, Result<B, Problems>, Result<C, Problems>) {
    type Values = (A, B, C);

    fn join(self) -> Result<Self::Values, Problems> {
        let (a, b, c) = self;
        let ((a, b), c) = ((a, b).join(), c).join()?;
        Ok((a, b, c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug)]
    struct Short(String);

    impl FromField for Short {
        const SHAPE: Shape = Shape::Text { min_chars: 1, max_chars: 3 };

        fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
            text(value, 1, 3).map(Short)
        }
    }

    #[derive(Debug, Default)]
    struct Model {
        name: String,
        note: Option<String>,
    }

    impl FromFields for Model {
        fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
            let name = fields.required::<Short>("name");
            let note = fields.optional::<Short>("note");
            Some(Self { name: name?.0, note: note?.map(|note| note.0) })
        }
    }

    fn refused<T: std::fmt::Debug>(reading: Result<T, Problems>) -> serde_json::Value {
        serde_json::to_value(reading.unwrap_err()).unwrap()
    }

    fn missing(loc: &[&str]) -> serde_json::Value {
        json!({"loc": loc, "msg": "field required", "type": "value_error.missing"})
    }

    #[test]
    fn a_body_gives_its_fields() {
        let model: Model = body(br#"{"name": 12, "note": null, "other": []}"#, Some("application/json")).unwrap();
        assert_eq!((model.name.as_str(), model.note), ("12", None));
    }

    #[test]
    fn all_problems_of_a_body_are_told_together() {
        assert_eq!(
            refused(body::<Model>(br#"{"name": "", "note": {}}"#, None)),
            json!({"detail": [
                {"loc": ["body", "name"], "msg": "ensure this value has at least 1 characters",
                 "type": "value_error.any_str.min_length", "ctx": {"limit_value": 1}},
                {"loc": ["body", "note"], "msg": "str type expected", "type": "type_error.str"},
            ]})
        );
    }

    #[test]
    fn a_required_body_is_missing_when_empty_or_null() {
        for bytes in ["", "null", " null\n"] {
            assert_eq!(refused(body::<Model>(bytes.as_bytes(), None)), json!({"detail": [missing(&["body"])]}));
        }
    }

    #[test]
    fn an_optional_body_may_be_absent_or_null() {
        for bytes in ["", "null"] {
            assert_eq!(optional_body::<Model>(bytes.as_bytes(), None).unwrap().name, "");
        }
    }

    #[test]
    fn of_a_repeated_key_or_parameter_the_last_counts() {
        assert_eq!(body::<Model>(br#"{"name": [], "name": "b"}"#, None).unwrap().name, "b");
        assert_eq!(query::<Model>("name=a&name=b").unwrap().name, "b");
    }

    #[test]
    fn a_query_is_decoded_as_a_form() {
        for (raw, name, note) in [
            ("name=%2B+%C3%A9", "+ é", None),
            ("&&note=b=c&name=%EF%BF%BD&x", "\u{fffd}", Some("b=c")),
            ("%6Eame=%&note=%zz", "%", Some("%zz")),
            ("name=a&%ff=b", "a", None),
        ] {
            let model = query::<Model>(raw).unwrap();
            assert_eq!((model.name.as_str(), model.note.as_deref()), (name, note), "{raw}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_utf_8_is_refused_where_it_is_read() {
        for bytes in ["%ff", "a%C3", "%ED%A0%80", "%c0%80"] {
            let problem = json!({"loc": ["query", "name"], "msg": "invalid UTF-8", "type": "value_error"});
            assert_eq!(refused(query::<Model>(&format!("name={bytes}"))), json!({"detail": [problem]}), "{bytes}");
            assert!(query::<Model>(&format!("name=a&other={bytes}")).is_ok(), "{bytes}");
        }
    }

    #[test]
    fn problems_of_the_path_come_before_those_of_the_body() {
        let readings = (path::<Short>("id", None), body::<Model>(b"{}", None));
        let expected = json!({"detail": [missing(&["path", "id"]), missing(&["body", "name"])]});
        assert_eq!(refused(validate(readings)), expected);
    }

    #[test]
    fn a_body_that_is_not_json_hides_every_other_problem() {
        let readings = (path::<Short>("id", None), query::<Model>(""), body::<Model>(b"{", None));
        assert_eq!(refused(validate(readings))["detail"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn problems_keep_the_key_order_of_fastapi() {
        let bytes = |reading: Result<Model, Problems>| serde_json::to_string(&reading.unwrap_err()).unwrap();
        assert_eq!(
            bytes(body(b"[", None)),
            r#"{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]}"#
        );
        assert_eq!(
            bytes(body(br#"{"name":"long"}"#, None)),
            r#"{"detail":[{"loc":["body","name"],"msg":"ensure this value has at most 3 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":3}}]}"#
        );
    }

    #[test]
    fn a_model_tells_its_fields_by_reading_them() {
        let field = |name, required| Field { name, required, shape: Short::SHAPE };
        assert_eq!(Fields::of::<Model>(), [field("name", true), field("note", false)]);
    }

    #[test]
    fn errors_never_repeat_what_the_client_sent() {
        let problems = body::<Model>(br#"{"name": "alice@example.org"}"#, None).unwrap_err();
        assert_eq!(format!("{problems}"), "the request is not valid: body.name value_error.any_str.max_length");
        assert!(!format!("{problems:?}").contains("alice"));
    }
}
