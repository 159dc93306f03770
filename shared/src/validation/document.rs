use super::fields::{Fields, FromFields, Value, Values};
use super::form;
use super::problem::{FieldProblem, Problem, Problems};
use crate::json::{self, Text};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A body whose syntax is known to be right. It is parsed once; its fields are read later, perhaps
/// after the caller is known. It has no `Debug`, because it holds what the client sent.
pub struct Document<'a>(Dictionary<'a>);

impl<'a> Document<'a> {
    /// Parses a body as FastAPI does: JSON by content type, then the dictionary that Python's
    /// `dict()` makes of it. The only error is a body that is not JSON.
    pub fn json(bytes: &'a [u8], content_type: Option<&str>) -> Result<Self, Problems> {
        if bytes.is_empty() {
            return Ok(Self(Dictionary::Missing));
        }
        if !is_json(content_type) {
            return Ok(Self(Dictionary::Refused(FieldProblem::not_a_dict())));
        }
        let text = json::check(bytes).map_err(|error| Problem::json_invalid(error.index, error.message))?;
        // The text passed the syntax check, so this error cannot happen.
        Ok(Self(dictionary(text).map_err(|_| Problem::json_invalid(0, "Expecting value"))?))
    }

    /// Parses a form as FastAPI does: an empty text counts as absent, and a body with another
    /// content type as an empty form.
    pub fn form(bytes: &'a [u8], content_type: Option<&str>) -> Self {
        let bytes = if is_form(content_type) { bytes } else { b"" };
        let mut values = form::values(bytes);
        values.retain(|_, value| !matches!(value, Value::String(text) if text.is_empty()));
        Self(Dictionary::Values(values))
    }

    /// Parses a form if the content type says so, and JSON otherwise.
    pub fn json_or_form(bytes: &'a [u8], content_type: Option<&str>) -> Result<Self, Problems> {
        if is_form(content_type) { Ok(Self::form(bytes, content_type)) } else { Self::json(bytes, content_type) }
    }

    /// Reads the fields. The body is required: an empty one and `null` count as missing.
    pub fn read<T: FromFields>(self) -> Result<T, Problems> {
        match self.values()? {
            Some(values) => Fields::new("body", values).read(),
            None => Err(in_body(FieldProblem::missing()).into()),
        }
    }

    /// Reads the fields of an optional body. No body, `{}` and `null` are equal.
    pub fn read_optional<T: FromFields + Default>(self) -> Result<T, Problems> {
        match self.values()? {
            Some(values) => Fields::new("body", values).read(),
            None => Ok(T::default()),
        }
    }

    /// The named values. `None` if the body is missing: empty or `null`.
    fn values(self) -> Result<Option<Values<'a>>, Problem> {
        match self.0 {
            Dictionary::Missing => Ok(None),
            Dictionary::Values(values) => Ok(Some(values)),
            Dictionary::Refused(fault) => Err(in_body(fault)),
        }
    }
}

fn in_body(fault: FieldProblem) -> Problem {
    Problem::new(vec!["body"], fault)
}

fn is_form(content_type: Option<&str>) -> bool {
    essence(content_type.unwrap_or_default()) == "application/x-www-form-urlencoded"
}

/// A content type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().map(str::trim).unwrap_or_default().to_ascii_lowercase()
}

/// FastAPI reads a body as JSON without a content type, and with `application/json` and
/// `application/*+json`.
fn is_json(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type.filter(|value| !value.is_empty()) else {
        return true;
    };
    match essence(content_type).split_once('/') {
        Some(("application", subtype)) => subtype == "json" || (subtype.ends_with("+json") && !subtype.contains('/')),
        _ => false,
    }
}

enum Dictionary<'a> {
    Missing,
    Values(Values<'a>),
    Refused(FieldProblem),
}

fn dictionary(text: &str) -> serde_json::Result<Dictionary<'_>> {
    Ok(match value(serde_json::from_str(text)?)? {
        Value::Null => Dictionary::Missing,
        Value::Object => {
            let Entries(entries) = serde_json::from_str(text)?;
            let values = entries.into_iter().map(|(name, raw)| Ok((name, value(raw)?)));
            Dictionary::Values(values.collect::<serde_json::Result<_>>()?)
        }
        Value::Array => match pairs(text)? {
            Some(pairs) => keywords(pairs),
            None => Dictionary::Refused(FieldProblem::not_a_dict()),
        },
        // `dict("")` is empty.
        Value::String(text) if text.is_empty() => Dictionary::Values(Values::new()),
        _ => Dictionary::Refused(FieldProblem::not_a_dict()),
    })
}

/// pydantic passes the dictionary to the model as keyword arguments.
fn keywords<'a>(pairs: Vec<(Value<'a>, Value<'a>)>) -> Dictionary<'a> {
    let values = pairs.into_iter().map(|(key, value)| match key {
        Value::String(name) => Some((name, value)),
        _ => None,
    });
    match values.collect() {
        Some(values) => Dictionary::Values(values),
        None => Dictionary::Refused(FieldProblem::new("type_error", "keywords must be strings")),
    }
}

