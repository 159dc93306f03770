//! How a request can name its target.

use serde_json::{Value, json};

use crate::{Answer, World, openapi::Operation, targets::Target, world::percent};

/// One request, but for its token.
#[derive(Debug, Clone)]
pub struct Call {
    /// In capitals.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Of the body.
    pub content_type: &'static str,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
}

impl Call {
    /// Sends it, with an `Authorization` header if there is one.
    pub async fn send(&self, world: &World, authorization: Option<&str>) -> Answer {
        let authorization = authorization.map(|value| ("authorization", value));
        let headers: Vec<_> = [("content-type", self.content_type)].into_iter().chain(authorization).collect();
        world.send(&self.method, &self.path, &headers, self.body.clone()).await
    }
}

/// Every way in which an operation can be asked to do its work on this target.
pub fn ways(operation: &Operation<'_>, target: &Target) -> Vec<Call> {
    let Target { user, other } = target;
    let path = operation.path.replace("{person_id}", &user.person_id).replace("{player_uuid}", &user.player_uuid);
    let path = path.replace("{userId}", &user.player_uuid);
    let call = |query: &str, body: Value| Call {
        method: operation.method.clone(),
        path: format!("{path}{query}"),
        content_type: "application/json",
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    };
    if operation.is_call() {
        return encodings(&user.player_uuid)
            .map(|(content_type, body)| Call { content_type, body, ..call("", json!(null)) })
            .into();
    }
    let account = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
    let with_follower = |mut body: Value| {
        body["follower_platform"] = json!(other.platform);
        body["follower_platform_user_id"] = json!(other.platform_user_id);
        call("", body)
    };
    match operation.function() {
        "create-platform-user" | "enable-cross-progression" | "unlink-platform-user" => vec![call("", account)],
        "disable-cross-progression" => vec![call("", account), call("", json!({ "person_id": user.person_id }))],
        "find-platform-user" => {
            let id = percent(&user.platform_user_id);
            vec![call(&format!("?platform={}&platform_user_id={id}", user.platform), json!(null))]
        }
        "link-platform-user" => vec![
            with_follower(json!({ "leader_person_id": user.person_id })),
            with_follower(
                json!({ "leader_platform": user.platform, "leader_platform_user_id": user.platform_user_id }),
            ),
        ],
        "get-player-links" | "get-person-purge" | "get-purge-receipt" | "cancel-person-purge" | "get-user" => {
            vec![call("", json!(null))]
        }
        "queue-person-purge" => {
            vec![call("", json!({})), call("", json!({ "suggested_purge_time": 4_000_000_000_u64 }))]
        }
        "deactivate-user" | "reactivate-user" | "lock-user" | "unlock-user" => vec![call("", json!({}))],
        unknown => panic!("teach this suite how to call {unknown}"),
    }
}

/// A request that leaves one side of a link to the caller's own token.
pub fn half_links(operation: &Operation<'_>, target: &Target) -> Vec<Call> {
    let leaders = ways(operation, target).into_iter().map(|way| {
        let mut body: Value = serde_json::from_slice(&way.body).expect("JSON");
        let fields = body.as_object_mut().expect("an object");
        fields.retain(|name, _| name.starts_with("leader"));
        Call { body: body.to_string().into_bytes(), ..way }
    });
    leaders.collect()
}

/// How the user of a token asks for its own person.
pub fn own_ways(world: &World, operation: &Operation<'_>, target: &Target) -> Vec<Call> {
    let named = ways(operation, target);
    let body = |body: Value| Call { body: body.to_string().into_bytes(), ..named[0].clone() };
    match operation.function() {
        "enable-cross-progression" | "disable-cross-progression" | "unlink-platform-user" => {
            let unnamed = Call { body: Vec::new(), ..named[0].clone() };
            named.iter().cloned().chain([unnamed, body(json!({}))]).collect()
        }
        // The leader proves itself by its token, the follower is the caller.
        "link-platform-user" => vec![body(json!({ "scheme": "Bearer", "credentials": world.player(&target.other) }))],
        _ => named,
    }
}

/// A call's message in every encoding.
fn encodings(user_id: &str) -> [(&'static str, Vec<u8>); 3] {
    let length = u8::try_from(user_id.len()).expect("a short id");
    let message = [&[0x0A, length], user_id.as_bytes()].concat();
    let frame = [&[0, 0, 0, 0, length + 2], message.as_slice()].concat();
    [
        ("application/json", json!({ "userId": user_id }).to_string().into_bytes()),
        ("application/proto", message),
        ("application/grpc-web+proto", frame),
    ]
}
