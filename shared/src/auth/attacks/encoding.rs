//! The compact form (RFC 7515 section 3.1): three parts of unpadded base64url and two dots, each
//! with exactly one valid spelling.

use serde_json::json;

use super::{Case, Verdict, good, good_parts, with_raw_claims};
use crate::auth::testing::{self, TestKey, encoded};

pub(super) fn cases() -> Vec<Case> {
    [parts(), other_serializations(), spellings(), truncations(), packed_claims()].into_iter().flatten().collect()
}

fn parts() -> Vec<Case> {
    let [header, claims, signature] = good_parts();
    let tokens = [
        ("nothing", String::new(), Verdict::NOT_JWT),
        ("an opaque token", "4f9c2a7d1e8b".into(), Verdict::NOT_JWT),
        ("one part", header.clone(), Verdict::NOT_JWT),
        ("two parts", format!("{header}.{claims}"), Verdict::NOT_JWT),
        ("four parts", format!("{header}.{claims}.{signature}.{signature}"), Verdict::NOT_JWT),
        ("five parts, as JWE has", format!("{header}.{claims}.{claims}.{claims}.{signature}"), Verdict::NOT_JWT),
        ("a dot before", format!(".{header}.{claims}.{signature}"), Verdict::NOT_JWT),
        ("a dot behind", format!("{header}.{claims}.{signature}."), Verdict::NOT_JWT),
        ("two dots in the middle", format!("{header}..{claims}.{signature}"), Verdict::NOT_JWT),
        ("one dot", ".".into(), Verdict::NOT_JWT),
        ("two dots", "..".into(), Verdict::MALFORMED),
        ("three dots", "...".into(), Verdict::NOT_JWT),
        ("8192 dots", ".".repeat(8192), Verdict::NOT_JWT),
        ("no header", format!(".{claims}.{signature}"), Verdict::MALFORMED),
        ("no claims", format!("{header}..{signature}"), Verdict::SIGNATURE),
        ("no signature", format!("{header}.{claims}."), Verdict::SIGNATURE),
        ("only a header", format!("{header}.."), Verdict::SIGNATURE),
        ("parts in another order", format!("{claims}.{header}.{signature}"), Verdict::MALFORMED),
        ("the header in the place of the claims", format!("{header}.{header}.{signature}"), Verdict::SIGNATURE),
        ("parts as they should be", format!("{header}.{claims}.{signature}"), Verdict::ACCEPTED),
    ];
    tokens.map(|(name, token, verdict)| Case::new(format!("token of {name}"), token, verdict)).into()
}

/// The JSON serializations of the same token (RFC 7515 section 7.2).
fn other_serializations() -> Vec<Case> {
    let [header, claims, signature] = good_parts();
    let one = json!({ "protected": header, "signature": signature });
    let flattened = json!({ "payload": claims, "protected": header, "signature": signature });
    let tokens = [
        ("flattened JSON", flattened.to_string(), Verdict::NOT_JWT),
        ("general JSON", json!({ "payload": claims, "signatures": [one] }).to_string(), Verdict::NOT_JWT),
        ("a JSON string", format!("\"{}\"", good()), Verdict::MALFORMED),
        ("base64url of it all", encoded(good()), Verdict::NOT_JWT),
        ("a version before", format!("v1.{header}.{claims}.{signature}"), Verdict::NOT_JWT),
    ];
    tokens.map(|(name, token, verdict)| Case::new(format!("token as {name}"), token, verdict)).into()
}

type Spell = fn(&str) -> String;

/// Other spellings of the same bytes, in each part. If one were accepted, one token would have many
/// texts.
fn spellings() -> Vec<Case> {
    let spellings: [(&str, Spell); 14] = [
        ("padding", |part| format!("{part}{}", "=".repeat(4 - part.len() % 4))),
        ("one sign of padding", |part| format!("{part}=")),
        ("encoded padding", |part| format!("{part}%3D")),
        ("the standard alphabet", |part| part.replace('-', "+").replace('_', "/")),
        ("a space before", |part| format!(" {part}")),
        ("a space behind", |part| format!("{part} ")),
        ("a newline behind", |part| format!("{part}\n")),
        ("a line break within", |part| format!("{}\r\n{}", &part[..8], &part[8..])),
        ("a tab within", |part| format!("{}\t{}", &part[..8], &part[8..])),
        ("a NUL behind", |part| format!("{part}\0")),
        ("a letter that is not ASCII", |part| format!("é{part}")),
        ("an invisible letter", |part| format!("{part}\u{200b}")),
        ("a quote", |part| format!("{part}'")),
        ("a stray bit in its last letter", stray_bit),
    ];
    let parts = ["header", "claims", "signature"].into_iter().enumerate();
    let pairs = parts.flat_map(|part| spellings.iter().map(move |spelling| (part, *spelling)));
    pairs
        .map(|((index, part), (name, spell))| {
            let mut parts = with_every_letter().split('.').map(str::to_owned).collect::<Vec<_>>();
            parts[index] = spell(&parts[index]);
            Case::new(format!("{part} with {name}"), parts.join("."), Verdict::MALFORMED)
        })
        .chain([Case::new("every letter of base64url in every part", with_every_letter(), Verdict::ACCEPTED)])
        .collect()
}

