//! The routes, and the event that API Gateway makes of a request to one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{events::gateway, openapi::Operation};

use super::functions::ADMIN;

const ID: &str = "00000000-0000-4000-8000-000000000000";

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route<'r> {
    /// The method.
    pub method: &'r str,
    /// The path, as the template writes it.
    pub path: &'r str,
}

impl<'r> From<&'r Operation<'_>> for Route<'r> {
    fn from(operation: &'r Operation<'_>) -> Self {
        Self { method: &operation.method, path: operation.path }
    }
}

impl Route<'_> {
    /// The event of a request with every permission, a query and no body, with every field that AWS
    /// documents.
    pub fn event(&self) -> Value {
        let mut event = gateway();
        let fields = event.as_object_mut().expect("an object");
        match self.parameter() {
            Some(name) => fields.insert("pathParameters".into(), json!({ name: ID })),
            None => fields.remove("pathParameters"),
        };
        fields.remove("body");
        event["rawPath"] = json!(self.path_of_one());
        event["rawQueryString"] = json!("platform=Steam&platform_user_id=42");
        event["queryStringParameters"] = json!({ "platform": "Steam", "platform_user_id": "42" });
        event["headers"]["authorization"] = json!(format!("Bearer {ADMIN}"));
        let key = json!(format!("{} {}", self.method, self.path));
        event["routeKey"] = key.clone();
        let context = &mut event["requestContext"];
        context["routeKey"] = key;
        context["http"]["method"] = json!(self.method);
        context["http"]["path"] = json!(self.path_of_one());
        event
    }

    /// The event of a request with a body of this type. It has only the fields that the functions
    /// read.
    pub fn event_with(&self, authorization: &str, content_type: &str, body: &[u8]) -> Value {
        let mut headers = json!({ "authorization": authorization });
        if !content_type.is_empty() {
            headers["content-type"] = json!(content_type);
        }
        json!({
            "rawPath": self.path_of_one(),
            "headers": headers,
            "pathParameters": self.parameter().map(|name| json!({ name: ID })),
            "requestContext": { "http": { "method": self.method }, "requestId": "r" },
            "body": STANDARD.encode(body),
            "isBase64Encoded": true,
        })
    }

    fn parameter(&self) -> Option<&str> {
        self.path.split(['{', '}']).nth(1)
    }

    fn path_of_one(&self) -> String {
        self.parameter().map_or(self.path.to_owned(), |name| self.path.replace(&format!("{{{name}}}"), ID))
    }
}
