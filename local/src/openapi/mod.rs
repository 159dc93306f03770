//! The description of the API (OpenAPI 3.1): routes from the template, operations from the
//! functions.

mod document;
mod pages;
mod words;

use std::fmt::Display;

use serde_norway::{Mapping, Value};

use crate::{problem::Problem, template::Template};

pub(crate) use pages::Pages;

/// The path at which the local bundle serves the document as JSON.
pub const DOCUMENT: &str = "/openapi.json";
/// The path at which the local bundle serves the document as a page for browsers.
pub const DOCS: &str = "/docs";

/// The document for the routes of a template, as YAML.
pub fn yaml(template: &Template) -> Result<String, Problem> {
    let text = serde_norway::to_string(&of(template)?).map_err(|error| failed(&error))?;
    Ok(text.lines().map(with_quoted_time).collect())
}

/// The document for the routes of a template, as JSON.
pub fn json(template: &Template) -> Result<String, Problem> {
    serde_json::to_string(&of(template)?).map_err(|error| failed(&error))
}

/// Puts a time in a line in quotes. Many readers use YAML 1.1, which gives a bare time another
/// type.
fn with_quoted_time(line: &str) -> String {
    let (key, value) = line.split_once(": ").unwrap_or((line, ""));
    let is_time =
        value.starts_with(|first: char| first.is_ascii_digit()) && value.ends_with('Z') && value.contains('T');
    if is_time { format!("{key}: '{value}'\n") } else { format!("{line}\n") }
}

fn of(template: &Template) -> Result<Value, Problem> {
    let mut document = serde_norway::to_value(document::of(template)?).map_err(|error| failed(&error))?;
    put_json_first(&mut document);
    Ok(document)
}

/// Puts JSON before the other content types, which the builder sorts by name. Generators take the
/// first type that they support.
fn put_json_first(node: &mut Value) {
    match node {
        Value::Mapping(fields) => {
            if let Some(Value::Mapping(contents)) = fields.get_mut("content")
                && let Some(json) = contents.remove("application/json")
            {
                let others = std::mem::take(contents);
                *contents = Mapping::from_iter([("application/json".into(), json)]);
                contents.extend(others);
            }
            fields.values_mut().for_each(put_json_first);
        }
        Value::Sequence(items) => items.iter_mut().for_each(put_json_first),
        _ => {}
    }
}

fn failed(error: &dyn Display) -> Problem {
    Problem::call("writing the description", error)
}
