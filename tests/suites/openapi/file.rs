//! The rules for the document as a whole.

use std::{collections::BTreeSet, fs, path::Path};

use roster_local::{
    Problem, openapi,
    template::{BUILT_IN, RouteKey, Template},
};
use serde_json::{Value, json};
use tests::{
    endpoints::differences,
    openapi::{Auth, Document},
};

#[test]
fn the_file_at_the_top_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml");
    let generated = openapi::yaml(&Template::built_in().unwrap()).unwrap();
    let committed = fs::read_to_string(file).unwrap_or_default();
    let line = committed.lines().zip(generated.lines()).position(|(file, code)| file != code);
    assert!(committed == generated, "openapi.yaml is old at line {line:?}: cargo run -- openapi > openapi.yaml");
}

#[test]
fn every_route_is_an_operation_and_every_operation_a_route() {
    let template = Template::built_in().unwrap();
    let routes = template.functions.values().flat_map(|function| {
        function.routes.iter().filter_map(|(event, route)| match route {
            RouteKey::Path { method, path } => Some((method.clone(), path.clone(), function.operation_id(event))),
            RouteKey::Default => None,
        })
    });
    let document = Document::load();
    let operations = document.operations();
    let described: BTreeSet<_> = operations
        .iter()
        .map(|operation| (operation.method.clone(), operation.path.to_owned(), operation.id.to_owned()))
        .collect();
    assert_eq!(described, routes.collect());
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len(), "an id is there twice");
}

#[test]
fn a_further_route_of_a_function_is_an_operation_with_the_name_of_its_event() {
    let route = "\n        Request: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: \"/v2/users/{userId}\" } }";
    let further = route.replace("Request", "ByName").replace("/v2/users", "/v2/names");
    let template = Template::parse(&BUILT_IN.replacen(route, &format!("{route}{further}"), 1)).unwrap();
    let document: Value = serde_json::from_str(&openapi::json(&template).unwrap()).unwrap();
    let id = |path: &str| document["paths"][path]["get"]["operationId"].clone();
    assert_eq!((id("/v2/users/{userId}"), id("/v2/names/{userId}")), ("get-user".into(), "get-user-by-name".into()));
    let missing = differences(&template);
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(missing[0].starts_with("get-user-by-name is not in the catalogue"), "{missing:?}");
}

#[test]
fn a_route_to_a_function_that_is_not_described_is_no_document() {
    let undescribed = BUILT_IN.replacen("Binary: create-platform-user }", "Binary: answer-unrouted }", 1);
    let refused = openapi::yaml(&Template::parse(&undescribed).unwrap());
    assert!(matches!(refused, Err(Problem::Undescribed { .. })), "{refused:?}");
}

#[test]
fn a_parameter_that_only_the_route_names_is_no_document() {
    let renamed = BUILT_IN.replacen("/users/v2/player/{player_uuid}/links", "/users/v2/player/{player}/links", 1);
    let refused = openapi::yaml(&Template::parse(&renamed).unwrap());
    assert!(matches!(refused, Err(Problem::PathParameters { .. })), "{refused:?}");
}

#[test]
fn the_document_says_what_it_is_about() {
    let Document(document) = Document::load();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["license"]["identifier"], "Apache-2.0");
    assert_eq!(document["info"]["contact"]["name"], "The maintainers of Roster");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let bearer = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!(
        (&bearer["type"], &bearer["scheme"], &bearer["bearerFormat"]),
        (&"http".into(), &"bearer".into(), &"JWT".into())
    );
}

#[test]
fn every_operation_has_words_a_known_tag_and_an_access_rule() {
    let document = Document::load();
    let tags: BTreeSet<_> =
        document.0["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).map(ToString::to_string).collect();
    let mut used = BTreeSet::new();
    for operation in document.operations() {
        let id = operation.id;
        for words in ["summary", "description"] {
            assert!(operation.value[words].as_str().is_some_and(|text| !text.is_empty()), "{id}: no {words}");
        }
        used.extend(operation.value["tags"].as_array().unwrap().iter().map(ToString::to_string));
        let (security, empty) = (&operation.value["security"], operation.permissions().is_empty());
        match operation.auth() {
            Auth::Nothing => assert_eq!((security, empty), (&json!([]), true), "{id}"),
            Auth::AnyToken => assert_eq!((security, empty), (&json!([{ "bearer": [] }]), true), "{id}"),
            Auth::Client if empty => assert_eq!(security, &json!([{ "client": [] }]), "{id}"),
            Auth::Client | Auth::Permission => assert!(!empty, "{id}"),
        }
        if empty {
            continue;
        }
        // The standard's members say the same as our extensions.
        let scheme = if operation.auth() == Auth::Client { "client" } else { "bearer" };
        let required = security.as_array().unwrap().iter().map(|one| one[scheme].clone());
        let listed = operation.permissions().into_iter().map(|permission| json!([permission]));
        let own = operation.own_permissions().map(|own| match own.as_slice() {
            [] => vec![json!([])],
            own => own.iter().map(|permission| json!([permission])).collect(),
        });
        assert_eq!(required.collect::<Vec<_>>(), listed.chain(own.unwrap_or_default()).collect::<Vec<_>>(), "{id}");
    }
    assert_eq!(used, tags);
}

#[test]
fn every_component_is_used() {
    let Document(document) = Document::load();
    let text = document.to_string();
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "{kind}: {name}");
        }
    }
}
