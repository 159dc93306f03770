//! Reads `CloudFormation`'s YAML as JSON. Short tags (`!Ref`, `!GetAtt`, `!Sub`, …) become their
//! long forms.

use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;

/// Reads the text of a template. The error names line and column.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let yaml: Yaml = serde_norway::from_str(text).map_err(|error| error.to_string())?;
    to_json(yaml)
}

fn to_json(yaml: Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => serde_json::to_value(number).map_err(|error| error.to_string())?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(key_text(&key)?, to_json(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => long_form(&tagged.tag.to_string(), to_json(tagged.value)?),
    })
}

/// A key as text. YAML also allows keys that are numbers or booleans.
fn key_text(key: &Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) => Ok(text.clone()),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(flag) => Ok(flag.to_string()),
        other => Err(format!("a key must be plain text, found {other:?}")),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    let name = tag.trim_start_matches('!');
    match (name, value) {
        ("Ref" | "Condition", value) => json!({ name: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        (_, value) => json!({ format!("Fn::{name}"): value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_long_forms() {
        let text = "a: !Ref Table\nb: !GetAtt Queue.Arn\nc: !Sub '${X}-y'\nd: !Join ['', [a, !Ref B]]";
        let expected = json!({
            "a": { "Ref": "Table" },
            "b": { "Fn::GetAtt": ["Queue", "Arn"] },
            "c": { "Fn::Sub": "${X}-y" },
            "d": { "Fn::Join": ["", ["a", { "Ref": "B" }]] },
        });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn broken_yaml_names_the_line() {
        let error = parse("a: 1\nb: [").unwrap_err();
        assert!(error.contains("line"), "{error}");
    }
}
