//! `kid` is the exact name of a key and nothing else: not a path, a query or a pattern.

use serde_json::{Value, json};

use super::{Case, Verdict, with_header, with_raw_header};
use crate::auth::testing::{TestKey, encoded};

pub(super) fn cases() -> Vec<Case> {
    let kid = TestKey::ed25519().kid;
    let texts = [
        ("a path out of the folder", "../../../../../../dev/null"),
        ("an absolute path", "/dev/null"),
        ("a path on Windows", r"..\..\..\windows\win.ini"),
        ("a path behind the name", "ed25519/../ed25519"),
        ("an encoded path", "..%2F..%2Fdev%2Fnull"),
        ("a file URL", "file:///dev/null"),
        ("a URL of the attacker", "https://attacker.test/keys.json"),
        ("a URL of the loopback", "http://127.0.0.1:9001/"),
        ("the URL of the instance's credentials", "http://169.254.169.254/latest/meta-data/"),
        ("SQL that is always true", "ed25519' OR '1'='1"),
        ("SQL that brings its own key", "x' UNION SELECT 'AAAA' --"),
        ("a shell command", "ed25519; id"),
        ("a shell substitution", "$(id)"),
        ("a template", "{{7*7}}"),
        ("an LDAP filter", "*)(kid=*"),
        ("a wildcard", "*"),
        ("a pattern", ".*"),
        ("a NUL behind the name", "ed25519\0"),
        ("a NUL and an ending", "ed25519\0.pem"),
        ("a newline behind the name", "ed25519\n"),
        ("a header behind the name", "ed25519\r\nx-admin: 1"),
        ("a space before the name", " ed25519"),
        ("a space behind the name", "ed25519 "),
        ("a tab behind the name", "ed25519\t"),
        ("nothing", ""),
        ("a space", " "),
        ("upper case", "ED25519"),
        ("the start of the name", "ed2551"),
        ("the name twice", "ed25519ed25519"),
        ("two names", "ed25519,p256"),
        ("a letter of another alphabet that looks alike", "e\u{501}25519"),
        ("a full-width letter", "\u{ff45}d25519"),
        ("a letter with a combining mark", "e\u{301}d25519"),
        ("an invisible letter", "ed\u{200b}25519"),
        ("text from right to left", "\u{202e}91552de"),
        ("an encoded letter", "%65d25519"),
        ("a name of JavaScript's objects", "__proto__"),
        ("the name of an index", "0"),
    ];
    let values = [
        ("an array with the name", json!([kid])),
        ("an object with the name", json!({ "kid": kid })),
        ("a query object", json!({ "$ne": "" })),
        ("a number", json!(0)),
        ("a float", json!(0.5)),
        ("true", json!(true)),
        ("null", Value::Null),
        ("5000 characters", json!("k".repeat(5000))),
    ];
    let texts = texts.map(|(name, kid)| (name, json!(kid)));
    let values = texts.into_iter().chain(values);
    let mut cases: Vec<_> = values
        .map(|(name, kid)| Case::new(format!("kid: {name}"), with_header(&json!({ "kid": kid })), Verdict::KEY_ID))
        .collect();
    cases.extend([
        Case::new("kid: absent", with_raw_header(r#"{"alg":"EdDSA"}"#), Verdict::KEY_ID),
        Case::new("kid: in upper case as KID", with_raw_header(r#"{"alg":"EdDSA","KID":"ed25519"}"#), Verdict::KEY_ID),
        Case::new("kid: half a character", with_raw_header(r#"{"alg":"EdDSA","kid":"\ud800"}"#), Verdict::KEY_ID),
        Case::new("kid: unknown, and nothing else is right either", nothing_right(), Verdict::KEY_ID),
        Case::new("kid: of another of our keys", with_header(&json!({ "kid": "p256" })), Verdict::ALGORITHM),
        Case::new(
            "kid: spelled with escapes, the same text",
            with_raw_header(r#"{"alg":"EdDSA","\u006bid":"\u0065d25519"}"#),
            Verdict::ACCEPTED,
        ),
    ]);
    cases
}

fn nothing_right() -> String {
    format!("{}.AAAA.", encoded(r#"{"alg":"none","kid":"x"}"#))
}
