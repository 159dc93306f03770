//! The document describes the requests that are read: a body that matches its schema never gets a
//! 422, and any other does.

use serde_json::{Value, json};
use tests::{
    Answer, World,
    endpoints::{Ask, Words},
    openapi::{Document, Operation},
    say,
    ways::Call,
};

const ABSENT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// The operations whose bodies are compared with a schema.
fn validated(document: &Document) -> Vec<Operation<'_>> {
    let mut operations = document.catalogued();
    let is_validated = |operation: &Operation<'_>| operation.responses().iter().any(|(status, _)| *status == 422);
    operations.retain(|operation| operation.body_schema().is_object() && is_validated(operation));
    operations
}

/// Words about a user that does not exist.
fn words() -> Words {
    Words::new([
        ("platform", "Steam"),
        ("platform_user_id", "1"),
        ("display_name", "Ada"),
        ("person_id", ABSENT),
        ("other_platform", "Twitch"),
        ("other_platform_user_id", "2"),
        ("other_token", "x"),
        ("refresh_token", "x"),
    ])
}

/// Values that a generator would try for a field with this schema. A schema cannot say "at most 7
/// days in the past", so the suite `purges` checks that.
fn values(document: &Document, schema: &Value) -> Vec<Value> {
    let mut values = vec![json!("x"), json!(""), json!(true), json!(null), json!([]), json!({})];
    values.extend([json!("Steam"), json!(ABSENT)]);
    let told = document.resolved(schema).to_string() + &schema.to_string();
    if let Some((_, longest)) = told.split_once("\"maxLength\":") {
        let digits: String = longest.chars().take_while(char::is_ascii_digit).collect();
        let longest: usize = digits.parse().expect("a length");
        values.extend([longest, longest + 1].map(|chars| json!("é".repeat(chars))));
    }
    if told.contains("date-time") {
        let times = [
            "2099-03-25T09:53:34Z",
            "2099-03-25T09:53:34.029Z",
            "4102444800",
            "+4102444800.5",
            "soon",
            "2099-03-25",
            "nan",
        ];
        values.extend(times.map(Value::from));
        values.extend([json!(4_102_444_800_u64), json!(4_102_444_800.5)]);
    } else {
        values.extend([json!(7), json!(1.5)]);
    }
    values
}

/// Bodies of all kinds: values that are not objects, each field alone, and each valid body with one
/// wrong field.
fn bodies(document: &Document, operation: &Operation<'_>) -> Vec<Value> {
    let mut bodies = vec![json!({}), json!([]), json!(""), json!(null), json!(1), json!("x"), json!([1]), json!(false)];
    let endpoint = operation.endpoint();
    let asked = endpoint.ways.iter().filter_map(|ask| match ask {
        Ask::Body(body) => Some(*body),
        Ask::Nothing | Ask::Query(_) | Ask::Form(_) => None,
    });
    let good: Vec<Value> =
        asked.map(|body| serde_json::from_str(&words().text(body)).expect("a good body is JSON")).collect();
    for (name, schema) in operation.body_schema()["properties"].as_object().expect("fields") {
        for value in values(document, schema) {
            bodies.push(json!({ name: value }));
            for mut body in good.iter().cloned() {
                body[name] = value.clone();
                bodies.push(body);
            }
        }
    }
    for mut body in good {
        bodies.push(body.clone());
        body["more"] = json!([1]);
        bodies.push(body.clone());
        let fields: Vec<_> = body.as_object().expect("an object").keys().cloned().collect();
        bodies.extend(fields.iter().map(|field| {
            let mut body = body.clone();
            body.as_object_mut().expect("an object").remove(field);
            body
        }));
    }
    bodies
}

/// Sends a body as JSON with every right.
async fn send(world: &World, operation: &Operation<'_>, path: &str, body: String) -> Answer {
    let call = Call {
        method: operation.method.clone(),
        path: path.to_owned(),
        content_type: "application/json",
        body: body.into_bytes(),
    };
    call.send(world, operation.authorization(&world.admin()).as_deref()).await
}

