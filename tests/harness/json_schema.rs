//! The part of JSON Schema 2020-12 that our document uses. An unknown keyword panics, so that
//! nothing is left unchecked.

use serde_json::{Map, Value};

/// The problems of a value, each with its place. Empty if the value matches the schema.
///
/// References are resolved in `root`.
pub fn problems(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    Check { root, problems: &mut problems }.value("$", schema, value);
    problems
}

/// The target of a reference, or the value itself if it is not one.
pub fn resolved<'d>(root: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is elsewhere"));
            resolved(root, root.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
    }
}

struct Check<'c> {
    root: &'c Value,
    problems: &'c mut Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, at: &str, schema: &Value, value: &Value) {
        let schema = schema.as_object().unwrap_or_else(|| panic!("{at}: {schema} is no schema"));
        for (keyword, rule) in schema {
            if !self.holds(at, schema, keyword, rule, value) {
                self.problems.push(format!("{at}: {value} is against {keyword} {rule}"));
            }
        }
    }

    fn holds(&mut self, at: &str, schema: &Map<String, Value>, keyword: &str, rule: &Value, value: &Value) -> bool {
        let chars = value.as_str().map(|text| text.chars().count() as u64);
        let items = value.as_array().map(|items| items.len() as u64);
        let limit = || rule.as_u64().unwrap_or_else(|| panic!("{at}: {keyword} {rule}"));
        match keyword {
            "$ref" => {
                self.value(at, resolved(self.root, &Value::Object(schema.clone())), value);
                true
            }
            "description" => true,
            "type" => match rule {
                Value::Array(types) => types.iter().any(|name| is_of(name, value)),
                name => is_of(name, value),
            },
            "enum" => rule.as_array().expect("a list").contains(value),
            "anyOf" => rule.as_array().expect("a list").iter().any(|one| problems(self.root, one, value).is_empty()),
            "required" => value.as_object().is_none_or(|object| {
                rule.as_array().expect("a list").iter().all(|name| object.contains_key(name.as_str().expect("a name")))
            }),
            "properties" => {
                for (name, schema) in rule.as_object().expect("schemas") {
                    if let Some(value) = value.get(name) {
                        self.value(&format!("{at}.{name}"), schema, value);
                    }
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(&format!("{at}[{index}]"), rule, item);
                }
                true
            }
            "minItems" => items.is_none_or(|items| items >= limit()),
            "maxItems" => items.is_none_or(|items| items <= limit()),
            "minLength" => chars.is_none_or(|chars| chars >= limit()),
            "maxLength" => chars.is_none_or(|chars| chars <= limit()),
            "minimum" => value.as_f64().is_none_or(|number| number >= limit() as f64),
            "maximum" => value.as_f64().is_none_or(|number| number <= limit() as f64),
            "format" => value.as_str().is_none_or(|text| has_format(rule, text)),
            "pattern" => value.as_str().is_none_or(|text| has_pattern(rule, text)),
            unknown => panic!("{at}: teach this check what {unknown} means"),
        }
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("the name of a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn has_format(format: &Value, text: &str) -> bool {
    // In the pattern a letter stands for a kind of digit, and any other character for itself.
    let looks_like = |pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(given, wanted)| match wanted {
                b'x' => given.is_ascii_digit() || (b'a'..=b'f').contains(&given),
                b'9' => given.is_ascii_digit(),
                other => given == other,
            })
    };
    match format.as_str().expect("the name of a format") {
        "uuid" => looks_like("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        "date-time" => looks_like("9999-99-99T99:99:99Z") || looks_like("9999-99-99T99:99:99.999Z"),
        "binary" => true,
        other => panic!("teach this check what format {other} means"),
    }
}

fn has_pattern(pattern: &Value, text: &str) -> bool {
    match pattern.as_str().expect("a pattern") {
        "^[0-9]+$" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        other => panic!("teach this check what pattern {other} means"),
    }
}
