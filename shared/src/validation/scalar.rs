use super::fields::Value;
use super::problem::{Context, FieldProblem};
use super::python;
use std::borrow::Cow;

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
    fn a_value_outside_the_list_names_the_list() {
        assert_eq!(one_of(&Value::String("B".into()), &["A", "B"]), Ok(1));
        let expected =
            FieldProblem::new("type_error.enum", "value is not a valid enumeration member; permitted: 'A', 'B'")
                .with(Context::EnumValues(vec!["A", "B"]));
        assert_eq!(one_of(&Value::Bool(true), &["A", "B"]), Err(expected));
    }
}
