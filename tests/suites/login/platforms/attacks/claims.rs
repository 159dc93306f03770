//! Users, and claims that say that a token is for something else.

use serde_json::{Value, json};
use tests::platforms::{Kind, NINTENDO, NINTENDO_ACCOUNT, USER};

use super::{Accepted, Case, Invalid, Unreadable};

/// The id of another user.
const OTHER: &str = "ffa1b2c3d4e5f607";

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let claims = |name: &str, expected, changes: Value| Case::claims(kind, name, expected, changes);
    let mut cases = users(kind);
    cases.extend([
        claims("unknown claims", Accepted, json!({ "email_verified": "true", "email": "a@b.test", "x": { "y": [1] } })),
        claims("a token with two uses: an access token by token_use", Unreadable, json!({ "token_use": "access" })),
        claims("a token with two uses: an access token by token_type", Unreadable, json!({ "token_type": "access" })),
        claims("a token with two uses: an access token by typ", Unreadable, json!({ "typ": "access_token" })),
        Case::new("a token with two uses: the claims of a bearer token", Unreadable, |scene| {
            let claims = json!({
                "player_uuid": uuid::Uuid::new_v4(), "client_id": "phone", "ver": 1, "token_type": "access",
                "permissions": [], "jti": "j",
            });
            kind.changed(USER, scene.now(), claims)
        }),
    ]);
    for (name, text) in [("a list", "[]"), ("a text", r#""x""#), ("null", "null"), ("no JSON", "{"), ("empty", "")] {
        cases.push(signed(kind, &format!("claims that are {name}"), move |_| text.to_owned()));
    }
    cases.push(signed(kind, "two users by one name", |claims| {
        claims.to_string().replacen('{', &format!(r#"{{"{}":"ffffffffffffffff","#, kind.user_id), 1)
    }));
    cases.push(signed(kind, "claims with text behind them", |claims| format!("{claims} x")));
    let chosen = Case::new("an id of the request's choice: in each member that could name one", Accepted, |scene| {
        kind.proof(USER, scene.now())
    });
    let more = json!({
        "portal_user_id": OTHER, "platform_user_id": OTHER, "sub": OTHER, "user_id": OTHER, "platform": "Steam",
        "portal_display_name": OTHER,
    });
    cases.push(Case { more, ..chosen });
    if kind.name != NINTENDO.name {
        cases.push(claims(
            "claims of an ID token",
            Accepted,
            json!({ "typ": "id_token", "nonce": "n", "azp": "other" }),
        ));
    }
    cases
}

/// A proof with the text that is made of good claims. It must be refused.
fn signed(kind: &'static Kind, name: &str, text: impl Fn(&Value) -> String + 'static) -> Case {
    let by = move |claims: &Value| kind.key().sign(kind.key().header().to_string().as_bytes(), text(claims).as_bytes());
    Case::new(name, Unreadable, move |scene| by(&kind.claims(USER, scene.now())))
}

fn users(kind: &'static Kind) -> Vec<Case> {
    let of = |name: &str, expected, user: Value| Case::claims(kind, name, expected, json!({ kind.user_id: user }));
    let mut cases = vec![
        of("no user", Invalid, json!(null)),
        of("a user that is empty", Invalid, json!("")),
        of("a user that is a number", Invalid, json!(42)),
        of("a user that is a list", Invalid, json!([USER])),
        of("a user that is an object", Invalid, json!({ "id": USER })),
        of("a user that is true", Invalid, json!(true)),
        of("a user of 2049 characters", Invalid, json!("a".repeat(2049))),
    ];
    if [NINTENDO.name, NINTENDO_ACCOUNT.name].contains(&kind.name) {
        cases.extend([
            of("a user of 15 digits", Invalid, json!(USER[..15])),
            of("a user of 17 digits", Invalid, json!(format!("{USER}0"))),
            of("a user with a sign that is no digit", Invalid, json!(format!("{}g", &USER[..15]))),
        ]);
    } else {
        cases.extend([
            of("a user of one character", Accepted, json!("7")),
            of("a user of 2048 characters", Accepted, json!("a".repeat(2048))),
            of("a user of 2048 characters in two bytes each", Accepted, json!("é".repeat(2048))),
        ]);
    }
    cases
}
