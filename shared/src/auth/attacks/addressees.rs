//! Issuer, audience and subject are compared letter by letter.

use serde_json::{Value, json};

use super::{Case, Verdict, with_claims, without_claim};
use crate::auth::testing::{AUDIENCE, ISSUER};

pub(super) fn cases() -> Vec<Case> {
    [audiences(), issuers(), subjects()].into_iter().flatten().collect()
}

/// RFC 7519 section 4.1.3: the audience is ours, or ours is one of several.
fn audiences() -> Vec<Case> {
    let accepted = [json!(AUDIENCE), json!([AUDIENCE]), json!(["other", AUDIENCE]), json!([AUDIENCE, AUDIENCE])];
    let refused = [
        json!("other"),
        json!(["other"]),
        json!(""),
        json!([]),
        json!([""]),
        json!(null),
        json!([null]),
        json!(0),
        json!(true),
        json!([[AUDIENCE]]),
        json!([AUDIENCE, 1]),
        json!([AUDIENCE, null]),
        json!({ AUDIENCE: true }),
        json!({ "aud": AUDIENCE }),
        json!("Roster"),
        json!("ROSTER"),
        json!("roste"),
        json!("roster-admin"),
        json!("roster "),
        json!(" roster"),
        json!("roster\0"),
        json!("roster\n"),
        json!("roster/"),
        json!("https://roster"),
        json!("other,roster"),
        json!("other roster"),
        json!("[\"roster\"]"),
        json!("*"),
        json!("r\u{43e}ster"),
    ];
    let case =
        |value: &Value, verdict| Case::new(format!("aud {value}"), with_claims(&json!({ "aud": value })), verdict);
    let mut cases: Vec<_> = accepted.iter().map(|value| case(value, Verdict::ACCEPTED)).collect();
    cases.extend(refused.iter().map(|value| case(value, Verdict::claim("aud"))));
    cases.push(Case::new("aud absent", without_claim("aud"), Verdict::claim("aud")));
    cases
}

/// RFC 7519 section 4.1.1: the issuer is compared letter by letter.
fn issuers() -> Vec<Case> {
    let refused = [
        json!("https://attacker.test"),
        json!(""),
        json!("https://issuer.test/"),
        json!("HTTPS://ISSUER.TEST"),
        json!("http://issuer.test"),
        json!("issuer.test"),
        json!("https://issuer.test.attacker.test"),
        json!("https://issuer.test@attacker.test"),
        json!("https://issuer.test#"),
        json!("https://issuer.test:443"),
        json!("https://issuer.tes"),
        json!("https://issuer.test\0"),
        json!(" https://issuer.test"),
        json!("https://\u{456}ssuer.test"),
        json!(null),
        json!(0),
        json!([ISSUER]),
        json!([ISSUER, "https://attacker.test"]),
        json!({ "iss": ISSUER }),
    ];
    let case =
        |value: Value| Case::new(format!("iss {value}"), with_claims(&json!({ "iss": value })), Verdict::claim("iss"));
    let mut cases: Vec<_> = refused.into_iter().map(case).collect();
    cases.push(Case::new("iss absent", without_claim("iss"), Verdict::BAD_CLAIMS));
    cases
}

fn subjects() -> Vec<Case> {
    let refused = [json!(null), json!(0), json!(4711), json!(true), json!(["admin"]), json!({ "id": "admin" })];
    let case =
        |value: &Value, verdict| Case::new(format!("sub {value:.40}"), with_claims(&json!({ "sub": value })), verdict);
    let mut cases: Vec<_> = refused.iter().map(|value| case(value, Verdict::claim("sub"))).collect();
    cases.extend([
        Case::new("sub absent", without_claim("sub"), Verdict::BAD_CLAIMS),
        case(&json!("ünï\u{1f600}"), Verdict::ACCEPTED),
        case(&json!(""), Verdict::ACCEPTED),
        case(&json!("auth0|5f7c8ec7c33c6c004bbafe82"), Verdict::ACCEPTED),
    ]);
    cases
}
