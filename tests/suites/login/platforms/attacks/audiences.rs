//! Audiences.

use serde_json::{Value, json};
use tests::platforms::{Kind, USER};

use super::{Accepted, Case, Expected, Invalid, Unreadable};

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    let ours = kind.audiences[0];
    let of = |name: &str, expected: Expected, aud: Value| Case::claims(kind, name, expected, json!({ "aud": aud }));
    let mut cases = vec![
        of("a list with our audience", Accepted, json!([ours])),
        of("each of our audiences", Accepted, json!(kind.audiences.last().unwrap())),
        of("all our audiences", Accepted, json!(kind.audiences)),
        of("a token of another application: its audience", Invalid, json!("another-application")),
        of("a token of another application: its audience in a list", Invalid, json!(["another-application"])),
        of("a token of another application: ours is one of several", Invalid, json!([ours, "another-application"])),
        of("a token of another application: ours is the last", Invalid, json!(["another-application", ours])),
        of("an audience that nobody checks: none", Unreadable, json!(null)),
        of("an audience that nobody checks: an empty list", Invalid, json!([])),
        of("an audience that nobody checks: an empty text", Invalid, json!("")),
        of("an audience that nobody checks: a list with an empty text", Invalid, json!([""])),
        of("an audience that nobody checks: a number", Unreadable, json!(1)),
        of("an audience that nobody checks: an object", Unreadable, json!({ ours: ours })),
        of("an audience that nobody checks: a list within a list", Unreadable, json!([[ours]])),
        of("an audience that nobody checks: ours and a number", Unreadable, json!([ours, 1])),
        of("a text where a list belongs: a part of our audience", Invalid, json!(ours[..ours.len() - 1])),
        of("a text where a list belongs: one letter", Invalid, json!(ours[..1])),
        of("a text where a list belongs: ours with a comma", Invalid, json!(format!("{ours},another-application"))),
        of("our audience and more", Invalid, json!(format!("{ours}x"))),
        of("our audience with a blank", Invalid, json!(format!(" {ours}"))),
        of("our audience in capitals", Invalid, json!(ours.to_uppercase())),
    ];
    if ours == ours.to_uppercase() {
        cases.pop();
    }
    cases.push(Case::new("two audiences by one name", Unreadable, move |scene| {
        let claims = kind.claims(USER, scene.now()).to_string();
        let claims = claims.replacen('{', r#"{"aud":"another-application","#, 1);
        kind.key().sign(kind.key().header().to_string().as_bytes(), claims.as_bytes())
    }));
    cases
}
