//! Requests, and the events that API Gateway makes of them.

use serde_json::{Value, json};
use tests::events::gateway;

/// A request of a caller.
pub struct Call<'a> {
    pub method: &'a str,
    /// The route as the template writes it.
    pub route: &'a str,
    /// The value for `{…}` in the route, if it has one.
    pub id: &'a str,
    pub query: &'a str,
    pub authorization: String,
    pub content_type: &'a str,
    pub body: String,
}

impl<'a> Call<'a> {
    pub fn new(method: &'a str, route: &'a str, id: &'a str, token: &'a str, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let authorization = format!("Bearer {token}");
        Self { method, route, id, query: "", authorization, content_type: "application/json", body }
    }

    /// The event that API Gateway (payload 2.0) makes of this request.
    pub fn event(&self) -> Value {
        let mut event = gateway();
        let fields = event.as_object_mut().unwrap();
        let path = match (self.route.split_once('{'), self.route.split_once('}')) {
            (Some((before, _)), Some((_, after))) => format!("{before}{}{after}", self.id),
            _ => self.route.to_owned(),
        };
        let key = format!("{} {}", self.method, self.route);
        match self.route.split(['{', '}']).nth(1) {
            Some(name) => fields.insert("pathParameters".into(), json!({ name: self.id })),
            None => fields.remove("pathParameters"),
        };
        fields.remove("queryStringParameters");
        if !self.query.is_empty() {
            let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
            fields.insert("queryStringParameters".into(), Value::Object(pairs));
        }
        if self.body.is_empty() {
            fields.remove("body");
        } else {
            fields.insert("body".into(), json!(self.body));
        }
        event["rawQueryString"] = json!(self.query);
        event["headers"]["authorization"] = json!(self.authorization);
        event["headers"]["content-type"] = json!(self.content_type);
        event["routeKey"] = json!(key);
        event["requestContext"]["routeKey"] = json!(key);
        event["requestContext"]["http"]["method"] = json!(self.method);
        event["requestContext"]["http"]["path"] = json!(path);
        event["rawPath"] = json!(path);
        event
    }
}
