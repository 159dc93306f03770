use super::fields::Value;
use super::problem::{Context, FieldProblem};
use super::python;
use std::borrow::Cow;

/// The texts that count as `true`.
const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];

/// The texts that count as `false`.
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// Reads a text whose length in characters is within the limits. As in pydantic v1, a number or a
/// boolean becomes the text that Python's `str()` gives.
pub fn text(value: &Value<'_>, min_chars: usize, max_chars: usize) -> Result<String, FieldProblem> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => Cow::Owned(python::number_text(number)),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        Value::Null => return Err(FieldProblem::null()),
        Value::NotUtf8 => return Err(FieldProblem::not_utf8()),
        Value::Array | Value::Object => return Err(FieldProblem::new("type_error.str", "str type expected")),
    };
    let length = text.chars().count();
    if length < min_chars {
        let msg = format!("ensure this value has at least {min_chars} characters");
        return Err(FieldProblem::new("value_error.any_str.min_length", msg).with(Context::LimitValue(min_chars)));
    }
    if length > max_chars {
        let msg = format!("ensure this value has at most {max_chars} characters");
        return Err(FieldProblem::new("value_error.any_str.max_length", msg).with(Context::LimitValue(max_chars)));
    }
    Ok(text.into_owned())
}

/// Reads a UUID in every spelling that Python's `uuid.UUID()` accepts: dashes anywhere or nowhere,
/// braces, `urn:uuid:`.
pub fn uuid(value: &Value<'_>) -> Result<uuid::Uuid, FieldProblem> {
    let number = match value {
        Value::Null => return Err(FieldProblem::null()),
        Value::String(text) => uuid_number(text),
        _ => None,
    };
    let number = number.ok_or_else(|| FieldProblem::new("type_error.uuid", "value is not a valid uuid"))?;
    Ok(uuid::Uuid::from_u128(number))
}

/// Reads one of the allowed texts, and returns its index.
pub fn one_of(value: &Value<'_>, allowed: &[&'static str]) -> Result<usize, FieldProblem> {
    let index = match value {
        Value::Null => return Err(FieldProblem::null()),
        Value::String(text) => allowed.iter().position(|name| name == text),
        _ => None,
    };
    index.ok_or_else(|| {
        let permitted: Vec<_> = allowed.iter().map(|name| format!("'{name}'")).collect();
        let msg = format!("value is not a valid enumeration member; permitted: {}", permitted.join(", "));
        FieldProblem::new("type_error.enum", msg).with(Context::EnumValues(allowed.to_vec()))
    })
}

/// Reads a boolean as pydantic 1.10 does: `true` and `false`, a number equal to 0 or 1, or one of
/// Python's words for them without regard to case.
pub fn boolean(value: &Value<'_>) -> Result<bool, FieldProblem> {
    let is_one_of = |text: &str, words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let read = match value {
        Value::Null => return Err(FieldProblem::null()),
        Value::NotUtf8 => return Err(FieldProblem::not_utf8()),
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.parse::<f64>() {
            Ok(0.0) => Some(false),
            Ok(1.0) => Some(true),
            _ => None,
        },
        Value::String(text) if is_one_of(text, &TRUE) => Some(true),
        Value::String(text) if is_one_of(text, &FALSE) => Some(false),
        Value::String(_) | Value::Array | Value::Object => None,
    };
    read.ok_or_else(|| FieldProblem::new("type_error.bool", "value could not be parsed to a boolean"))
}

fn uuid_number(text: &str) -> Option<u128> {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    (digits.chars().count() == 32).then(|| python::hex(&digits)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_booleans_become_texts() {
        assert_eq!(text(&Value::Number("1e3"), 0, 9).unwrap(), "1000.0");
        assert_eq!(text(&Value::Bool(true), 0, 9).unwrap(), "True");
    }

    #[test]
    fn lengths_count_characters() {
        let value = Value::String("éé".into());
        assert!(text(&value, 2, 2).is_ok());
        assert!(text(&value, 3, 9).is_err());
        assert!(text(&value, 0, 1).is_err());
    }

    #[test]
    fn arrays_objects_and_null_are_no_texts() {
        assert_eq!(text(&Value::Array, 0, 9), text(&Value::Object, 0, 9));
        assert_eq!(text(&Value::Null, 0, 9), Err(FieldProblem::null()));
    }

    #[test]
    fn a_uuid_may_have_dashes_braces_a_prefix_and_capitals() {
        let expected = uuid::Uuid::from_u128(0x12345678_1234_5678_1234_56781234abcd);
        for text in [
            "12345678-1234-5678-1234-56781234abcd",
            "{12345678123456781234567812 34ABCD}".replace(' ', "").as_str(),
            "urn:uuid:12345678-1234-5678-1234-56781234abcd",
            "1-2-345678123456781234567812-34abcd",
        ] {
            assert_eq!(uuid(&Value::String(text.into())), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_uuid_has_32_hexadecimal_digits_in_a_string() {
        for text in ["", "x", "12345678-1234-5678-1234-56781234abc", "12345678-1234-5678-1234-56781234abcg"] {
            assert!(uuid(&Value::String(text.into())).is_err(), "{text}");
        }
        assert!(uuid(&Value::Number("12345678123456781234567812345678")).is_err());
    }

    #[test]
    fn booleans_are_true_and_false_zero_and_one_and_pythons_words() {
        for number in ["1", "1.0", "1e0", "10e-1", "1.00000000000000001"] {
            assert_eq!(boolean(&Value::Number(number)), Ok(true), "{number}");
        }
        for number in ["0", "-0", "0.0", "-0.0", "0e5", "1e-400"] {
            assert_eq!(boolean(&Value::Number(number)), Ok(false), "{number}");
        }
        for text in ["1", "oN", "T", "TRUE", "y", "Yes"] {
            assert_eq!(boolean(&Value::String(text.into())), Ok(true), "{text}");
        }
        for text in ["0", "oFf", "f", "False", "N", "no"] {
            assert_eq!(boolean(&Value::String(text.into())), Ok(false), "{text}");
        }
        assert_eq!((boolean(&Value::Bool(true)), boolean(&Value::Bool(false))), (Ok(true), Ok(false)));
    }

    #[test]
    fn other_values_are_no_booleans() {
        let expected = FieldProblem::new("type_error.bool", "value could not be parsed to a boolean");
        for number in ["2", "-1", "0.5", "1e400", "100000000000000000000000"] {
            assert_eq!(boolean(&Value::Number(number)), Err(expected.clone()), "{number}");
        }
        for text in ["", " true", "true ", "1.0", "yess", "\u{130}", "of\u{17f}"] {
            assert_eq!(boolean(&Value::String(text.into())), Err(expected.clone()), "{text}");
        }
        assert_eq!(boolean(&Value::Array), Err(expected.clone()));
        assert_eq!(boolean(&Value::Object), Err(expected));
        assert_eq!(boolean(&Value::Null), Err(FieldProblem::null()));
    }

    #[test]
    fn a_value_outside_the_list_names_the_list() {
        assert_eq!(one_of(&Value::String("B".into()), &["A", "B"]), Ok(1));
        let expected =
            FieldProblem::new("type_error.enum", "value is not a valid enumeration member; permitted: 'A', 'B'")
                .with(Context::EnumValues(vec!["A", "B"]));
        assert_eq!(one_of(&Value::Bool(true), &["A", "B"]), Err(expected));
    }
}
