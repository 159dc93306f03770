//! Tokens, from the `Authorization` header to their claims.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use futures_util::FutureExt;
use serde_json::{Value, json, value::RawValue};
use shared::{
    auth::{AuthSettings, Authenticator, Caller, MAX_TOKEN_BYTES, TokenRejection},
    lambda::Setup,
};

use super::{
    functions,
    keys::{self, AUDIENCE, NOW, NOW_SECONDS},
};

/// The allowed difference of clocks, in seconds.
const LEEWAY: f64 = 5.0;
/// The first second of the year 10000. A claim must not have such a time.
const YEAR_10000: f64 = 253_402_300_800.0;

/// Issuers with the same keys. They have the names and forms of claims of some providers, and our
/// own.
const ISSUERS: [(&str, &str); 7] = [
    ("clerk", r#""audience_claim":"azp","permissions":{"claim":["o","per"],"form":"commas"}"#),
    ("dex", r#""accept_at_hash":true,"platform_user_id_claim":["federated_claims","user_id"]"#),
    (
        "firebase",
        r#""platform_claim":["firebase","sign_in_provider"],"platforms":{"playgames.google.com":"GooglePlay"},
           "platform_user_id_claim":["firebase","identities"],"max_lifetime":"1h""#,
    ),
    ("cognito", r#""audience_claim":"client_id","permissions":{"claim":"scope","form":"words","prefix":"roster/"}"#),
    ("zitadel", r#""permissions":{"claim":"urn:zitadel:iam:org:project:roles","form":"keys"}"#),
    ("keycloak", r#""permissions":{"claim":["realm_access","roles"],"roles":{"admin":["user:*","purge:*:*"]}}"#),
    ("ours", r#""platform_claim":["player","platform"],"platform_user_id_claim":["player","id"]"#),
];

/// The outcomes that must occur for headers.
pub const OF_HEADERS: [&str; 7] = [
    PROVEN,
    "auth_token_format",
    "auth_not_jwt",
    "auth_malformed_access",
    "auth_invalid_key_id",
    "auth_token_sig_invalid",
    "auth_token_unknown",
];
/// The outcomes that must occur for signed tokens.
pub const OF_SIGNED: [&str; 8] = [
    PROVEN,
    "auth_malformed_access",
    "auth_invalid_version",
    "auth_invalid_key_id",
    "auth_token_sig_invalid",
    "auth_token_expired",
    "auth_token_invalid_claim",
    "auth_token_invalid_type",
];

const PROVEN: &str = "proven";

/// Valid `Authorization` headers, and one for each refusal.
pub fn headers() -> Vec<Vec<u8>> {
    let good = good_tokens().iter();
    let good = good.flat_map(|token| ["Bearer ", "bEARER\t"].map(|scheme| format!("{scheme}{token}")));
    let stranger = keys::fixed().sign(br#"{"alg":"EdDSA","kid":"stranger"}"#, b"{}");
    let (message, _) = good_tokens().first().and_then(|token| token.rsplit_once('.')).expect("a token");
    let unsigned = format!("{message}.AAAA");
    let long = "A".repeat(MAX_TOKEN_BYTES + 1);
    let refused = ["", "a.b", "e30.e30.AA", &stranger, &unsigned, &long].map(|token| format!("Bearer {token}"));
    good.chain(refused).map(String::into_bytes).collect()
}

/// Runs the value of an `Authorization` header. Only a valid token proves a caller.
pub fn run_header(input: &[u8]) -> String {
    static AUTHENTICATOR: LazyLock<Authenticator> = LazyLock::new(|| {
        let setup = Setup::new(functions::environment(), shared::ambient::Ambient::system(), Vec::new());
        setup.authenticator().expect("the keys are good")
    });
    let header = String::from_utf8_lossy(input);
    let good = |token: Option<&str>| token.is_some_and(|token| good_tokens().contains(token));
    let token = header.split_ascii_whitespace().nth(1);
    let bare = now(AUTHENTICATOR.verify(token.unwrap_or_default(), NOW));
    assert_eq!(bare == PROVEN, good(token), "good tokens prove somebody, and no others do");
    let outcome = now(AUTHENTICATOR.authenticate(Some(&header), NOW));
    assert!(outcome != PROVEN || good(token), "a token that nobody signed proves somebody");
    outcome
}

/// Valid headers and claims of every issuer, as [`run_signed`] takes them, and one input for each
/// refusal.
pub fn signed() -> Vec<Vec<u8>> {
    let with = |more: Value| {
        let mut claims = json!({ "sub": "s", "exp": NOW_SECONDS + 600, "nbf": NOW_SECONDS, "iat": NOW_SECONDS });
        claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        claims
    };
    let claims = [
        with(
            json!({ "iss": "cognito", "client_id": AUDIENCE, "token_use": "access", "scope": "roster/user:* openid" }),
        ),
        with(
            json!({ "iss": "zitadel", "aud": [AUDIENCE], "urn:zitadel:iam:org:project:roles": { "user:*": { "1": "a" } } }),
        ),
        with(
            json!({ "iss": "keycloak", "aud": AUDIENCE, "typ": "Bearer", "realm_access": { "roles": ["admin", "user"] } }),
        ),
        with(
            json!({ "iss": "ours", "aud": AUDIENCE, "permissions": ["user:*"], "player": { "platform": "Epic", "id": "7" } }),
        ),
        with(
            json!({ "iss": "clerk", "azp": [AUDIENCE], "o": { "per": "read,manage" }, "ver": "1.0", "typ": "bearer" }),
        ),
        with(json!({ "iss": "dex", "aud": AUDIENCE, "at_hash": "a", "federated_claims": { "user_id": "7" } })),
        with(json!({
            "iss": "firebase", "aud": AUDIENCE,
            "firebase": {
                "sign_in_provider": "playgames.google.com", "identities": { "playgames.google.com": ["7"] },
            },
        })),
        with(json!({ "iss": "ours", "aud": AUDIENCE, "ver": 2 })),
        with(json!({ "iss": "ours", "aud": AUDIENCE, "token_type": "refresh" })),
        with(json!({ "iss": "ours", "aud": AUDIENCE, "exp": 1 })),
        with(json!({ "iss": "stranger", "aud": AUDIENCE })),
        json!([]),
    ];
    let header = keys::fixed().header().to_string();
    let headers = [r#"{"alg":"EdDSA","kid":"stranger"}"#, r#"{"alg":"none","kid":"EdDSA"}"#];
    let refused = headers.map(|header| format!("{header}\n{}", claims[3]));
    claims.iter().map(|claims| format!("{header}\n{claims}")).chain(refused).map(String::into_bytes).collect()
}

/// Runs a header, a line feed and claims, which it signs. Only valid claims of an issuer prove a
/// caller.
pub fn run_signed(input: &[u8]) -> String {
    static AUTHENTICATOR: LazyLock<Authenticator> = LazyLock::new(|| {
        let settings = AuthSettings::from_json(&issuers()).expect("the settings are good");
        Authenticator::new(&settings).expect("the keys are good")
    });
    let line = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (header, claims) = (&input[..line], input.get(line + 1..).unwrap_or_default());
    let outcome = now(AUTHENTICATOR.verify(&keys::fixed().sign(header, claims), NOW));
    if outcome == PROVEN {
        check_header(&members(header));
        check_claims(&members(claims));
    }
    outcome
}

/// The long form of the settings, with an inline key set for each issuer.
pub fn issuers() -> String {
    let jwks = keys::jwks();
    let issuers =
        ISSUERS.map(|(name, rest)| format!(r#"{{"issuer":"{name}","jwks":{jwks},"audience":"{AUDIENCE}",{rest}}}"#));
    format!("[{}]", issuers.join(","))
}

/// The members of an object, without members that are nested too deep to be parsed. No code reads
/// those.
pub fn members(json: &[u8]) -> Value {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(json).expect("an object of JSON");
    let read = members.into_iter().filter_map(|(name, value)| Some((name, serde_json::from_str(value.get()).ok()?)));
    Value::Object(read.collect())
}

/// Checks the header of a token that proved a caller (RFC 7515, section 4.1).
fn check_header(header: &Value) {
    assert_eq!(header["kid"], keys::fixed().kid());
    let algorithm = header["alg"].as_str().expect("a text").to_ascii_uppercase();
    assert!(["EDDSA", "ED25519"].contains(&algorithm.as_str()), "{algorithm}");
    assert!(header.get("crit").is_none() && [Value::Null, json!(true)].contains(&header["b64"]));
}

/// Checks the claims of a token that proved a caller: they must name our audience and be valid now
/// (RFC 7519, section 4.1).
fn check_claims(claims: &Value) {
    let issuer = claims["iss"].as_str().expect("a text");
    assert!(ISSUERS.iter().any(|(name, _)| *name == issuer), "{issuer}");
    assert!(claims["sub"].is_string());
    let audience = match issuer {
        "cognito" => &claims["client_id"],
        "clerk" => &claims["azp"],
        _ => &claims["aud"],
    };
    let named = audience.as_array().is_some_and(|names| names.contains(&json!(AUDIENCE)));
    assert!(named || *audience == AUDIENCE, "{audience}");
    let aud = claims.get("aud");
    assert!(aud.is_none_or(|aud| *aud == AUDIENCE || aud.as_array().is_some_and(|aud| aud.contains(&json!(AUDIENCE)))));
    let now: f64 = NOW_SECONDS.to_string().parse().expect("a number");
    assert!(claims["exp"].as_f64().is_some_and(|exp| now < exp + LEEWAY), "{}", claims["exp"]);
    for name in ["exp", "nbf", "iat"] {
        assert!(claims[name].as_f64().is_none_or(|time| time < YEAR_10000), "{name}: {}", claims[name]);
    }
    assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_f64().is_some_and(|nbf| nbf <= now + LEEWAY + 0.001)));
    let versions = [json!(1), json!(1.0), json!("1"), json!("1.0"), json!("2.0")];
    assert!(claims.get("ver").is_none_or(|version| versions.contains(version)));
    for name in ["token_type", "token_use", "typ"] {
        assert!(claims.get(name).is_none_or(is_access), "{name}");
    }
    assert!(claims.get("at_hash").is_none() || issuer == "dex");
}

/// Whether a claim about the kind of a token names an access token.
fn is_access(kind: &Value) -> bool {
    let kind = kind.as_array().filter(|kinds| kinds.len() == 1).map_or(kind, |kinds| &kinds[0]);
    let kind = kind.as_str().unwrap_or_default().to_ascii_lowercase();
    ["access", "access_token", "bearer", "at+jwt", "application/at+jwt"].contains(&kind.as_str())
}

fn good_tokens() -> &'static BTreeSet<String> {
    static TOKENS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let claims =
            functions::claims(&json!({ "permissions": ["user:*"], "platform": "Epic", "platform_user_id": "7" }));
        keys::ALL.iter().map(|key| key.token(&claims)).collect()
    });
    &TOKENS
}

/// The outcome of a token. It comes at once, since the keys need no fetch.
fn now(proven: impl Future<Output = Result<Caller, TokenRejection>>) -> String {
    match proven.now_or_never().expect("an answer at once") {
        Ok(_) => PROVEN.to_owned(),
        Err(TokenRejection::Refused(refused)) => refused.code().to_owned(),
        Err(unproven) => panic!("{unproven}"),
    }
}
