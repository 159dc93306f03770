//! The callers, and checks of the answers that they get.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{
    Answer, User, World,
    openapi::{Document, Operation, all_permissions},
    targets::nobody,
    world::PlayerToken,
};

/// A caller by its `Authorization` header.
#[derive(Debug)]
pub struct Caller {
    pub name: String,
    pub authorization: String,
}

/// A service, with permissions and no platform user.
pub fn service(world: &World, permissions: &[&str]) -> Caller {
    Caller { name: format!("a service with {permissions:?}"), authorization: bearer(&world.service(permissions)) }
}

/// A player with permissions.
pub fn player(world: &World, user: &User, permissions: &[&str], token: PlayerToken) -> Caller {
    let name = format!("a player with {permissions:?} by a token {token:?}");
    Caller { name, authorization: bearer(&token.make(world, user, permissions)) }
}

/// Callers with a valid token and no right to a stranger's data. They hold each permission of the
/// document that this operation does not list, as a service and as a player. Also players whose
/// user was purged or never created.
pub async fn strangers(world: &World, document: &Document, operation: &Operation<'_>) -> Vec<Caller> {
    let enough: BTreeSet<_> = operation.permissions().into_iter().collect();
    let useless: Vec<_> =
        all_permissions(document).into_iter().filter(|name| !enough.contains(name.as_str())).collect();
    let useless: Vec<_> = useless.iter().map(String::as_str).collect();
    let [active, inactive] = [nobody("PSN"), nobody("Discord")];
    let active = world.create("PSN", &active.platform_user_id).await;
    let inactive = world.create("Discord", &inactive.platform_user_id).await;
    let path = format!("/v2/users/{}/deactivate", inactive.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
    let mut callers = vec![service(world, &[]), service(world, &useless)];
    callers.extend(useless.iter().map(|permission| service(world, &[permission])));
    for user in [&active, &inactive, &nobody("Twitch")] {
        for token in PlayerToken::ALL {
            callers.extend([player(world, user, &[], token), player(world, user, &useless, token)]);
        }
    }
    let of_own_client = world.own_token(json!({ "sub": "client", "permissions": useless }));
    callers.push(Caller { name: "a client of the own issuer".to_owned(), authorization: bearer(&of_own_client) });
    callers
}

/// Whether the answer refuses the caller and says nothing else.
pub fn is_refusal(operation: &Operation<'_>, answer: &Answer) -> bool {
    if operation.is_zitadel() {
        return answer.status == 403 || outcome(answer) == Some(7);
    }
    let refused = if has_code(operation, 403, "insufficient_permissions") {
        (403, "insufficient_permissions".to_owned())
    } else {
        (400, "cannot_modify_person".to_owned())
    };
    answer.verdict() == refused
}

/// Whether the operation succeeded.
pub fn is_success(operation: &Operation<'_>, answer: &Answer) -> bool {
    operation.successes().iter().any(|(status, _)| *status == answer.status)
        && matches!(outcome(answer), None | Some(0))
}

/// The gRPC status of a call over gRPC-Web, which is not in the HTTP status.
fn outcome(answer: &Answer) -> Option<u8> {
    (answer.header("content-type") == Some("application/grpc-web+proto")).then(|| {
        let (_, status) = answer.text.split_once("grpc-status: ").expect("trailers");
        status.split("\r\n").next().and_then(|status| status.parse().ok()).expect("a number")
    })
}

fn has_code(operation: &Operation<'_>, status: u16, code: &str) -> bool {
    let responses = operation.responses();
    let response = responses.iter().find(|(of, _)| *of == status);
    response.is_some_and(|(_, response)| !response["content"]["application/json"]["examples"][code].is_null())
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
