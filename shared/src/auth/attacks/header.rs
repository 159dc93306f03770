//! The header is one JSON object. Keys inside it are ignored, and extensions that it marks as
//! critical are refused.

use serde_json::{Value, json};

use super::{Case, Verdict, good_parts, with_header, with_header_by, with_raw_header};
use crate::auth::testing::{self, TestKey, encoded};

pub(super) fn cases() -> Vec<Case> {
    [keys_inside(), critical(), unencoded(), repeated_names(), other_json(), other_members()]
        .into_iter()
        .flatten()
        .collect()
}

/// Each way to bring or name a key, once with the attacker's signature and once with ours; ours
/// stays valid.
fn keys_inside() -> Vec<Case> {
    let attacker = TestKey::new_ed25519("attacker");
    let mut its_key = attacker.jwk();
    its_key["kid"] = json!(TestKey::ed25519().kid);
    let certificate = "MIIBtjCCAVugAwIBAgITBmyf1XSXNmY";
    let members = [
        ("jwk with our kid", json!({ "jwk": its_key })),
        ("jwk with its own kid", json!({ "jwk": attacker.jwk() })),
        ("jwk that is symmetric", json!({ "jwk": { "kty": "oct", "k": "AAAA" } })),
        ("jwks", json!({ "jwks": { "keys": [its_key] } })),
        ("jku of the attacker", json!({ "jku": "https://attacker.test/keys.json" })),
        ("jku on the loopback", json!({ "jku": "http://127.0.0.1:1/keys.json" })),
        ("jku with our issuer as user", json!({ "jku": "https://issuer.test@attacker.test/keys.json" })),
        ("x5u", json!({ "x5u": "https://attacker.test/chain.pem" })),
        ("x5c", json!({ "x5c": [certificate, certificate] })),
        ("x5t", json!({ "x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA" })),
        ("x5t#S256", json!({ "x5t#S256": encoded([0; 32]) })),
        ("iss of the attacker in the header", json!({ "iss": "https://attacker.test" })),
    ];
    let ours = TestKey::ed25519();
    let mut cases: Vec<_> = members
        .iter()
        .flat_map(|(name, members)| {
            let (forged, ignored) = (with_header_by(ours, &attacker, members), with_header(members));
            [
                Case::new(format!("{name}, signed by the attacker"), forged, Verdict::SIGNATURE),
                Case::new(format!("{name}, ignored in a token that we can trust"), ignored, Verdict::ACCEPTED),
            ]
        })
        .collect();
    let without_kid = attacker
        .sign_parts(&json!({ "alg": "EdDSA", "jwk": attacker.jwk() }).to_string(), &testing::claims().to_string());
    cases.extend([
        Case::new("jwk and no kid", without_kid, Verdict::KEY_ID),
        Case::new("jwk and the kid of the attacker", attacker.token(&testing::claims()), Verdict::KEY_ID),
    ]);
    cases
}

/// RFC 7515 section 4.1.11: a critical extension must be refused if it is not understood. We
/// understand none.
fn critical() -> Vec<Case> {
    let forms = [
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "crit": ["b64"], "b64": true }),
        json!({ "crit": ["alg"] }),
        json!({ "crit": ["http://x.test/y"], "http://x.test/y": 1 }),
        json!({ "crit": ["absent"] }),
        json!({ "crit": ["twice", "twice"], "twice": 1 }),
        json!({ "crit": [] }),
        json!({ "crit": [""] }),
        json!({ "crit": [1] }),
        json!({ "crit": "exp" }),
        json!({ "crit": {} }),
        json!({ "crit": null }),
        json!({ "crit": false }),
        json!({ "crit": 0 }),
    ];
    let mut cases: Vec<_> =
        forms.iter().map(|form| Case::new(format!("crit as {form}"), with_header(form), Verdict::MALFORMED)).collect();
    let escaped = with_raw_header(r#"{"alg":"EdDSA","kid":"ed25519","\u0063rit":["x"],"x":1}"#);
    cases.extend([
        Case::new("crit spelled with an escape", escaped, Verdict::MALFORMED),
        Case::new("CRIT, which is another name", with_header(&json!({ "CRIT": ["x"] })), Verdict::ACCEPTED),
    ]);
    cases
}

