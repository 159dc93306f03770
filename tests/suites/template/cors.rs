//! The rights of web pages of other origins: none by default, and otherwise those that our clients
//! need.

use std::collections::BTreeSet;

use roster_local::template::{RouteKey, Template};
use serde_json::{Value, json};
use tests::openapi::Document;

use crate::document::{document, properties, reference, texts};

fn configuration() -> Value {
    properties("Api")["CorsConfiguration"]["Fn::If"][1].clone()
}

#[test]
fn nobody_elses_pages_may_call_unless_the_operator_names_them() {
    let whole = &properties("Api")["CorsConfiguration"]["Fn::If"];
    assert_eq!((&whole[0], &whole[2]), (&json!("HasCors"), &reference("AWS::NoValue")));
    let is_empty = json!({ "Fn::Equals": [reference("CorsAllowedOrigins"), ""] });
    assert_eq!(document()["Conditions"]["HasCors"], json!({ "Fn::Not": [is_empty] }));
    let origins = json!({ "Fn::Split": [",", reference("CorsAllowedOrigins")] });
    assert_eq!(whole[1]["AllowOrigins"], origins);
    // A token is in a header, so no page needs cookies.
    assert!(whole[1].get("AllowCredentials").is_none());
}

#[test]
fn pages_may_use_the_methods_of_the_routes_and_no_other() {
    let template = Template::built_in().unwrap();
    let routes = template.functions.values().flat_map(|function| function.routes.values());
    let methods: BTreeSet<_> = routes
        .filter_map(|route| match route {
            RouteKey::Path { method, .. } => Some(method.clone()),
            RouteKey::Default => None,
        })
        .collect();
    assert_eq!(
        texts(&configuration()["AllowMethods"]).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        methods
    );
}

#[test]
fn names_of_headers_are_in_lower_case_and_there_once() {
    for list in ["AllowHeaders", "ExposeHeaders"] {
        let configuration = configuration();
        let names = texts(&configuration[list]);
        assert!(names.iter().all(|name| *name == name.to_lowercase() && *name != "*"), "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}

#[test]
fn pages_may_read_every_header_that_an_answer_is_described_with() {
    let configuration = configuration();
    let exposed = texts(&configuration["ExposeHeaders"]);
    let mut described = BTreeSet::new();
    collect_headers(&Document::load().0, &mut described);
    assert!(described.contains("retry-after") && described.contains("www-authenticate"), "{described:?}");
    for name in described {
        assert!(exposed.contains(&&*name), "{name} is not exposed");
    }
}

/// The names in every `headers` of the document.
fn collect_headers(value: &Value, names: &mut BTreeSet<String>) {
    let members = value.as_object().into_iter().flatten();
    for (name, member) in members {
        if name == "headers" {
            names.extend(member.as_object().into_iter().flatten().map(|(header, _)| header.to_lowercase()));
        }
        collect_headers(member, names);
    }
    value.as_array().into_iter().flatten().for_each(|item| collect_headers(item, names));
}
