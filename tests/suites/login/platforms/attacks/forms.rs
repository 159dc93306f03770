//! Texts that are no proof of this kind, or none at all.

use serde_json::json;
use tests::platforms::{CUSTOM, EPIC_V1, KINDS, Kind, NINTENDO, NINTENDO_ACCOUNT, USER};

use super::{Accepted, Case, Code, Expected, Invalid, UnknownKey};

/// The largest body of a request, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

pub(super) fn cases(kind: &'static Kind) -> Vec<Case> {
    if kind.name == EPIC_V1.name {
        // What cannot be read is of no version.
        return Vec::new();
    }
    let mut cases = texts(kind);
    cases.extend(sizes(kind));
    cases.extend(uses(kind));
    cases
}

fn texts(kind: &'static Kind) -> Vec<Case> {
    let of = |name: &str, change: fn(String) -> String| {
        Case::new(name, Invalid, move |scene| change(kind.proof(USER, scene.now())))
    };
    let parts = |proof: &str| proof.split('.').map(str::to_owned).collect::<Vec<_>>();
    vec![
        of("two parts", |proof| proof.rsplit_once('.').unwrap().0.to_owned()),
        of("four parts", |proof| format!("{proof}.x")),
        of("five parts", |proof| format!("{proof}.x.x")),
        of("a line break behind it", |proof| format!("{proof}\n")),
        of("a blank before it", |proof| format!(" {proof}")),
        of("its scheme before it", |proof| format!("Bearer {proof}")),
        of("quotes around it", |proof| format!("\"{proof}\"")),
        of("padding behind it", |proof| format!("{proof}==")),
        of("padding within it", |proof| proof.replacen('.', "=.", 1)),
        of("a NUL within it", |proof| proof.replacen('.', "\0.", 1)),
        of("a letter of another alphabet", |proof| proof.replacen('e', "е", 1)),
        Case::new("the claims first", Invalid, move |scene| {
            let parts = parts(&kind.proof(USER, scene.now()));
            format!("{}.{}.{}", parts[1], parts[0], parts[2])
        }),
        Case::new("two dots", Invalid, |_| "..".to_owned()),
        Case::new("one letter", Invalid, |_| "x".to_owned()),
        Case::new("a ticket of Steam", Invalid, |_| tests::platforms::steam::TICKET.to_owned()),
        Case::new("no JSON in it", Invalid, |_| "eHh4.eHh4.eHh4".to_owned()),
        Case::new("empty objects in it", Invalid, |_| "e30.e30.e30".to_owned()),
    ]
}

fn sizes(kind: &'static Kind) -> Vec<Case> {
    let padded = |name: &str, expected: Expected, length: usize| {
        Case::new(name, expected, move |scene| kind.changed(USER, scene.now(), json!({ "x": "x".repeat(length) })))
    };
    // Without its parent's token, a login of Nintendo is complete.
    let empty = if kind.name == NINTENDO_ACCOUNT.name { Accepted } else { Code(kind.empty) };
    vec![
        Case::new("empty", empty, |_| String::new()),
        padded("4 KiB", Accepted, 3 * 1024),
        padded("10 KiB", Invalid, 7 * 1024),
        padded("60 KiB of a good proof", Invalid, 43 * 1024),
        Case::new("60 KiB of one letter", Invalid, |_| "x".repeat(60 * 1024)),
        Case::new("64 KiB", Code("request_too_large"), |_| "x".repeat(BODY_LIMIT)),
    ]
}

/// Good tokens that are for something else.
fn uses(kind: &'static Kind) -> Vec<Case> {
    let mut cases = vec![
        Case::new("a token with two uses: a bearer token of a trusted issuer", Invalid, |scene| scene.world.admin()),
        Case::new("a token with two uses: a bearer token of this deployment", Invalid, |scene| {
            scene.world.own_token(json!({ "client_id": "phone", "ver": 1, "token_type": "access" }))
        }),
    ];
    for other in KINDS.into_iter().filter(|other| other.grant != kind.grant || other.is_parent() != kind.is_parent()) {
        // The algorithm is read before the name of the key.
        let by_algorithm = kind.is_custom() || other.name == CUSTOM.name;
        let expected = if by_algorithm { Invalid } else { UnknownKey };
        cases.push(Case::new(format!("a token with two uses: a proof of {}", other.name), expected, move |scene| {
            other.proof(USER, scene.now())
        }));
    }
    if kind.name == NINTENDO.name {
        cases.push(Case::new("a token with two uses: the game's and the account's key", UnknownKey, |scene| {
            NINTENDO.signed_by(&NINTENDO_ACCOUNT.key(), json!({}), NINTENDO.claims(USER, scene.now()))
        }));
    }
    cases
}
