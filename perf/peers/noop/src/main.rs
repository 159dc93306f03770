//! The no-op: a constant answer to each event, on the same runtime as the functions.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(answer)))
}

async fn answer(_: LambdaEvent<IgnoredAny>) -> Result<Value, Error> {
    Ok(json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "isBase64Encoded": false,
        "body": r#"{"ok":true}"#,
    }))
}
