//! A log that cannot be written.

use serde_json::Value;
use tests::{
    World,
    binaries::binary,
    broken::{closed_pipe, full_disk},
    events::{batch, schedule},
    runtime_api::Function,
};

use crate::events::Call;

#[tokio::test]
async fn a_function_whose_log_cannot_be_written_answers_on() {
    let world = World::start().await;
    let (token, nobody) = (world.admin(), uuid::Uuid::new_v4().to_string());
    let get = Call::new("GET", "/v2/users/{userId}", &nobody, &token, &Value::Null).event();
    // These write the log line of a request, the line of a bad record, and a metric.
    let events = [("get-user", get), ("purge-person", batch(&[("a", "{}")])), ("dispatch-due-purges", schedule())];
    for broken in [closed_pipe, full_disk] {
        for (name, event) in &events {
            let variables = world.bundle.environment(name).unwrap();
            let mut function = Function::start_into(binary(name), variables, [broken(), broken()]).await;
            for _ in 0..2 {
                function.call(event).await.answer();
            }
            function.call("{ not json").await.error();
            assert!(function.lives(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_refusal_to_start_that_cannot_be_written_keeps_its_exit_code() {
    let world = World::start().await;
    let mut variables = world.bundle.environment("get-user").unwrap().clone();
    variables.insert("PERSONS_TABLE".into(), String::new());
    for broken in [closed_pipe, full_disk] {
        let function = Function::start_into(binary("get-user"), &variables, [broken(), broken()]).await;
        assert_eq!(function.ended().await.0, Some(1));
    }
}