/// A body as it is read by the document's descriptions, which say what counts as `{}`, as a text,
/// or as a time.
fn as_read(operation: &Operation<'_>, schema: &Value, body: &Value) -> Value {
    let words = |of: &Value| of["description"].as_str().unwrap_or_default().to_owned();
    if words(&operation.value["requestBody"]).contains(&format!("`{body}`")) {
        return json!({});
    }
    let mut body = body.clone();
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        let words = words(&schema["properties"][name]);
        let is_number =
            value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
        if words.contains("A number or a boolean counts as the text") && (value.is_number() || value.is_boolean()) {
            *value = value.to_string().into();
        } else if words.contains("`0` and `1` are accepted too") && is_boolean(value) {
            *value = true.into();
        } else if words.contains("Unix time") && is_number {
            *value = "2099-03-25T09:53:34Z".into();
        }
    }
    body
}

/// Whether a value counts as a boolean. The words name the texts.
fn is_boolean(value: &Value) -> bool {
    let texts = ["0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"];
    let is_text = |text: &str| texts.contains(&text.to_lowercase().as_str());
    value.is_boolean()
        || value.as_str().is_some_and(is_text)
        || value.as_f64().is_some_and(|one| one == 0.0 || one == 1.0)
}

#[tokio::test]
async fn a_body_is_refused_exactly_where_it_does_not_fit_the_schema_and_its_words() {
    let (world, document) = (World::start().await, Document::load());
    let (mut fitting, mut others) = (0, 0);
    for operation in validated(&document) {
        let (id, schema) = (operation.id, operation.body_schema());
        let path = words().path(operation.path);
        for body in bodies(&document, &operation) {
            let read = as_read(&operation, schema, &body);
            let fits = document.problems(schema, &read).is_empty();
            let answer = send(&world, &operation, &path, body.to_string()).await;
            assert_eq!(answer.status != 422, fits, "{id} {body}: {} {}", answer.status, answer.text);
            operation.assert_foresees(&answer);
            *(if fits { &mut fitting } else { &mut others }) += 1;
        }
    }
    say(&format!("{fitting} bodies fit, {others} do not"));
    assert!(fitting > 150 && others > 100, "{fitting} fit, {others} do not");
}

/// The values that count as `{}` by the description of a body. Includes no body at all, if the
/// description says so.
fn counted_as_empty(operation: &Operation<'_>) -> Vec<String> {
    let words = operation.value["requestBody"]["description"].as_str().unwrap_or_default();
    let (values, _) = words.split_once(" count as `{}`").unwrap_or_default();
    let quoted = values.split('`').skip(1).step_by(2).map(str::to_owned);
    quoted.chain(values.starts_with("No body").then(String::new)).collect()
}

#[tokio::test]
async fn what_counts_as_an_empty_object_is_answered_as_one() {
    let (world, document) = (World::start().await, Document::load());
    let mut counted = Vec::new();
    for operation in validated(&document) {
        let (id, path) = (operation.id, words().path(operation.path));
        let empty = send(&world, &operation, &path, "{}".to_owned()).await;
        for body in counted_as_empty(&operation) {
            let answer = send(&world, &operation, &path, body.clone()).await;
            assert_eq!((answer.status, &answer.text), (empty.status, &empty.text), "{id} {body}");
            operation.assert_foresees(&answer);
            counted.push((id, body));
        }
    }
    // An empty value counts if no field is required, and no body counts if no body is required.
    let expected = validated(&document).into_iter().flat_map(|operation| {
        let needs = |what: &Value| !what.is_null() && *what != json!(false);
        let empty: &[_] =
            match (needs(&operation.value["requestBody"]["required"]), &operation.body_schema()["required"]) {
                (false, _) => &["null", "\"\"", "[]", ""],
                (true, Value::Null) => &["\"\"", "[]"],
                (true, _) => &[],
            };
        empty.iter().map(|body| (operation.id, (*body).to_owned())).collect::<Vec<_>>()
    });
    assert_eq!(counted, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_body_that_has_to_be_there_is_marked_so() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.operations().iter().filter(|operation| operation.value["requestBody"].is_object()) {
        let path = words().with("userId", ABSENT).path(operation.path);
        let answer = send(&world, operation, &path, String::new()).await;
        operation.assert_foresees(&answer);
        // Over Connect a missing message is malformed.
        let missing = answer.status == 422 || answer.text.contains("malformed");
        assert_eq!(operation.value["requestBody"]["required"], missing, "{}: {}", operation.id, answer.text);
    }
}
