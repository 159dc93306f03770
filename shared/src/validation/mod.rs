//! Reads the input of a request, and answers 422 as FastAPI 0.110.3 with pydantic 1.10 does
//! (docs/contract/rallyhere.md, "Validation (422)").
//!
//! A field type implements [`FromField`] with [`text`], [`uuid`], [`one_of`], [`boolean`] or
//! [`datetime`]. A request model implements [`FromFields`]. No error repeats what the client sent.

mod datetime;
mod document;
mod domain;
mod fields;
mod form;
mod problem;
mod python;
mod request;
mod scalar;

pub use self::datetime::datetime;
pub use self::document::Document;
pub use self::domain::{Account, PossiblyEmptyId, SomeText};
pub use self::fields::{Field, Fields, FromField, FromFields, Shape, Value};
pub use self::problem::{Context, FieldProblem, Problem, Problems};
pub use self::request::{RequestField, request};
pub use self::scalar::{boolean, one_of, text, uuid};

use std::borrow::Cow;

/// Reads a required body. An empty one and `null` count as missing.
pub fn body<T: FromFields>(bytes: &[u8], content_type: Option<&str>) -> Result<T, Problems> {
    Document::json(bytes, content_type)?.read()
}

/// Reads an optional body. No body, `{}` and `null` are equal.
pub fn optional_body<T: FromFields + Default>(bytes: &[u8], content_type: Option<&str>) -> Result<T, Problems> {
    Document::json(bytes, content_type)?.read_optional()
}

/// Reads one parameter of the path, already percent-decoded.
pub fn path<T: FromField>(name: &'static str, value: Option<&str>) -> Result<T, Problems> {
    value
        .ok_or_else(FieldProblem::missing)
        .and_then(|value| T::from_field(&Value::String(Cow::Borrowed(value))))
        .map_err(|fault| Problem::new(vec!["path", name], fault).into())
}

/// Reads the query, still percent-encoded.
pub fn query<T: FromFields>(raw: &str) -> Result<T, Problems> {
    Fields::new("query", form::values(raw.as_bytes())).read()
}

/// Reads a form. A body with another content type counts as an empty form.
pub fn form<T: FromFields>(bytes: &[u8], content_type: Option<&str>) -> Result<T, Problems> {
    Document::form(bytes, content_type).read()
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

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn a_form_is_read_by_its_content_type_in_any_spelling() {
        for content_type in
            [FORM, "APPLICATION/X-WWW-FORM-URLENCODED; charset=UTF-8", " application/x-www-form-urlencoded ;a"]
        {
            assert_eq!(form::<Model>(b"name=a+b", Some(content_type)).unwrap().name, "a b", "{content_type}");
        }
        for content_type in [None, Some(""), Some("text/plain"), Some("application/json"), Some("multipart/form-data")]
        {
            let refused = refused(form::<Model>(b"name=a", content_type));
            assert_eq!(refused, json!({"detail": [missing(&["body", "name"])]}), "{content_type:?}");
        }
    }

    #[test]
    fn an_empty_text_of_a_form_counts_as_absent() {
        for bytes in ["", "name=", "name", "name=a&name=", "=a"] {
            let refused = refused(form::<Model>(bytes.as_bytes(), Some(FORM)));
            assert_eq!(refused, json!({"detail": [missing(&["body", "name"])]}), "{bytes}");
        }
        assert_eq!(form::<Model>(b"name=a&note=", Some(FORM)).unwrap().note, None);
    }

    #[test]
    fn a_form_that_is_not_utf_8_is_refused_where_it_is_read() {
        for bytes in [&b"name=%ff"[..], b"name=\xff"] {
            let problem = json!({"loc": ["body", "name"], "msg": "invalid UTF-8", "type": "value_error"});
            assert_eq!(refused(form::<Model>(bytes, Some(FORM))), json!({"detail": [problem]}));
        }
        assert!(form::<Model>(b"name=a&other=\xff", Some(FORM)).is_ok());
    }

    #[test]
    fn a_document_is_a_form_or_json_by_its_content_type() {
        let read = |bytes, content_type| Document::json_or_form(bytes, content_type)?.read::<Model>();
        assert_eq!(read(b"name=a", Some(FORM)).unwrap().name, "a");
        assert_eq!(read(br#"{"name": "b"}"#, Some("application/json")).unwrap().name, "b");
        assert_eq!(read(br#"{"name": "c"}"#, None).unwrap().name, "c");
    }

    #[test]
    fn only_a_body_that_is_not_json_is_refused_before_its_fields_are_read() {
        assert_eq!(refused(Document::json(b"{", None).map(|_| ()))["detail"][0]["type"], "json_invalid");
        for (bytes, problem) in [
            ("[1]", "type_error.dict"),
            ("null", "value_error.missing"),
            ("", "value_error.missing"),
            ("{}", "value_error.missing"),
        ] {
            let document = Document::json(bytes.as_bytes(), None).ok().unwrap();
            assert_eq!(refused(document.read::<Model>())["detail"][0]["type"], problem, "{bytes}");
        }
    }

    request! {
        #[derive(Debug)]
        struct Defaults {
            name: String = default("nobody"),
            flag: bool = default(true),
        }
    }

    #[test]
    fn a_field_with_a_default_may_be_absent_but_not_null() {
        let model: Defaults = body(b"{}", None).unwrap();
        assert_eq!((model.name.as_str(), model.flag), ("nobody", true));
        let model: Defaults = body(br#"{"name": "", "flag": "off"}"#, None).unwrap();
        assert_eq!((model.name.as_str(), model.flag), ("", false));
        let refused_null = |name| json!({"loc": ["body", name], "msg": "none is not an allowed value", "type": "type_error.none.not_allowed"});
        let expected = json!({"detail": [refused_null("name"), refused_null("flag")]});
        assert_eq!(refused(body::<Defaults>(br#"{"name": null, "flag": null}"#, None)), expected);
        let fields = Fields::of::<Defaults>();
        assert!(fields.iter().all(|field| !field.required && !field.nullable), "{fields:?}");
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
        let field = |name, required| Field { name, required, nullable: !required, shape: Short::SHAPE };
        assert_eq!(Fields::of::<Model>(), [field("name", true), field("note", false)]);
    }

    #[test]
    fn errors_never_repeat_what_the_client_sent() {
        let problems = body::<Model>(br#"{"name": "alice@example.org"}"#, None).unwrap_err();
        assert_eq!(format!("{problems}"), "the request is not valid: body.name value_error.any_str.max_length");
        assert!(!format!("{problems:?}").contains("alice"));
    }
}
