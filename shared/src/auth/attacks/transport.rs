//! The `Authorization` header: `Bearer` in any case and one token of at most 8 KiB.

use serde_json::json;

use super::{Case, Verdict, good, with_header};
use crate::auth::{
    MAX_TOKEN_BYTES,
    testing::{self, TestKey},
};

pub(super) fn cases() -> Vec<Case> {
    schemes().into_iter().chain(several()).chain(sizes()).collect()
}

fn schemes() -> Vec<Case> {
    let token = good();
    let refused = [
        ("nothing in it", String::new()),
        ("a space in it", " ".into()),
        ("the scheme alone", "Bearer".into()),
        ("the scheme and a space", "Bearer ".into()),
        ("a token alone", token.clone()),
        ("the token first", format!("{token} Bearer")),
        ("no space", format!("Bearer{token}")),
        ("a colon", format!("Bearer:{token}")),
        ("a colon and a space", format!("Bearer: {token}")),
        ("an equals sign", format!("Bearer={token}")),
        ("a no-break space", format!("Bearer\u{a0}{token}")),
        ("a quoted scheme", format!("\"Bearer\" {token}")),
        ("the scheme twice", format!("Bearer Bearer {token}")),
        ("Basic", format!("Basic {token}")),
        ("Basic with a password", "Basic YWRtaW46YWRtaW4=".into()),
        ("Digest", format!("Digest {token}")),
        ("DPoP", format!("DPoP {token}")),
        ("Token", format!("Token {token}")),
        ("JWT", format!("JWT {token}")),
        ("MAC", format!("MAC {token}")),
        ("Negotiate", format!("Negotiate {token}")),
        ("a longer scheme", format!("BearerToken {token}")),
        ("a shorter scheme", format!("Beare {token}")),
        ("a letter of another alphabet", format!("B\u{435}arer {token}")),
        ("a parameter", format!("Bearer token={token} scope=x")),
    ];
    let refused =
        refused.map(|(name, header)| Case::header(format!("header with {name}"), Some(header), Verdict::FORMAT));
    let accepted = ["Bearer", "bearer", "BEARER", "bEaReR"].map(|scheme| {
        Case::header(format!("header with {scheme}"), Some(format!("{scheme} {token}")), Verdict::ACCEPTED)
    });
    let others = [
        Case::header("no header", None, Verdict::FORMAT),
        Case::header("header with quotes around the token", Some(format!("Bearer \"{token}\"")), Verdict::MALFORMED),
        Case::header("header with brackets around the token", Some(format!("Bearer <{token}>")), Verdict::MALFORMED),
        Case::header("header with an opaque token", Some("Bearer 4f9c2a7d1e8b".into()), Verdict::NOT_JWT),
        Case::header("header with several spaces", Some(format!("Bearer   {token}")), Verdict::ACCEPTED),
    ];
    refused.into_iter().chain(accepted).chain(others).collect()
}

/// The gateway joins repeated headers with a comma. Choosing one of several tokens is not ours to
/// do.
fn several() -> Vec<Case> {
    let good = good();
    let bad = with_header(&json!({ "kid": "attacker" }));
    let headers = [
        ("the same twice", format!("Bearer {good},Bearer {good}")),
        ("the same twice, with a space", format!("Bearer {good}, Bearer {good}")),
        ("a good and a bad one", format!("Bearer {good},Bearer {bad}")),
        ("a bad and a good one", format!("Bearer {bad},Bearer {good}")),
        ("Basic and a good one", format!("Basic eDp5,Bearer {good}")),
        ("a good one and Basic", format!("Bearer {good},Basic eDp5")),
        ("nothing and a good one", format!(",Bearer {good}")),
        ("a good one and nothing", format!("Bearer {good},")),
        ("two tokens with a comma", format!("Bearer {good},{good}")),
        ("two tokens with a space", format!("Bearer {good} {good}")),
        ("two tokens with a semicolon and a space", format!("Bearer {good}; {good}")),
    ];
    headers.map(|(name, header)| Case::header(format!("two headers: {name}"), Some(header), Verdict::FORMAT)).into()
}

fn sizes() -> Vec<Case> {
    let header = |bytes| Some(format!("Bearer {}", of_size(bytes)));
    vec![
        Case::new("a good token of 8191 bytes", of_size(MAX_TOKEN_BYTES - 1), Verdict::ACCEPTED),
        Case::new("a good token of 8192 bytes", of_size(MAX_TOKEN_BYTES), Verdict::ACCEPTED),
        Case::new("a good token of 8193 bytes", of_size(MAX_TOKEN_BYTES + 1), Verdict::TOO_LONG),
        Case::header("header with a good token of 8192 bytes", header(MAX_TOKEN_BYTES), Verdict::ACCEPTED),
        Case::header("header with a good token of 8193 bytes", header(MAX_TOKEN_BYTES + 1), Verdict::TOO_LONG),
        Case::new("8192 letters", "a".repeat(MAX_TOKEN_BYTES), Verdict::NOT_JWT),
        Case::new("8193 letters", "a".repeat(MAX_TOKEN_BYTES + 1), Verdict::TOO_LONG),
        Case::new("8193 dots", ".".repeat(MAX_TOKEN_BYTES + 1), Verdict::TOO_LONG),
        Case::new("a MiB of letters", "a".repeat(1 << 20), Verdict::TOO_LONG),
        Case::new("8193 bytes in fewer characters", "\u{e9}".repeat(4097), Verdict::TOO_LONG),
    ]
}

/// A valid token of exactly this many bytes.
fn of_size(bytes: usize) -> String {
    // Four letters hold three bytes, so one part cannot have every length, but two parts together
    // can.
    let with = |in_header: usize, in_claims: usize| {
        let key = TestKey::ed25519();
        let (mut header, mut claims) = (key.header(), testing::claims());
        header["x"] = json!("x".repeat(in_header));
        claims["x"] = json!("x".repeat(in_claims));
        key.sign_parts(&header.to_string(), &claims.to_string())
    };
    let missing = bytes - with(4, 0).len();
    let mut sizes = (0..8).flat_map(|less| (0..4).map(move |in_header| (in_header, missing * 3 / 4 + 4 - less)));
    let (in_header, in_claims) =
        sizes.find(|(header, claims)| with(*header, *claims).len() == bytes).expect("a way to fill");
    with(in_header, in_claims)
}