/// Python's `dict()` of a list: each item must be a pair.
fn pairs(text: &str) -> serde_json::Result<Option<Vec<(Value<'_>, Value<'_>)>>> {
    let items: Vec<&RawValue> = serde_json::from_str(text)?;
    items.into_iter().map(|item| pair(item).transpose()).collect::<Option<_>>().transpose()
}

/// A pair is anything that yields two things when iterated: a list of two values, a string of two
/// characters, an object with two keys. The first one must be hashable.
fn pair(item: &RawValue) -> serde_json::Result<Option<(Value<'_>, Value<'_>)>> {
    Ok(match value(item)? {
        Value::Array => match serde_json::from_str::<Vec<&RawValue>>(item.get())?.as_slice() {
            [key, second] => {
                Some((value(key)?, value(second)?)).filter(|(key, _)| !matches!(key, Value::Array | Value::Object))
            }
            _ => None,
        },
        Value::String(text) => {
            let mut characters = text.chars().map(|character| Value::String(character.to_string().into()));
            match (characters.next(), characters.next(), characters.next()) {
                (Some(key), Some(second), None) => Some((key, second)),
                _ => None,
            }
        }
        Value::Object => {
            let Entries(entries) = serde_json::from_str(item.get())?;
            two_names(entries.into_iter().map(|(name, _)| name))
        }
        _ => None,
    })
}

/// The two different names of an object, in the order of their first appearance.
fn two_names<'a>(mut names: impl Iterator<Item = Cow<'a, str>>) -> Option<(Value<'a>, Value<'a>)> {
    let first = names.next()?;
    let second = names.find(|name| *name != first)?;
    names.all(|name| name == first || name == second).then_some((Value::String(first), Value::String(second)))
}

fn value(raw: &RawValue) -> serde_json::Result<Value<'_>> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') => serde_json::from_str::<Text<'_>>(text).map(|text| Value::String(text.0))?,
        Some(b'[') => Value::Array,
        Some(b'{') => Value::Object,
        _ => Value::Number(text),
    })
}

/// The entries of an object in their order, which a map would lose.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some((Text(name), raw)) = map.next_entry()? {
                    entries.push((name, raw));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert_eq, proptest};

    fn read<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Result<Option<Values<'a>>, String> {
        let document = Document::json(bytes, content_type).map_err(|problems| problems.to_string())?;
        document.values().map_err(|problem| problem.to_string())
    }

    fn names(text: &str) -> Option<Vec<String>> {
        let values = read(text.as_bytes(), None).ok()??;
        Some(values.into_keys().map(Cow::into_owned).collect())
    }

    #[test]
    fn only_application_json_and_its_relatives_are_json() {
        for content_type in ["", "application/json", "Application/JSON ; charset=utf-8", "application/vnd.api+json"] {
            assert!(is_json(Some(content_type)), "{content_type}");
        }
        for content_type in
            ["json", "text/json", "text/x+json", "application/json/x", "application/json, application/json", ";"]
        {
            assert!(!is_json(Some(content_type)), "{content_type}");
        }
        assert!(is_json(None));
    }

    #[test]
    fn a_body_not_sent_as_json_is_no_dictionary() {
        let problem = read(b"{}", Some("text/plain")).err().unwrap();
        assert_eq!(problem, "body type_error.dict");
    }

    #[test]
    fn lists_of_pairs_and_the_empty_string_are_dictionaries_as_in_python() {
        assert_eq!(names(r#""""#), Some(vec![]));
        assert_eq!(names("[]"), Some(vec![]));
        assert_eq!(
            names(r#"[["a", 1], "bc", {"d": 1, "d": 2, "c": 3}]"#),
            Some(vec!["a".into(), "b".into(), "d".into()])
        );
    }

    #[test]
    fn other_values_are_no_dictionaries() {
        for text in ["1", "true", r#""ab""#, r#"["a"]"#, r#"[["a"]]"#, "[[[], 1]]", r#"[{"a": 1}]"#, "[1]", "[null]"] {
            let problem = read(text.as_bytes(), None).err().unwrap();
            assert_eq!(problem, "body type_error.dict", "{text}");
        }
    }

    #[test]
    fn keys_that_are_not_strings_are_told_in_the_words_of_python() {
        let problem = read(b"[[1, 2]]", None).err().unwrap();
        assert_eq!(problem, "body type_error");
    }

    #[test]
    fn numbers_keep_their_text_and_strings_lose_their_escapes() {
        let values = read(br#"{"n": 123456789012345678901, "s": "\u00e9"}"#, None).ok().flatten().unwrap();
        assert!(values["n"] == Value::Number("123456789012345678901"));
        assert!(values["s"] == Value::String("é".into()));
    }

    proptest! {
        #[test]
        fn what_passes_the_check_is_json_to_serde_too(text in r#"[\[\]{}:,"\\u0123dDeE.+ntrfalse\- é\n\x01-]{0,24}"#) {
            let parsed = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(json::check(text.as_bytes()).is_ok(), parsed);
        }

        #[test]
        fn no_body_brings_the_reader_down(bytes: Vec<u8>) {
            let _ = read(&bytes, None);
        }
    }
}
