//! Key sets and the list of issuers, which an operator writes or an issuer publishes.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use serde_json::{Value, json, value::RawValue};
use shared::auth::{AuthSettings, Authenticator};

use super::{
    functions,
    keys::{self, AUDIENCE, NOW, NOW_SECONDS},
    tokens,
};

const ISSUER: &str = "https://issuer.test";

/// The outcomes that must occur.
pub const OUTCOMES: [&str; 2] = ["taken", "refused"];

/// Valid key sets.
pub fn key_sets() -> Vec<Vec<u8>> {
    let one = keys::ALL.iter().map(|key| json!({ "keys": [key.jwk()] }));
    one.chain([keys::jwks()]).map(|keys| keys.to_string().into_bytes()).collect()
}

/// Runs a key set. It must be refused in one line, or accept exactly the tokens that its keys have
/// signed.
pub fn run_key_set(input: &[u8]) -> String {
    let Ok(text) = str::from_utf8(input) else { return "no text".to_owned() };
    let authenticator = match Authenticator::new(&AuthSettings::short(text, ISSUER, AUDIENCE)) {
        Ok(authenticator) => authenticator,
        Err((_, refusal)) => return check_refusal(&refusal.to_string()),
    };
    let text = text.trim_start_matches('\u{feff}');
    let set: BTreeMap<String, &RawValue> = serde_json::from_str(text).expect("an object of JSON");
    let listed: Vec<&RawValue> = serde_json::from_str(set["keys"].get()).expect("an array of keys");
    let listed: Vec<_> = listed.into_iter().map(|key| tokens::members(key.get().as_bytes())).collect();
    for key in keys::ALL.iter() {
        let token = key.token(&functions::claims(&json!({ "exp": NOW_SECONDS + 600 })));
        let proven = authenticator.verify(&token, NOW).now_or_never().expect("an answer at once").is_ok();
        let jwk = key.jwk();
        let same = |listed: &Value| {
            let is_number = |name: &str| jwk["kty"] != "OKP" || name != "x";
            let numbers = ["x", "y", "n", "e"].into_iter().filter(|name| jwk.get(name).is_some());
            let key_type = |jwk: &Value| one_text(&jwk["kty"]).map(str::to_ascii_uppercase);
            listed["kid"] == jwk["kid"]
                && key_type(listed) == key_type(&jwk)
                && numbers
                    .into_iter()
                    .all(|name| octets(&listed[name], is_number(name)) == octets(&jwk[name], is_number(name)))
        };
        assert_eq!(proven, listed.iter().any(same), "{} proves a caller by its own key only", key.kid());
    }
    "taken".to_owned()
}

/// The octets of a member in any spelling. A number has no leading zeros.
fn octets(member: &Value, is_number: bool) -> Option<Vec<u8>> {
    let letters = one_text(member)?.replace(|letter: char| letter.is_ascii_whitespace() || letter == '=', "");
    let octets = URL_SAFE_NO_PAD.decode(letters.replace('+', "-").replace('/', "_")).ok()?;
    let zeros = octets.iter().take_while(|octet| is_number && **octet == 0).count();
    Some(octets[zeros..].to_vec())
}

/// A text, also if it is the only item of an array.
fn one_text(member: &Value) -> Option<&str> {
    match member.as_array().map(Vec::as_slice) {
        Some([only]) => only.as_str(),
        _ => member.as_str(),
    }
}

/// Valid lists of issuers.
pub fn issuers() -> Vec<Vec<u8>> {
    let by_url = r#"[{"issuer":"i","jwks_url":"https://i.test/keys","audience":["a","b"],"algorithms":["ES256"]}]"#;
    vec![tokens::issuers().into_bytes(), by_url.into()]
}

/// Runs a list of issuers. It must be accepted, or refused in one line.
pub fn run_issuers(input: &[u8]) -> String {
    let Ok(text) = str::from_utf8(input) else { return "no text".to_owned() };
    let settings = match AuthSettings::from_json(text) {
        Ok(settings) => settings,
        Err(refusal) => return check_refusal(&refusal.to_string()),
    };
    assert!((1..=32).contains(&settings.issuers.len()));
    match Authenticator::new(&settings) {
        Ok(_) => "taken".to_owned(),
        Err((index, refusal)) => {
            assert!(index < settings.issuers.len());
            check_refusal(&refusal.to_string())
        }
    }
}

/// Checks that a refusal is one line. No value may turn it into two.
fn check_refusal(refusal: &str) -> String {
    assert!(!refusal.is_empty() && !refusal.contains(char::is_control), "{refusal:?}");
    "refused".to_owned()
}
