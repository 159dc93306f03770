//! The routes: each leads to a handler for this route, and `answer-unrouted` knows all of them.

use std::{collections::BTreeMap, fs};

use answer_unrouted::ROUTES;
use roster_local::template::{BUILT_IN, RouteKey, Template};
use tests::{World, endpoints::differences, openapi::Document};

use crate::document::{document, workspace};

/// The method, path and binary of every route, in the order of the template's text.
fn routes() -> Vec<(String, String, String)> {
    let template = Template::built_in().unwrap();
    let mut routes = BTreeMap::new();
    for (id, function) in &template.functions {
        let at = BUILT_IN.find(&format!("\n  {id}:\n")).expect("a resource");
        for (event, route) in &function.routes {
            if let RouteKey::Path { method, path } = route {
                let at = at + BUILT_IN[at..].find(&format!("\n        {event}:")).expect("an event");
                let other = routes.insert(at, (method.clone(), path.clone(), function.binary.clone()));
                assert_eq!(other, None, "{id}: tell its routes apart here");
            }
        }
    }
    routes.into_values().collect()
}

#[test]
fn every_endpoint_is_in_the_catalogue_of_the_suites() {
    let differences = differences(&Template::built_in().unwrap());
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn an_endpoint_that_the_catalogue_lacks_or_that_has_gone_is_named() {
    let renamed = BUILT_IN.replacen("Binary: get-user }", "Binary: show-user }", 1);
    let differences = differences(&Template::parse(&renamed).unwrap());
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(
        differences[0].starts_with("show-user is not in the catalogue: add `of(\"show-user\")`"),
        "{differences:?}"
    );
    assert_eq!(differences[1], "get-user has no route: take it out");
}

/// Whether a path is a procedure of ZITADEL's user service, which is called over Connect and
/// gRPC-Web.
fn is_call(path: &str) -> bool {
    path.starts_with("/zitadel.user.v2.UserService/")
}

/// A path as a caller writes it.
fn concrete(path: &str) -> String {
    let parts =
        path.split('/').map(|part| if part.starts_with('{') { "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn answer_unrouted_knows_exactly_the_routes_of_the_template() {
    let routes = routes();
    let expected: Vec<_> = routes.iter().map(|(method, path, _)| (method.as_str(), path.as_str())).collect();
    assert_eq!(ROUTES, expected);
    assert!(ROUTES.iter().all(|(method, _)| *method != "ANY"), "Allow could not name it");
}

#[test]
fn the_catch_all_leads_to_answer_unrouted_alone() {
    let template = Template::built_in().unwrap();
    let default = template
        .functions
        .values()
        .filter(|function| function.routes.values().any(|route| *route == RouteKey::Default));
    assert_eq!(default.map(|function| function.binary.as_str()).collect::<Vec<_>>(), ["answer-unrouted"]);
}

#[test]
fn every_http_function_has_a_first_route_and_further_ones_with_names_on_the_one_api() {
    let document = document();
    for resource in document["Resources"].as_object().unwrap().values() {
        for event in resource["Properties"]["Events"].as_object().into_iter().flat_map(|events| events.values()) {
            if event["Type"] == "HttpApi" {
                assert_eq!(event["Properties"]["ApiId"]["Ref"], "Api", "SAM would make a second API");
            }
        }
    }
    let triggered =
        |binary: &str| ["answer-unrouted", "dispatch-due-purges", "purge-person", "seal-receipts"].contains(&binary);
    let template = Template::built_in().unwrap();
    for function in template.functions.values().filter(|function| !triggered(&function.binary)) {
        let path = |event: &str| match function.routes.get(event) {
            Some(RouteKey::Path { path, .. }) => Some(path.as_str()),
            _ => None,
        };
        let first = path("Request").unwrap_or_else(|| panic!("{} has no event Request", function.binary));
        assert!(!is_call(first), "{}", function.binary);
        let calls: Vec<_> = function.routes.keys().filter(|event| path(event).is_some_and(is_call)).collect();
        let expected: &[_] = if first.starts_with("/v2/users/") { &["Rpc"] } else { &[] };
        assert_eq!(calls, expected, "{}", function.binary);
    }
}

#[test]
fn a_handlers_file_opens_with_its_methods_and_paths() {
    let mut expected = BTreeMap::<_, Vec<_>>::new();
    for (method, path, binary) in routes() {
        expected.entry(binary).or_default().push(format!("//! `{method} {path}`"));
    }
    for (binary, expected) in expected {
        let file = workspace().join("functions").join(&binary).join("src/lib.rs");
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = text.lines().take_while(|line| line.starts_with("//! `")).collect();
        assert_eq!(lines, expected, "{binary}");
    }
}

#[test]
fn a_call_is_named_as_its_function() {
    let calls: Vec<_> = routes().into_iter().filter(|(_, path, _)| is_call(path)).collect();
    assert_eq!(calls.len(), 5);
    for (method, path, binary) in calls {
        let (_, name) = path.rsplit_once('/').unwrap();
        let name = name.strip_suffix("ByID").unwrap_or(name);
        let words: String = name.chars().flat_map(|c| [c.is_uppercase().then_some('-'), Some(c)]).flatten().collect();
        assert_eq!((method, words.to_lowercase()), ("POST".to_owned(), format!("-{binary}")));
    }
}

#[tokio::test]
async fn every_route_reaches_a_handler_that_wants_a_token_or_needs_none() {
    let world = World::start().await;
    for operation in Document::built_in().operations() {
        let (method, path) = (&operation.method, operation.path);
        let headers = [("content-type", "application/json")];
        let body = if is_call(path) { "{}" } else { "" };
        let answer = world.send(method, &concrete(path), &headers, body).await;
        if operation.value["security"].as_array().unwrap().is_empty() {
            operation.assert_foresees(&answer);
            continue;
        }
        let expected = if operation.is_zitadel() { 401 } else { 403 };
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn another_method_is_405_and_allow_names_those_of_the_template() {
    let world = World::start().await;
    let routes = routes();
    for (_, path, _) in &routes {
        let of_path = routes.iter().filter(|(_, other, _)| other == path);
        let allowed: Vec<_> = of_path.map(|(method, ..)| method.as_str()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if !allowed.contains(&method) {
                let answer = world.send(method, &concrete(path), &[], "").await;
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
                assert_eq!(answer.header("allow"), Some(&*allowed.join(", ")), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn another_path_is_404_without_allow() {
    let world = World::start().await;
    for (method, path, _) in routes() {
        for unknown in
            [format!("{}/", concrete(&path)), format!("{}/more", concrete(&path)), format!("/x{}", concrete(&path))]
        {
            let answer = world.send(&method, &unknown, &[], "").await;
            assert_eq!((answer.status, answer.header("allow")), (404, None), "{method} {unknown}: {}", answer.text);
        }
    }
}
