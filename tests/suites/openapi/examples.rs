//! Every example matches its schema, and every link leads to an operation.

use serde_json::Value;
use tests::openapi::{Document, Operation, unlisted};

fn assert_fits(document: &Document, at: &str, schema: &Value, example: &Value) {
    assert!(!example.is_null(), "{at}: no example");
    let problems = document.problems(schema, example);
    assert!(problems.is_empty(), "{at}: {problems:#?}");
}

#[test]
fn what_a_request_is_shown_with_fits_its_schema() {
    let document = Document::load();
    for operation in document.operations() {
        for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
            let at = format!("{} {}", operation.id, parameter["name"]);
            assert_fits(&document, &at, &parameter["schema"], &parameter["example"]);
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}: no description");
        }
        let body = &operation.value["requestBody"];
        if let Some(contents) = body["content"].as_object() {
            for name in ["application/json", "application/x-www-form-urlencoded"] {
                if let Some(content) = contents.get(name) {
                    assert_fits(&document, operation.id, &content["schema"], &content["example"]);
                }
            }
        }
    }
}

#[test]
fn what_an_answer_is_shown_with_fits_its_schema() {
    let document = Document::load();
    let mut shown = 0;
    for operation in document.operations() {
        for (status, response) in operation.responses() {
            let content = &response["content"]["application/json"];
            let at = format!("{} {status}", operation.id);
            let examples = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            let examples: Vec<_> = content.get("example").into_iter().chain(examples).collect();
            assert_eq!(content.is_null(), examples.is_empty(), "{at}: no example");
            for example in examples {
                // An answer without anything to say is `null`.
                if example.is_null() && content["schema"] == serde_json::json!({}) {
                    continue;
                }
                assert_fits(&document, &at, &content["schema"], example);
                assert_eq!(unlisted(response, example), Vec::<String>::new(), "{at}");
                shown += 1;
            }
        }
    }
    assert!(shown > 200, "{shown}");
}

/// The value of a runtime expression in the examples of an operation.
fn taken<'o>(operation: &Operation<'o>, expression: &str) -> Option<&'o Value> {
    if let Some(pointer) = expression.strip_prefix("$response.body") {
        let example = &operation.success().1["content"]["application/json"]["example"];
        return example.pointer(pointer.strip_prefix('#').unwrap_or(pointer));
    }
    if let Some(name) = expression.strip_prefix("$request.path.") {
        let parameters = operation.value["parameters"].as_array()?;
        return parameters.iter().find(|parameter| parameter["name"] == name).map(|parameter| &parameter["example"]);
    }
    (expression == "$request.body").then_some(&operation.value["requestBody"]["content"]["application/json"]["example"])
}

#[test]
fn a_link_leads_to_an_operation_with_what_that_takes() {
    let document = Document::load();
    let mut links = 0;
    for operation in document.operations() {
        let links_of = |(_, response): (u16, &'_ Value)| response["links"].as_object().cloned().unwrap_or_default();
        for (name, link) in operation.successes().into_iter().flat_map(links_of) {
            let at = format!("{} → {name}", operation.id);
            let target = document.operation(link["operationId"].as_str().unwrap());
            let parameters = target.value["parameters"].as_array().cloned().unwrap_or_default();
            let given = link["parameters"].as_object().cloned().unwrap_or_default();
            assert_eq!(parameters.len(), given.len(), "{at}");
            for parameter in &parameters {
                let expression = given[parameter["name"].as_str().unwrap()].as_str().unwrap();
                let value = taken(&operation, expression).unwrap_or_else(|| panic!("{at}: {expression}"));
                assert_fits(&document, &at, &parameter["schema"], value);
            }
            if let Some(body) = link.get("requestBody") {
                // Generators refuse an object of expressions.
                let expression = body.as_str().unwrap_or_else(|| panic!("{at}: {body}"));
                let schema = &target.value["requestBody"]["content"]["application/json"]["schema"];
                assert_fits(&document, &at, schema, taken(&operation, expression).unwrap());
            }
            links += 1;
        }
    }
    assert!(links > 10, "{links}");
}
