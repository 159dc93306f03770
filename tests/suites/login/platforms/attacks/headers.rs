//! Headers.

use serde_json::{Value, json};
use tests::platforms::{APPLE, GOOGLE, Kind, USER, rsa};

use super::{Accepted, Case, Invalid, UnknownKey, Unreadable};

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let mut cases = key_ids(kind);
    cases.extend(keys_inside(kind));
    let header = |name: &str, expected, changes| Case::header(kind, name, expected, changes);
    cases.extend([
        header("no type in the header", Accepted, json!({ "typ": null })),
        header("an unknown member of the header", Accepted, json!({ "x": [1] })),
        header("a token with two uses: the header of a bearer token", Unreadable, json!({ "typ": "at+jwt" })),
        header("a token with two uses: its long form", Unreadable, json!({ "typ": "application/at+jwt" })),
        header("a token with two uses: a proof of possession", Unreadable, json!({ "typ": "dpop+jwt" })),
        header("a token with two uses: a notice of a logout", Unreadable, json!({ "typ": "logout+jwt" })),
        header("a type that is no text", Unreadable, json!({ "typ": 1 })),
        header("crit", Unreadable, json!({ "crit": ["exp"], "exp": 1 })),
        header("crit without a name", Unreadable, json!({ "crit": [] })),
        header("a body that is not encoded", Unreadable, json!({ "crit": ["b64"], "b64": false })),
    ]);
    cases
}

fn key_ids(kind: &'static Kind) -> Vec<Case> {
    let kid = kind.key().kid().to_owned();
    let of = |name: &str, expected, kid: Value| Case::header(kind, name, expected, json!({ "kid": kid }));
    let of_another = if kind.name == GOOGLE.name { &APPLE } else { &GOOGLE };
    vec![
        of("no kid", Invalid, json!(null)),
        of("a kid that is a number", Invalid, json!(1)),
        of("a kid that is a list", Invalid, json!([kid])),
        of("a kid in capitals", UnknownKey, json!(kid.to_uppercase())),
        of("a kid with a blank", UnknownKey, json!(format!("{kid} "))),
        of("the kid of another platform", UnknownKey, json!(of_another.key().kid())),
        of("a kid that is a path", UnknownKey, json!(format!("../{kid}"))),
        Case::new("an unknown key", UnknownKey, |scene| {
            kind.signed_by(&kind.another_key("unknown"), json!({}), kind.claims(USER, scene.now()))
        }),
        Case::new("two kids", Unreadable, move |scene| {
            let header = kind.key().header().to_string().replacen('{', r#"{"kid":"x","#, 1);
            kind.key().sign(header.as_bytes(), kind.claims(USER, scene.now()).to_string().as_bytes())
        }),
    ]
}

/// The header names keys of its own, or places where there are some.
fn keys_inside(kind: &'static Kind) -> Vec<Case> {
    let members = [
        ("jwk", rsa().jwk()),
        ("jku", json!("http://127.0.0.1:9/keys")),
        ("x5u", json!("http://127.0.0.1:9/certificate")),
        ("x5c", json!(["MIIB"])),
    ];
    let mut cases = Vec::new();
    for (name, value) in members {
        let header = json!({ name: value });
        cases.push(Case::header(kind, format!("{name} in a good header"), Accepted, header.clone()));
        cases.push(Case::new(format!("{name} and an unknown key"), UnknownKey, move |scene| {
            kind.signed_by(&kind.another_key("unknown"), header.clone(), kind.claims(USER, scene.now()))
        }));
    }
    cases
}