/// A valid token in which each part has `-`, `_` and unused bits at its end.
fn with_every_letter() -> String {
    // In base64url, one of three neighbouring letters yields `_`, and one of three others yields
    // `-`.
    let letters = |object: &serde_json::Value, count: usize| {
        let text = object.to_string();
        text.replacen('{', &format!(r#"{{"letters":"???>>>???>>>~~~{}","#, "x".repeat(count)), 1)
    };
    let suits = |part: &str| part.contains('-') && part.contains('_') && part.len() % 4 > 1;
    let key = TestKey::ed25519();
    let tokens = (0..64_usize)
        .map(|count| key.sign_parts(&letters(&key.header(), count % 8), &letters(&testing::claims(), count / 8)));
    tokens.into_iter().find(|token| token.split('.').all(suits)).expect("one of 64 that suits")
}

/// Sets an unused bit of the last letter. A lenient decoder gives the same bytes.
fn stray_bit(part: &str) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = part.split_at(part.len() - 1);
    let value = LETTERS.find(last).expect("a letter of base64url");
    format!("{start}{}", &LETTERS[value + 1..value + 2])
}

fn truncations() -> Vec<Case> {
    let [header, claims, signature] = good_parts();
    let without_last = |part: &str, count: usize| part[..part.len() - count].to_owned();
    let half_letters = without_last(&signature, 1);
    let tokens = [
        ("a signature of 63 bytes", format!("{header}.{claims}.{}", without_last(&signature, 2)), Verdict::SIGNATURE),
        ("a signature of 85 letters", format!("{header}.{claims}.{half_letters}"), Verdict::MALFORMED),
        ("a signature of one letter", format!("{header}.{claims}.A"), Verdict::MALFORMED),
        ("a signature of one byte", format!("{header}.{claims}.AA"), Verdict::SIGNATURE),
        (
            "claims without their first four letters",
            format!("{header}.{}.{signature}", &claims[4..]),
            Verdict::SIGNATURE,
        ),
        (
            "claims cut to one letter more than fours",
            format!("{header}.{}.{signature}", &claims[..5]),
            Verdict::MALFORMED,
        ),
        (
            "a header without its first four letters",
            format!("{}.{claims}.{signature}", &header[4..]),
            Verdict::MALFORMED,
        ),
        ("the text percent-encoded", good().replace('.', "%2E"), Verdict::NOT_JWT),
        ("full-width dots", good().replace('.', "\u{ff0e}"), Verdict::NOT_JWT),
        ("other letters' case", good().to_lowercase(), Verdict::MALFORMED),
    ];
    tokens.map(|(name, token, verdict)| Case::new(format!("token with {name}"), token, verdict)).into()
}

/// Validly signed payloads that are not JSON in UTF-8: compressed, or signed twice.
fn packed_claims() -> Vec<Case> {
    let claims = testing::claims().to_string();
    let stored = deflated(claims.as_bytes());
    let key = TestKey::ed25519();
    let with = |name: &str, value: &str, claims: &[u8]| {
        let mut header = key.header();
        header[name] = json!(value);
        key.sign_bytes(header.to_string().as_bytes(), claims)
    };
    vec![
        Case::new("zip DEF with packed claims", with("zip", "DEF", &stored), Verdict::BAD_CLAIMS),
        Case::new("packed claims without zip", with_raw_claims(&stored), Verdict::BAD_CLAIMS),
        Case::new("cty JWT with a token as claims", with("cty", "JWT", good().as_bytes()), Verdict::BAD_CLAIMS),
        Case::new("a token as claims without cty", with_raw_claims(good()), Verdict::BAD_CLAIMS),
        Case::new("a token in a string as claims", with_raw_claims(json!(good()).to_string()), Verdict::BAD_CLAIMS),
        Case::new("claims encoded twice", with_raw_claims(encoded(&claims)), Verdict::BAD_CLAIMS),
        Case::new("zip DEF with claims that are not packed", with("zip", "DEF", claims.as_bytes()), Verdict::ACCEPTED),
    ]
}

/// One stored block of DEFLATE (RFC 1951 section 3.2.4).
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}
