//! Validly signed tokens whose claims are malformed, belong to another kind of token, or have the
//! wrong type.

use serde_json::{Value, json};

use super::{Case, Verdict, with_claims, with_raw_claims, without_claim};
use crate::auth::testing;

pub(super) fn cases() -> Vec<Case> {
    [shapes(), repeated(), kinds(), rights(), players()].into_iter().flatten().collect()
}

fn shapes() -> Vec<Case> {
    let good = testing::claims().to_string();
    let good = good.as_str();
    let nested = |depth| good.replacen('{', &format!(r#"{{"x":{}{},"#, "[".repeat(depth), "]".repeat(depth)), 1);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let shapes: [(&str, Vec<u8>, Verdict); 22] = [
        ("nothing", vec![], Verdict::BAD_CLAIMS),
        ("null", "null".into(), Verdict::BAD_CLAIMS),
        ("true", "true".into(), Verdict::BAD_CLAIMS),
        ("a number", "1".into(), Verdict::BAD_CLAIMS),
        ("a text", "admin".into(), Verdict::BAD_CLAIMS),
        ("a string", r#""admin""#.into(), Verdict::BAD_CLAIMS),
        ("an empty array", "[]".into(), Verdict::BAD_CLAIMS),
        ("an array of the claims", format!("[{good}]").into(), Verdict::BAD_CLAIMS),
        ("an empty object", "{}".into(), Verdict::BAD_CLAIMS),
        ("an object cut short", good[..good.len() - 1].into(), Verdict::BAD_CLAIMS),
        ("two objects", format!("{good}{good}").into(), Verdict::BAD_CLAIMS),
        ("a last comma", good.replace('}', ",}").into(), Verdict::BAD_CLAIMS),
        ("single quotes", good.replace('"', "'").into(), Verdict::BAD_CLAIMS),
        ("a form", "sub=admin&exp=9999999999".into(), Verdict::BAD_CLAIMS),
        ("XML", "<claims><sub>admin</sub></claims>".into(), Verdict::BAD_CLAIMS),
        ("a byte order mark", format!("\u{feff}{good}").into(), Verdict::BAD_CLAIMS),
        ("UTF-16", utf16, Verdict::BAD_CLAIMS),
        (
            "a byte that is not UTF-8",
            [&good.as_bytes()[..good.len() - 1], b",\"x\":\"\xff\"}"].concat(),
            Verdict::BAD_CLAIMS,
        ),
        ("a byte that is not UTF-8 behind them", [good.as_bytes(), b"\xff"].concat(), Verdict::BAD_CLAIMS),
        (
            "arrays that do not end",
            good.replacen('{', &format!(r#"{{"x":{}"#, "[".repeat(5000)), 1).into(),
            Verdict::BAD_CLAIMS,
        ),
        ("2500 arrays where nobody looks", nested(2500).into(), Verdict::ACCEPTED),
        ("whitespace around them", format!("\n\t {good}\r\n").into(), Verdict::ACCEPTED),
    ];
    shapes.map(|(name, claims, verdict)| Case::new(format!("claims: {name}"), with_raw_claims(claims), verdict)).into()
}

/// Repeated names: two readers that choose differently would see two different tokens.
fn repeated() -> Vec<Case> {
    let members = [
        ("sub", r#""sub":"admin""#),
        ("sub, spelled with an escape", r#""s\u0075b":"admin""#),
        ("iss", r#""iss":"https://attacker.test""#),
        ("aud", r#""aud":"other""#),
        ("exp", r#""exp":9999999999"#),
        ("permissions", r#""permissions":["*"]"#),
        ("permissions, spelled with an escape", r#""\u0070ermissions":["*"]"#),
        ("platform_user_id", r#""platform_user_id":"1""#),
    ];
    let good = testing::claims().to_string();
    let twice = |(name, member): (&str, &str), first: bool| {
        let (at, claims) = if first {
            ("first", good.replacen('{', &format!("{{{member},"), 1))
        } else {
            ("last", format!("{},{member}}}", &good[..good.len() - 1]))
        };
        Case::new(
            format!("claims with two of {name}, the other one {at}"),
            with_raw_claims(claims),
            Verdict::BAD_CLAIMS,
        )
    };
    members.into_iter().flat_map(|member| [twice(member, true), twice(member, false)]).collect()
}

/// Other kinds of tokens of the same issuer, and tokens of another version.
fn kinds() -> Vec<Case> {
    let kind = |name: &str, value: Value, verdict| {
        Case::new(format!("{name} {value}"), with_claims(&json!({ name: value })), verdict)
    };
    let refused = [
        ("token_type", json!("refresh")),
        ("token_type", json!("Refresh")),
        ("token_type", json!("id")),
        ("token_type", json!("access,refresh")),
        ("token_type", json!("access ")),
        ("token_type", json!("")),
        ("token_type", json!(null)),
        ("token_type", json!(0)),
        ("token_type", json!([])),
        ("token_type", json!(["access", "refresh"])),
        ("token_use", json!("id")),
        ("token_use", json!("refresh")),
        ("token_use", json!(null)),
        ("typ", json!("Refresh")),
        ("typ", json!("Offline")),
        ("typ", json!("ID")),
        ("typ", json!("Logout")),
        ("typ", json!("DPoP")),
        ("at_hash", json!("MTIzNDU2Nzg5MDEyMzQ1Ng")),
        ("c_hash", json!("LDktKdoQak3Pk0cnXxCltA")),
        ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ("typ", json!(null)),
    ];
    let versions =
        [json!(0), json!(2), json!(-1), json!("2"), json!(1.5), json!(null), json!(true), json!([1]), json!({})];
    let escaped = testing::claims().to_string().replacen('{', r#"{"token_typ\u0065":"refresh","#, 1);
    let huge = testing::claims().to_string().replacen('{', r#"{"ver":99999999999999999999,"#, 1);
    let mut cases: Vec<_> = refused.into_iter().map(|(name, value)| kind(name, value, Verdict::TYPE)).collect();
    cases.extend(versions.map(|version| kind("ver", version, Verdict::VERSION)));
    cases.extend([
        Case::new("token_type refresh, its name spelled with an escape", with_raw_claims(escaped), Verdict::TYPE),
        Case::new("ver beyond 64 bits", with_raw_claims(huge), Verdict::VERSION),
        kind("ver", json!(1), Verdict::ACCEPTED),
        kind("ver", json!("1.0"), Verdict::ACCEPTED),
        kind("ver", json!("2.0"), Verdict::ACCEPTED),
        kind("token_type", json!("access"), Verdict::ACCEPTED),
        kind("token_type", json!("Access"), Verdict::ACCEPTED),
        kind("token_type", json!("Bearer"), Verdict::ACCEPTED),
        kind("token_type", json!(["access"]), Verdict::ACCEPTED),
        kind("typ", json!("bearer"), Verdict::ACCEPTED),
        kind("token_use", json!("access"), Verdict::ACCEPTED),
        kind("typ", json!("Bearer"), Verdict::ACCEPTED),
    ]);
    cases
}

fn rights() -> Vec<Case> {
    let refused = [
        ("a text with spaces", json!("user:* purge:*:*")),
        ("a text with commas", json!("user:*,purge:*:*")),
        ("true", json!(true)),
        ("a number", json!(7)),
        ("an object", json!({ "user:*": true })),
        ("an array of arrays", json!([["user:*"]])),
        ("an array with a number", json!(["user:*", 1])),
        ("an array with null", json!([null])),
        ("257 entries", json!(vec!["a"; 257])),
    ];
    let case = |name: &str, value: &Value, verdict| {
        Case::new(format!("permissions: {name}"), with_claims(&json!({ "permissions": value })), verdict)
    };
    let mut cases: Vec<_> =
        refused.iter().map(|(name, value)| case(name, value, Verdict::claim("permissions"))).collect();
    cases.extend([
        case("none", &json!([]), Verdict::ACCEPTED),
        case("null", &json!(null), Verdict::ACCEPTED),
        case("one text", &json!("user:*"), Verdict::ACCEPTED),
        case("256 entries", &json!(vec!["a"; 256]), Verdict::ACCEPTED),
        Case::new("permissions: absent", without_claim("permissions"), Verdict::ACCEPTED),
    ]);
    cases
}

fn players() -> Vec<Case> {
    let case = |name: &'static str, about: &str, value: &Value, verdict| {
        Case::new(format!("{name}: {about}"), with_claims(&json!({ name: value })), verdict)
    };
    let refused = [
        ("platform", "in lower case", json!("steam")),
        ("platform", "unknown", json!("Stadia")),
        ("platform", "nothing", json!("")),
        ("platform", "an empty array", json!([])),
        ("platform", "an array of two", json!(["Steam", "Epic"])),
        ("platform", "an object", json!({ "Steam": "Steam" })),
        ("platform_user_id", "an array of two", json!(["1", "2"])),
        ("platform_user_id", "an object without the platform", json!({ "Epic": "1" })),
        ("platform_user_id", "an object with two for the platform", json!({ "Steam": ["1", "2"] })),
        ("platform_user_id", "nothing", json!("")),
        ("platform_user_id", "2049 characters", json!("a".repeat(2049))),
        ("platform_user_id", "a number", json!(76_561_198_000_000_001_u64)),
    ];
    let mut cases: Vec<_> =
        refused.iter().map(|(name, about, value)| case(name, about, value, Verdict::claim(name))).collect();
    cases.extend([
        case("platform_user_id", "2048 characters", &json!("a".repeat(2048)), Verdict::ACCEPTED),
        case(
            "person_id",
            "somebody else's, which proves nothing",
            &json!("00000000-0000-4000-8000-000000000000"),
            Verdict::ACCEPTED,
        ),
        Case::new("platform: absent", without_claim("platform"), Verdict::ACCEPTED),
    ]);
    cases
}