/// RFC 7797: the payload is signed without base64url.
fn unencoded() -> Vec<Case> {
    let header = encoded(r#"{"alg":"EdDSA","kid":"ed25519","b64":false,"crit":["b64"]}"#);
    let as_they_are = |claims: &str| {
        let message = format!("{header}.{claims}");
        format!("{message}.{}", encoded(TestKey::ed25519().sign(message.as_bytes())))
    };
    let [_, _, signature] = good_parts();
    let mut cases: Vec<_> = [json!(false), json!(null), json!(0), json!("false"), json!([])]
        .into_iter()
        .map(|b64| Case::new(format!("b64 as {b64}"), with_header(&json!({ "b64": b64 })), Verdict::MALFORMED))
        .collect();
    cases.extend([
        Case::new("b64 false and critical", with_header(&json!({ "b64": false, "crit": ["b64"] })), Verdict::MALFORMED),
        Case::new("claims as they are", as_they_are(r#"{"sub":"a"}"#), Verdict::MALFORMED),
        Case::new("claims as they are, with dots", as_they_are(&testing::claims().to_string()), Verdict::NOT_JWT),
        Case::new("claims left out, to be had elsewhere", format!("{header}..{signature}"), Verdict::MALFORMED),
        Case::new("b64 as true, which is the default", with_header(&json!({ "b64": true })), Verdict::ACCEPTED),
    ]);
    cases
}

/// Repeated names: two readers that choose differently would see two different tokens.
fn repeated_names() -> Vec<Case> {
    let headers = [
        ("alg, none first", r#"{"alg":"none","alg":"EdDSA","kid":"ed25519"}"#),
        ("alg, none last", r#"{"alg":"EdDSA","alg":"none","kid":"ed25519"}"#),
        ("alg, twice the same", r#"{"alg":"EdDSA","alg":"EdDSA","kid":"ed25519"}"#),
        ("alg, the second one escaped", r#"{"alg":"EdDSA","kid":"ed25519","\u0061lg":"none"}"#),
        ("kid, another one first", r#"{"alg":"EdDSA","kid":"p256","kid":"ed25519"}"#),
        ("kid, another one last", r#"{"alg":"EdDSA","kid":"ed25519","kid":"p256"}"#),
        ("kid, the second one escaped", r#"{"alg":"EdDSA","kid":"ed25519","k\u0069d":"p256"}"#),
        ("typ", r#"{"alg":"EdDSA","kid":"ed25519","typ":"JWT","typ":"JWE"}"#),
        ("an unknown name", r#"{"alg":"EdDSA","kid":"ed25519","x":1,"x":1}"#),
        ("an empty name", r#"{"alg":"EdDSA","kid":"ed25519","":1,"":1}"#),
    ];
    headers
        .map(|(name, header)| {
            Case::new(format!("header with {name} twice"), with_raw_header(header), Verdict::MALFORMED)
        })
        .into()
}

fn other_json() -> Vec<Case> {
    let good = TestKey::ed25519().header().to_string();
    let good = good.as_str();
    let nested = format!(r#"{{"alg":"EdDSA","kid":"ed25519","x":{}{}}}"#, "[".repeat(2500), "]".repeat(2500));
    let unclosed = format!(r#"{{"alg":"EdDSA","kid":"ed25519","x":{}}}"#, "[".repeat(5000));
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let headers: [(&str, Vec<u8>, Verdict); 22] = [
        ("nothing", vec![], Verdict::MALFORMED),
        ("a NUL", vec![0], Verdict::MALFORMED),
        ("null", "null".into(), Verdict::MALFORMED),
        ("true", "true".into(), Verdict::MALFORMED),
        ("a number", "1".into(), Verdict::MALFORMED),
        ("a string", r#""EdDSA""#.into(), Verdict::MALFORMED),
        ("a string with an object in it", json!(good).to_string().into(), Verdict::MALFORMED),
        ("an array", format!("[{good}]").into(), Verdict::MALFORMED),
        ("an empty object", "{}".into(), Verdict::MALFORMED),
        ("an object cut short", good[..good.len() - 1].into(), Verdict::MALFORMED),
        ("two objects", format!("{good}{good}").into(), Verdict::MALFORMED),
        ("an object and a NUL", format!("{good}\0").into(), Verdict::MALFORMED),
        ("a last comma", good.replace('}', ",}").into(), Verdict::MALFORMED),
        ("a comment", good.replace('}', "/**/}").into(), Verdict::MALFORMED),
        ("single quotes", good.replace('"', "'").into(), Verdict::MALFORMED),
        ("a byte order mark", format!("\u{feff}{good}").into(), Verdict::MALFORMED),
        ("UTF-16", utf16, Verdict::MALFORMED),
        ("a byte that is not UTF-8", [&good.as_bytes()[..good.len() - 2], b"\xff\"}"].concat(), Verdict::MALFORMED),
        ("a byte that is not UTF-8 behind it", [good.as_bytes(), b"\xff"].concat(), Verdict::MALFORMED),
        ("5000 arrays that do not end", unclosed.into(), Verdict::MALFORMED),
        ("2500 arrays where nobody looks", nested.into(), Verdict::ACCEPTED),
        ("whitespace around it", format!(" \r\n\t{good} ").into(), Verdict::ACCEPTED),
    ];
    let key = TestKey::ed25519();
    let signed = |header: &[u8]| key.sign_bytes(header, testing::claims().to_string().as_bytes());
    let case =
        |(name, header, verdict): (&str, Vec<u8>, _)| Case::new(format!("header: {name}"), signed(&header), verdict);
    headers.map(case).into()
}

fn other_members() -> Vec<Case> {
    let accepted = |name: &str, value: Value| {
        Case::new(format!("header with {name} {value}"), with_header(&json!({ name: value })), Verdict::ACCEPTED)
    };
    let of_another_type =
        |typ: Value| Case::new(format!("header with typ {typ}"), with_header(&json!({ "typ": typ })), Verdict::TYPE);
    let types = ["logout+jwt", "dpop+jwt", "id_token", "JOSE", "JWE", "secevent+jwt", "application/", "", "JWT "];
    let mut cases: Vec<_> = types.map(|typ| of_another_type(json!(typ))).into();
    cases.extend([json!(null), json!(1), json!([]), json!(["JWT", "at+jwt"])].map(of_another_type));
    cases.extend([
        accepted("typ", json!("JWT")),
        accepted("typ", json!("jwt")),
        accepted("typ", json!("at+jwt")),
        accepted("typ", json!(["at+JWT"])),
        accepted("typ", json!("application/at+jwt")),
        accepted("cty", json!("text/plain")),
        accepted("nonce", json!("x")),
        Case::new("header without typ", with_raw_header(r#"{"alg":"EdDSA","kid":"ed25519"}"#), Verdict::ACCEPTED),
    ]);
    cases
}
