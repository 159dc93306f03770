//! The studio's own verifier, for platforms whose documentation is not public.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::site::{Heard, Response, Site};

/// A grant that a verifier proves, with the codes of its refusals.
#[derive(Debug)]
pub struct Verified {
    /// The grant.
    pub grant: &'static str,
    /// The platform of its accounts.
    pub platform: &'static str,
    /// The code of a proof that the verifier refuses.
    pub invalid: &'static str,
    /// The code of an empty proof.
    pub empty: &'static str,
}

const fn verified(grant: &'static str, platform: &'static str, invalid: &'static str, empty: &'static str) -> Verified {
    Verified { grant, platform, invalid, empty }
}

/// Every grant that only a verifier can prove.
pub static GRANTS: [Verified; 5] = [
    verified("xboxlive", "XboxLive", "xbox_xsts_token_invalid", "xbox_xsts_token_empty"),
    verified("ps4_v1", "PSN", "ps4_v1_id_token_not_valid", "ps4_v1_token_empty"),
    verified("ps4_v3", "PSN", "ps4_v3_id_token_not_valid", "ps4_v3_token_empty"),
    verified("ps5_v3", "PSN", "ps5_v3_id_token_not_valid", "ps5_v3_id_token_not_valid"),
    verified("rallyhere", "RallyHere", "developer_api_token_invalid", "developer_api_token_empty"),
];

/// The settings of these grants. Each has a path and a secret of its own.
pub fn entries(site: &Site, grants: &[Verified]) -> Value {
    let entry = |of: &Verified| json!({ "grant": of.grant, "url": site.url(&format!("/{}", of.grant)), "secret": whsec(of.grant) });
    grants.iter().map(entry).collect()
}

/// The answer to a good proof of this user.
pub fn good(platform_user_id: &str) -> Response {
    Response::of(&json!({ "platform_user_id": platform_user_id }))
}

/// The secret of a grant, as the settings have it. Its bytes are a canary.
pub fn whsec(grant: &str) -> String {
    format!("whsec_{}", STANDARD.encode(secret(grant)))
}

/// The bytes of the secret of a grant.
pub fn secret(grant: &str) -> Vec<u8> {
    format!("zqverifier3k9w {grant:-<16}").into_bytes()
}

/// The message of a request to this grant's URL. Fails unless its signature and its time are right.
pub fn opened(heard: &Heard, grant: &str, now: i64) -> Value {
    assert!(is_signed(heard, grant), "{heard:?}");
    let sent: i64 = header(heard, "webhook-timestamp").parse().expect("seconds");
    assert!((now - 60..=now + 1).contains(&sent), "{sent} is not {now}");
    let uuid = header(heard, "webhook-id").strip_prefix("msg_").expect("a prefix");
    assert!(uuid::Uuid::parse_str(uuid).is_ok(), "{heard:?}");
    assert_eq!(header(heard, "content-type"), "application/json");
    assert_eq!((&*heard.method, &*heard.target), ("POST", &*format!("/{grant}")));
    heard.json()
}

/// Whether a request is signed by the secret of this grant, and by no other (Standard Webhooks 1.0).
pub fn is_signed(heard: &Heard, grant: &str) -> bool {
    signatures(heard) == [signature(heard, grant)]
}

/// The signatures of a request.
pub fn signatures(heard: &Heard) -> Vec<&str> {
    header(heard, "webhook-signature").split(' ').collect()
}

/// The signature of a request by the secret of this grant.
pub fn signature(heard: &Heard, grant: &str) -> String {
    let signed = format!("{}.{}.", header(heard, "webhook-id"), header(heard, "webhook-timestamp"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret(grant));
    let signature = hmac::sign(&key, &[signed.as_bytes(), &heard.body].concat());
    format!("v1,{}", STANDARD.encode(signature))
}

fn header<'h>(heard: &'h Heard, name: &str) -> &'h str {
    heard.headers.get(name).unwrap_or_else(|| panic!("no {name}: {heard:?}"))
}
