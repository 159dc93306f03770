//! Users, and the form of the claims.

use serde_json::{Value, json};
use tests::platforms::{Kind, USER};

use super::{Accepted, Case, Invalid, OTHER, Unreadable, naming_another};

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let mut cases = users(kind);
    let unknown = json!({ "email_verified": "true", "email": "a@b.test", "x": { "y": [1] } });
    cases.push(Case::claims(kind, "unknown claims", Accepted, unknown));
    for (name, text) in [("a list", "[]"), ("a text", r#""x""#), ("null", "null"), ("no JSON", "{"), ("empty", "")] {
        cases.push(signed(kind, &format!("claims that are {name}"), move |_| text.to_owned()));
    }
    cases.push(signed(kind, "two users by one name", |claims| {
        claims.to_string().replacen('{', &format!(r#"{{"{}":"ffffffffffffffff","#, kind.user_id), 1)
    }));
    cases.push(signed(kind, "claims with text behind them", |claims| format!("{claims} x")));
    for (name, user) in [("the usual user", USER), ("the other user", OTHER)] {
        let name = format!("an id of the request's choice: in each member that could name one, for {name}");
        let chosen = Case::new(name, Accepted, |scene| kind.proof(user, scene.now()));
        cases.push(Case { more: naming_another(), ..chosen });
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
    if kind.is_of_nintendo() {
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
