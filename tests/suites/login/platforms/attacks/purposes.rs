//! Claims that say what a token is for.

use serde_json::{Value, json};
use tests::platforms::{Kind, USER};

use super::{Accepted, Case, Expected, Invalid, Unreadable};

/// The claims that may name the purpose of a token.
const NAMES: [&str; 3] = ["typ", "token_use", "token_type"];

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let mut cases = vec![
        Case::new("a token with two uses: the claims of a bearer token", of_access(kind), |scene| {
            let claims = json!({
                "player_uuid": uuid::Uuid::new_v4(), "client_id": "phone", "ver": 1, "token_type": "access",
                "permissions": [], "jti": "j",
            });
            kind.changed(USER, scene.now(), claims)
        }),
        Case::claims(kind, "claims that an ID token may have", Accepted, json!({ "nonce": "n", "azp": "other" })),
    ];
    let logout = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    for events in [logout, json!({}), json!([]), json!("")] {
        let name = format!("a token with two uses: the events {events}");
        cases.push(Case::claims(kind, name, Unreadable, json!({ "events": events })));
    }
    cases.extend(NAMES.iter().flat_map(|name| purposes(kind, name)));
    cases
}

/// Epic's access tokens are proofs too.
fn of_access(kind: &Kind) -> Expected {
    if kind.is_of_epic() { Accepted } else { Unreadable }
}

/// The values of one of these claims. Every token of Nintendo says by `typ` that it is an ID token.
fn purposes(kind: &'static Kind, name: &'static str) -> Vec<Case> {
    let of = |expected: Expected, value: Value| {
        Case::claims(kind, format!("a token with two uses: {name} is {value}"), expected, json!({ name: value }))
    };
    let is_strict = kind.is_of_nintendo() && name == "typ";
    let of_id = if is_strict { Invalid } else { Accepted };
    let mut cases = vec![of(Accepted, json!("id_token"))];
    cases.extend(["id", "ID", "jwt", "JWT", "ID_TOKEN"].map(|text| of(of_id, json!(text))));
    cases.extend(["access", "access_token", "Bearer"].map(|text| of(of_access(kind), json!(text))));
    let others = ["Refresh", "refresh_token", "Logout", "logout_token", "session_token", "id token", "idx", ""];
    cases.extend(others.map(|text| of(Unreadable, json!(text))));
    let mistyped = [json!([]), json!(["id_token"]), json!(1), json!(true), json!({ "id_token": "id_token" })];
    cases.extend(mistyped.map(|value| of(Unreadable, value)));
    if is_strict {
        cases.push(of(Invalid, Value::Null));
    }
    cases
}
