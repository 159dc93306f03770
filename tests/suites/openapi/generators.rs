//! The needs of client generators: each body is a named model, and no two models are the same.

use std::collections::{BTreeMap, BTreeSet};

use roster_local::{openapi, template::Template};
use serde_json::{Value, json};
use tests::openapi::{Auth, Document, Operation};

/// The bodies of an operation by content type: first those of its request, then those of its
/// responses.
fn bodies<'d>(operation: &Operation<'d>) -> Vec<(&'d str, &'d Value)> {
    let responses = operation.responses().into_iter().map(|(_, response)| response);
    let contents = [&operation.value["requestBody"]].into_iter().chain(responses);
    let contents = contents.filter_map(|body| body["content"].as_object()).flatten();
    contents.map(|(content_type, content)| (content_type.as_str(), &content["schema"])).collect()
}

/// Calls `visit` for every schema of an object or of listed values, with whether it is a component.
fn objects(node: &Value, is_component: bool, visit: &mut impl FnMut(&Value, bool)) {
    if node["type"] == "object" || node["enum"].is_array() {
        visit(node, is_component);
    }
    match node {
        Value::Object(fields) => {
            for (_, child) in fields.iter().filter(|(name, _)| !["example", "examples"].contains(&name.as_str())) {
                objects(child, false, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, false, visit)),
        _ => {}
    }
}

#[test]
fn each_body_of_json_is_a_named_schema_and_every_other_is_binary() {
    let document = Document::load();
    let mut seen = BTreeSet::new();
    for operation in document.operations() {
        for (content_type, schema) in bodies(&operation) {
            let at = format!("{} {content_type}: {schema}", operation.id);
            // The schema of an answer without anything to say.
            if *schema == json!({}) {
                assert_eq!(content_type, "application/json", "{at}");
                continue;
            }
            if ["application/json", "application/x-www-form-urlencoded"].contains(&content_type) {
                assert!(schema["$ref"].as_str().is_some_and(|to| to.starts_with("#/components/schemas/")), "{at}");
            } else {
                assert_eq!(*schema, json!({ "type": "string", "format": "binary" }), "{at}");
            }
            seen.insert(content_type);
        }
    }
    let types = [
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/json",
        "application/proto",
        "application/x-www-form-urlencoded",
    ];
    assert_eq!(seen, types.into());
}

#[test]
fn the_body_of_a_request_is_an_object_alone() {
    let document = Document::load();
    for operation in document.operations() {
        let schema = if operation.body_schema().is_null() { operation.form_schema() } else { operation.body_schema() };
        let ignores_it = operation.id == "verify-token";
        assert_eq!(schema.is_object(), operation.method == "POST" && !ignores_it, "{}", operation.id);
        assert!(schema.is_null() || schema["type"] == "object", "{}: {schema}", operation.id);
    }
}

#[test]
fn a_refusal_is_one_of_four_schemas() {
    let document = Document::load();
    let mut seen = BTreeSet::new();
    for operation in document.operations() {
        for (status, response) in operation.responses().into_iter().filter(|(status, _)| *status >= 300) {
            let schema = document.resolved(&response["content"]["application/json"]["schema"]);
            let either = schema["anyOf"].as_array().cloned();
            let named = either.unwrap_or_else(|| vec![response["content"]["application/json"]["schema"].clone()]);
            let named: Vec<_> =
                named.iter().map(|one| one["$ref"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
            let own: Vec<_> = named.iter().filter(|name| **name != "GatewayMessage").map(ToString::to_string).collect();
            let dialect = match status {
                _ if operation.is_zitadel() => "ZitadelError",
                422 => "ValidationError",
                403 if operation.auth() == Auth::Client => "LoginCompleteMessage",
                _ => "RallyHereError",
            };
            let expected: &[&str] = if response["x-errors"].is_null() { &[] } else { &[dialect] };
            assert_eq!(own, expected, "{} {status}", operation.id);
            seen.extend(own);
        }
    }
    assert_eq!(
        seen,
        ["LoginCompleteMessage", "RallyHereError", "ValidationError", "ZitadelError"].map(str::to_owned).into()
    );
}

/// Whether a name stands for a thing and has no number. Generators number names that they cannot
/// distinguish.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphabetic())
}

/// Requests may be the same, since each is named after its operation.
#[test]
fn each_model_has_a_name_and_no_two_are_the_same() {
    let Document(document) = Document::load();
    let components = document["components"]["schemas"].as_object().unwrap().iter();
    // Generators make no model of a named text or number.
    let is_model =
        |schema: &Value| schema["type"] == "object" || ["enum", "anyOf"].iter().any(|key| schema.get(key).is_some());
    let models: Vec<_> = components.filter(|(_, schema)| is_model(schema)).collect();
    let mut shapes = BTreeMap::new();
    for (name, schema) in &models {
        assert!(is_name(name), "{name}");
        if name.ends_with("Request") {
            continue;
        }
        let mut shape = (*schema).clone();
        shape.as_object_mut().unwrap().retain(|key, _| !["description", "example"].contains(&key.as_str()));
        let other = shapes.insert(shape.to_string(), *name);
        assert_eq!(other, None, "{name} is the same");
    }
    let models: BTreeSet<_> = models.into_iter().map(|(name, _)| name.as_str()).collect();
    assert!(["CreateRequest", "PlatformUser", "Platform", "RallyHereError"].iter().all(|name| models.contains(name)));
}

#[test]
fn an_object_and_a_list_of_values_have_a_name_of_their_own() {
    let Document(document) = Document::load();
    let mut inline = Vec::new();
    let mut visit = |schema: &Value, is_component: bool| {
        if !is_component {
            inline.push(schema.clone());
        }
    };
    for component in document["components"]["schemas"].as_object().unwrap().values() {
        objects(component, true, &mut visit);
    }
    objects(&document["paths"], false, &mut visit);
    objects(&document["components"]["responses"], false, &mut visit);
    assert_eq!(inline, Vec::<Value>::new());
}

#[test]
fn json_is_the_first_content_type() {
    let template = Template::built_in().unwrap();
    let (yaml, json) = (openapi::yaml(&template).unwrap(), openapi::json(&template).unwrap());
    let document = Document::load();
    let takes_only_a_form =
        |operation: &Operation<'_>| operation.body_schema().is_null() && operation.form_schema().is_object();
    let forms = document.operations().into_iter().filter(takes_only_a_form).count();
    let following = yaml.lines().zip(yaml.lines().skip(1)).filter(|(line, _)| line.trim() == "content:");
    let others = following.clone().filter(|(_, next)| next.trim() != "application/json:");
    assert!(following.count() > 50);
    assert_eq!(others.count(), forms);
    let contents = json.matches(r#""content":{"#).count();
    assert_eq!(contents - json.matches(r#""content":{"application/json""#).count(), forms);
}
