//! Resolves `!Ref`, `!GetAtt`, `!Sub` and `!Join` on this machine.

use std::collections::BTreeMap;

use serde_json::Value;

/// The account that the stand-ins for AWS use.
pub const ACCOUNT: &str = "000000000000";
/// The region of everything local.
pub const REGION: &str = "eu-west-1";

/// The names that a template's expressions may refer to.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    references: BTreeMap<String, String>,
    attributes: BTreeMap<(String, String), String>,
}

impl Scope {
    /// A scope with `CloudFormation`'s pseudo parameters and nothing else.
    pub fn pseudo() -> Self {
        let mut scope = Self::default();
        for (name, value) in [
            ("AWS::AccountId", ACCOUNT),
            ("AWS::Partition", "aws"),
            ("AWS::Region", REGION),
            ("AWS::StackName", "roster-local"),
            ("AWS::URLSuffix", "amazonaws.com"),
        ] {
            scope.define(name, value);
        }
        scope
    }

    /// Lets `!Ref name` resolve to `value`.
    pub fn define(&mut self, name: &str, value: &str) {
        self.references.insert(name.to_owned(), value.to_owned());
    }

    /// Lets `!GetAtt name.attribute` resolve to `value`.
    pub fn define_attribute(&mut self, name: &str, attribute: &str, value: &str) {
        self.attributes.insert((name.to_owned(), attribute.to_owned()), value.to_owned());
    }

    /// Resolves an expression to its text. The error says why it has none on this machine.
    pub fn text(&self, expression: &Value) -> Result<String, String> {
        match expression {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Object(object) => match object.iter().next() {
                Some((function, argument)) if object.len() == 1 => self.call(function, argument),
                _ => Err("expected text or one intrinsic function, found an object".to_owned()),
            },
            Value::Array(_) => Err("expected text, found a list".to_owned()),
            Value::Null => Err("expected text, found nothing".to_owned()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Result<String, String> {
        match (function, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
                [Value::String(name), Value::String(attribute)] => self.attribute(name, attribute),
                _ => Err("!GetAtt needs a resource and an attribute".to_owned()),
            },
            ("Fn::Sub", Value::String(pattern)) => self.substitute(pattern, &BTreeMap::new()),
            ("Fn::Sub", Value::Array(arguments)) => self.substitute_with(arguments),
            ("Fn::Join", Value::Array(arguments)) => self.join(arguments),
            _ => Err(format!("{function} is not understood locally; use !Ref, !GetAtt, !Sub or !Join")),
        }
    }

    fn reference(&self, name: &str) -> Result<String, String> {
        let known = self.references.get(name).cloned();
        known.ok_or_else(|| format!("!Ref {name} names no table, queue or parameter with a default"))
    }

    fn attribute(&self, name: &str, attribute: &str) -> Result<String, String> {
        let known = self.attributes.get(&(name.to_owned(), attribute.to_owned())).cloned();
        known.ok_or_else(|| format!("!GetAtt {name}.{attribute} is not known locally"))
    }

    fn substitute_with(&self, arguments: &[Value]) -> Result<String, String> {
        let [Value::String(pattern), Value::Object(given)] = arguments else {
            return Err("!Sub needs a text, or a text and a map".to_owned());
        };
        let mut names = BTreeMap::new();
        for (name, value) in given {
            names.insert(name.clone(), self.text(value)?);
        }
        self.substitute(pattern, &names)
    }

    fn substitute(&self, pattern: &str, names: &BTreeMap<String, String>) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                return Err(format!("!Sub {pattern:?} has a ${{ without its }}"));
            };
            match (name.strip_prefix('!'), names.get(name), name.split_once('.')) {
                // `${!Literal}` stands for `${Literal}`.
                (Some(literal), ..) => text.extend(["${", literal, "}"]),
                (None, Some(value), _) => text.push_str(value),
                (None, None, Some((resource, attribute))) => text.push_str(&self.attribute(resource, attribute)?),
                (None, None, None) => text.push_str(&self.reference(name)?),
            }
            rest = tail;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn join(&self, arguments: &[Value]) -> Result<String, String> {
        match arguments {
            [Value::String(separator), Value::Array(parts)] => {
                let parts = parts.iter().map(|part| self.text(part)).collect::<Result<Vec<_>, _>>()?;
                Ok(parts.join(separator))
            }
            // A parameter of the type `CommaDelimitedList`. CloudFormation trims its members.
            [Value::String(separator), list @ Value::Object(_)] => {
                let list = self.text(list)?;
                Ok(list.split(',').map(str::trim).collect::<Vec<_>>().join(separator))
            }
            _ => Err("!Join needs a separator and a list".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::pseudo();
        scope.define("Table", "Persons");
        scope.define("List", "a, b");
        scope.define_attribute("Queue", "Arn", "arn:q");
        scope
    }

    #[test]
    fn references_attributes_and_substitutions_resolve() {
        let cases = [
            (json!("plain"), "plain"),
            (json!(14), "14"),
            (json!(true), "true"),
            (json!({ "Ref": "Table" }), "Persons"),
            (json!({ "Ref": "AWS::Region" }), REGION),
            (json!({ "Fn::GetAtt": ["Queue", "Arn"] }), "arn:q"),
            (json!({ "Fn::Sub": "a-${Table}-${Queue.Arn}-${!kept}" }), "a-Persons-arn:q-${kept}"),
            (json!({ "Fn::Sub": ["${X}/${Table}", { "X": { "Ref": "Table" } }] }), "Persons/Persons"),
            (json!({ "Fn::Join": ["-", ["a", { "Ref": "Table" }]] }), "a-Persons"),
            (json!({ "Fn::Join": ["+", { "Ref": "List" }] }), "a+b"),
        ];
        for (expression, expected) in cases {
            assert_eq!(scope().text(&expression).as_deref(), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        let cases = [
            (json!({ "Ref": "Nothing" }), "!Ref Nothing"),
            (json!({ "Fn::GetAtt": ["Queue", "Url"] }), "!GetAtt Queue.Url"),
            (json!({ "Fn::Sub": "${Nothing}" }), "!Ref Nothing"),
            (json!({ "Fn::Sub": "${Nothing" }), "without its }"),
            (json!({ "Fn::Join": ["+", { "Ref": "Nothing" }] }), "!Ref Nothing"),
            (json!({ "Fn::Join": ["+", "a,b"] }), "!Join needs"),
            (json!({ "Fn::If": ["a", "b", "c"] }), "Fn::If"),
        ];
        for (expression, expected) in cases {
            let error = scope().text(&expression).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
