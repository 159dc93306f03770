//! What the document says of requests is what is read: what fits its schema is never 422, and what does not fit is.

use serde_json::{Value, json};
use tests::{Answer, World, openapi::Document};

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

#[tokio::test]
async fn a_body_is_refused_exactly_where_it_does_not_fit_the_schema() {
    let (world, document) = (World::start().await, Document::load());
    let (mut fitting, mut others) = (0, 0);
    for (id, bodies) in bodies() {
        let operation = document.operation(id);
        let schema = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        let path = operation.path.replace("{person_id}", ABSENT);
        for body in bodies {
            let fits = document.problems(schema, &body).is_empty();
            let answer: Answer = world.post(&path, &world.admin(), body.clone()).await;
            assert_eq!(answer.status != 422, fits, "{id} {body}: {} {}", answer.status, answer.text);
            operation.assert_foresees(&answer);
            *(if fits { &mut fitting } else { &mut others }) += 1;
        }
    }
    assert!(fitting > 100 && others > 50, "{fitting} fit, {others} do not");
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
