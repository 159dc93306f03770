//! The bare function, with which `create-platform-user` is compared, makes the same calls to AWS.

use serde_json::{Map, Value, json};
use shared::{
    http::{Request, RequestParts, respond},
    lambda::Setup,
};
use tests::World;

use super::support::*;

const FUNCTION: &str = "create-platform-user";

/// A value with the length of each text instead of the text. All numbers count as equal, since
/// their digits may differ.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(text) => text.len().into(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(members) => {
            let shape =
                |(name, value): (&String, &Value)| (name.clone(), if name == "N" { Value::Null } else { shape(value) });
            members.iter().map(shape).collect::<Map<_, _>>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Value::Null,
    }
}

#[tokio::test]
async fn bare_makes_the_call_and_gives_the_answer_of_a_creation() {
    let world = World::start().await;
    let body = json!({ "platform": "Steam", "platform_user_id": "76561198000000001", "display_name": "Ada" });
    let created = world.post(CREATE, &world.admin(), body).await;
    assert_eq!(created.status, 201);
    let own = world.made().pop().unwrap();

    world.calls.forget();
    let variables = world.bundle.environment(FUNCTION).unwrap().clone();
    let setup = Setup::new(variables.into_iter().collect(), world.ambient().clone(), vec![world.calls.of(FUNCTION)]);
    let bare = bare::start(&setup).unwrap();
    let reply = respond(&bare, &Request::new(RequestParts::default())).await;
    let [call] = world.made().try_into().unwrap();

    assert_eq!(call.operation, own.operation);
    assert_eq!(call.body["TransactItems"].as_array().unwrap().len(), 3);
    assert_eq!(shape(&call.body), shape(&own.body));
    assert_eq!(reply.status, created.status);
    let answer: Value = serde_json::from_str(reply.text().unwrap()).unwrap();
    assert_eq!(shape(&answer), shape(&created.json()));
}
