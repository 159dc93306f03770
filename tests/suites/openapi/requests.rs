//! What the document says of requests is what is read: what fits its schema is never 422, and what does not fit is.

use serde_json::{Value, json};
use tests::{
    Answer, World,
    openapi::{Document, Operation},
};

const ABSENT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// The request bodies that are described, with values that a generator would try.
fn bodies() -> Vec<(&'static str, Vec<Value>)> {
    let texts = [json!("x"), json!(""), json!(7), json!(1.5), json!(true), json!(null), json!([]), json!({})];
    let long = |chars: usize| json!("é".repeat(chars));
    let mut created: Vec<_> = texts.iter().map(|id| json!({ "platform": "Steam", "platform_user_id": id })).collect();
    created.extend([2048, 2049].map(|chars| json!({ "platform": "PSN", "platform_user_id": long(chars) })));
    created.extend(
        [256, 257].map(|chars| json!({ "platform": "Epic", "platform_user_id": chars, "display_name": long(chars) })),
    );
    created
        .extend(texts.iter().map(|name| json!({ "platform": "Epic", "platform_user_id": name, "display_name": name })));
    created.extend(texts.iter().map(|platform| json!({ "platform": platform, "platform_user_id": "1" })));
    created.extend([
        json!({}),
        json!([]),
        json!(""),
        json!(null),
        json!(1),
        json!("x"),
        json!({ "platform": "Steam" }),
    ]);
    created.push(json!({ "platform": "Twitch", "platform_user_id": "1", "more": [1] }));
    let names =
        ["person_id", "platform", "platform_user_id", "leader_person_id", "leader_platform", "credentials", "scheme"];
    let values = texts.iter().cloned().chain([json!("Steam"), json!(ABSENT)]);
    let mut optional: Vec<_> = values.flat_map(|value| names.map(|name| json!({ name: value.clone() }))).collect();
    optional.extend([json!({}), json!([]), json!(""), json!(null), json!(1), json!("x"), json!([1]), json!(false)]);
    // A schema cannot say "at most 7 days in the past": that is for the purges suite.
    let times = [
        "2099-03-25T09:53:34Z",
        "2099-03-25T09:53:34.029Z",
        "4102444800",
        "+4102444800.5",
        "soon",
        "2099-03-25",
        "",
        "nan",
    ];
    let mut timed: Vec<_> = times.map(|time| json!({ "suggested_purge_time": time })).into();
    let values = [json!(4_102_444_800_u64), json!(4_102_444_800.5), json!(true), json!(null), json!([]), json!({})];
    timed.extend(values.map(|time| json!({ "suggested_purge_time": time })));
    timed.extend([json!({}), json!([]), json!(""), json!(null), json!(1), json!("x")]);
    vec![
        ("create-platform-user", created),
        ("disable-cross-progression", optional.clone()),
        ("enable-cross-progression", optional.clone()),
        ("link-platform-user", optional.clone()),
        ("unlink-platform-user", optional),
        ("queue-person-purge", timed),
    ]
}

/// A body as the document's words say that it is read: what counts as `{}`, as a text, or as a time.
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
        } else if words.contains("Unix time") && is_number {
            *value = "2099-03-25T09:53:34Z".into();
        }
    }
    body
}

#[tokio::test]
async fn a_body_is_refused_exactly_where_it_does_not_fit_the_schema_and_its_words() {
    let (world, document) = (World::start().await, Document::load());
    let (mut fitting, mut others) = (0, 0);
    for (id, bodies) in bodies() {
        let operation = document.operation(id);
        let schema = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        let path = operation.path.replace("{person_id}", ABSENT);
        for body in bodies {
            let read = as_read(&operation, document.resolved(schema), &body);
            let fits = document.problems(schema, &read).is_empty();
            let answer: Answer = world.post(&path, &world.admin(), body.clone()).await;
            assert_eq!(answer.status != 422, fits, "{id} {body}: {} {}", answer.status, answer.text);
            operation.assert_foresees(&answer);
            *(if fits { &mut fitting } else { &mut others }) += 1;
        }
    }
    assert!(fitting > 100 && others > 50, "{fitting} fit, {others} do not");
}

/// Each value that the words about a body have in backquotes, no body among them.
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
    for (id, _) in bodies() {
        let operation = document.operation(id);
        let path = operation.path.replace("{person_id}", ABSENT);
        let token = format!("Bearer {}", world.admin());
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let empty = world.send(&operation.method, &path, &headers, "{}").await;
        for body in counted_as_empty(&operation) {
            let answer = world.send(&operation.method, &path, &headers, body.clone()).await;
            assert_eq!((answer.status, &answer.text), (empty.status, &empty.text), "{id} {body}");
            operation.assert_foresees(&answer);
            counted.push((id, body));
        }
    }
    let optional =
        ["disable-cross-progression", "enable-cross-progression", "link-platform-user", "unlink-platform-user"];
    let optional = optional.into_iter().flat_map(|id| ["null", "\"\"", "[]", ""].map(|body| (id, body.to_owned())));
    let required = ["\"\"", "[]"].map(|body| ("queue-person-purge", body.to_owned()));
    assert_eq!(counted, optional.chain(required).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_body_that_has_to_be_there_is_marked_so() {
    let (world, document) = (World::start().await, Document::load());
    for operation in document.operations().iter().filter(|operation| operation.value["requestBody"].is_object()) {
        let path = operation.path.replace("{person_id}", ABSENT).replace("{userId}", ABSENT);
        let token = format!("Bearer {}", world.admin());
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let answer = world.send(&operation.method, &path, &headers, "").await;
        operation.assert_foresees(&answer);
        // Over Connect, an absent message is malformed.
        let missing = answer.status == 422 || answer.text.contains("malformed");
        assert_eq!(operation.value["requestBody"]["required"], missing, "{}: {}", operation.id, answer.text);
    }
}

#[test]
fn every_described_body_is_tried_here() {
    let document = Document::load();
    let validated = document.operations().into_iter().filter(|operation| {
        operation.value["requestBody"].is_object() && operation.responses().iter().any(|(status, _)| *status == 422)
    });
    let mut described: Vec<_> = validated.map(|operation| operation.id.to_owned()).collect();
    let mut tried: Vec<_> = bodies().into_iter().map(|(id, _)| id.to_owned()).collect();
    described.sort();
    tried.sort();
    assert_eq!(tried, described);
}
