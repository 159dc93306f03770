//! The routes, and the event that API Gateway makes of a request to one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::events::gateway;

use super::functions::ADMIN;

const ID: &str = "00000000-0000-4000-8000-000000000000";

/// One route of the template.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The binary behind it.
    pub function: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path, as the template writes it.
    pub path: &'static str,
}

const fn route(function: &'static str, method: &'static str, path: &'static str) -> Route {
    Route { function, method, path }
}

pub const CREATE: Route = route("create-platform-user", "POST", "/users/v1/platform-user");
pub const ENABLE: Route = route("enable-cross-progression", "POST", "/users/v1/cross-progression/enable");
pub const DISABLE: Route = route("disable-cross-progression", "POST", "/users/v1/cross-progression/disable");
pub const LINK: Route = route("link-platform-user", "POST", "/users/v1/link");
pub const UNLINK: Route = route("unlink-platform-user", "POST", "/users/v1/unlink");
pub const QUEUE_PURGE: Route = route("queue-person-purge", "POST", "/users/v1/person/{person_id}/purge");
pub const DEACTIVATE: Route = route("deactivate-user", "POST", "/v2/users/{userId}/deactivate");
pub const REACTIVATE: Route = route("reactivate-user", "POST", "/v2/users/{userId}/reactivate");
pub const LOCK: Route = route("lock-user", "POST", "/v2/users/{userId}/lock");
pub const UNLOCK: Route = route("unlock-user", "POST", "/v2/users/{userId}/unlock");
pub const CALL_DEACTIVATE: Route = route("deactivate-user", "POST", "/zitadel.user.v2.UserService/DeactivateUser");
pub const CALL_REACTIVATE: Route = route("reactivate-user", "POST", "/zitadel.user.v2.UserService/ReactivateUser");
pub const CALL_LOCK: Route = route("lock-user", "POST", "/zitadel.user.v2.UserService/LockUser");
pub const CALL_GET: Route = route("get-user", "POST", "/zitadel.user.v2.UserService/GetUserByID");
pub const CALL_UNLOCK: Route = route("unlock-user", "POST", "/zitadel.user.v2.UserService/UnlockUser");

/// Routes that read no body.
pub const BODILESS: [Route; 6] = [
    route("find-platform-user", "GET", "/users/v1/platform-user"),
    route("get-player-links", "GET", "/users/v2/player/{player_uuid}/links"),
    route("get-person-purge", "GET", "/users/v1/person/{person_id}/purge"),
    route("get-purge-receipt", "GET", "/users/v1/person/{person_id}/purge/receipt"),
    route("cancel-person-purge", "DELETE", "/users/v1/person/{person_id}/purge"),
    route("get-user", "GET", "/v2/users/{userId}"),
];

impl Route {
    /// The event of a request with every permission, a query and no body, with every field that AWS documents.
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

    /// The event of a request with a body of this type, with the fields that are read.
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

    fn parameter(&self) -> Option<&'static str> {
        self.path.split(['{', '}']).nth(1)
    }

    fn path_of_one(&self) -> String {
        self.parameter().map_or(self.path.to_owned(), |name| self.path.replace(&format!("{{{name}}}"), ID))
    }
}
