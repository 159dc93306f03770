//! Times.

use serde_json::{Value, json};
use tests::platforms::{Kind, USER};

use super::{Accepted, Case, Expected, Invalid, Unreadable};

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let moved = |name: &str, expected: Expected, claim: &'static str, seconds: i64| {
        Case::new(name, expected, move |scene| {
            let now = scene.now();
            kind.changed(USER, now, json!({ claim: now + seconds }))
        })
    };
    let fixed = |claim: &'static str, value: Value| {
        let name = format!("{claim} is {value}");
        Case::claims(kind, name, Unreadable, json!({ claim: value }))
    };
    let mut cases = vec![
        moved("expired a moment ago", Invalid, "exp", -10),
        moved("expired a day ago", Invalid, "exp", -86_400),
        moved("expires in a minute", Accepted, "exp", 60),
        moved("issued a little ahead, as clocks differ", Accepted, "iat", 20),
        moved("issued in the future", Invalid, "iat", 90),
        moved("issued long ago", Accepted, "iat", -86_400),
        moved("valid since a moment", Accepted, "nbf", -10),
        moved("valid in a moment, as clocks differ", Accepted, "nbf", 20),
        moved("not yet valid", Invalid, "nbf", 90),
        fixed("exp", json!("4102444800")),
        fixed("exp", json!(-1)),
        fixed("exp", json!(1e300)),
        fixed("iat", json!(1e18)),
        fixed("exp", json!([4_102_444_800_i64])),
        fixed("iat", json!("1")),
        fixed("iat", json!({})),
        fixed("nbf", json!("1")),
    ];
    for claim in ["exp", "iat"] {
        cases.push(Case::claims(kind, format!("no {claim}"), Unreadable, json!({ claim: null })));
        cases.push(Case::new(format!("{claim} is null"), Unreadable, move |scene| {
            let mut claims = kind.claims(USER, scene.now());
            claims[claim] = Value::Null;
            kind.key().sign(kind.key().header().to_string().as_bytes(), claims.to_string().as_bytes())
        }));
    }
    cases
}
