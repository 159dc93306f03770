//! A function whose settings of platforms are wrong does not start.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{World, platforms::Platforms};

use crate::refusals::said_with_secret;

/// A good document in which these members of `platforms` have other values. `null` removes one.
fn with(document: &Value, changes: &Value) -> String {
    let mut document = document.clone();
    let members = document["platforms"].as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    document.to_string()
}

fn list(of: &str, count: usize) -> Value {
    (0..count).map(|number| json!(format!("{of}{number}"))).collect()
}

/// Wrong members, and the names that the refusal gives them.
fn wrong() -> Vec<(Value, &'static str)> {
    let google = |audiences: Value| json!({ "google": { "audiences": audiences } });
    let keys = |url: &str| json!({ "google": { "audiences": ["zq"], "keys_url": url } });
    let epic = |more: (&str, Value)| json!({ "epic": { "audiences": ["zq"], (more.0): more.1 } });
    let nintendo =
        |more: (&str, Value)| json!({ "nintendo_switch": { "games": ["0100abcd00010000"], (more.0): more.1 } });
    let steam = |name: &str, value: Value| {
        let mut steam = json!({ "app_id": 480, "key": "zqkey" });
        steam[name] = value;
        json!({ "steam": steam })
    };
    let oidc = |name: &str, value: Value| {
        let mut entry = json!({
            "grant": "xboxlive", "audiences": ["zq"], "issuer": "https://zq.test", "keys_url": "https://zq.test/keys",
        });
        entry[name] = value;
        entry.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        json!({ "oidc": [entry] })
    };
    let http = |name: &str, value: Value| {
        let mut entry = json!({
            "grant": "ps5_v3", "url": "https://zq.test", "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
        });
        entry[name] = value;
        entry.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        json!({ "http": [entry] })
    };
    let entry = |grant: &str| json!({ "grant": grant, "url": "https://zq.test", "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" });
    vec![
        (json!({ "zqmember": {} }), "platforms"),
        (json!({ "google": "zq" }), "platforms.google"),
        (json!({ "google": {} }), "platforms.google.audiences"),
        (google(json!([])), "platforms.google.audiences"),
        (google(json!("zq")), "platforms.google.audiences"),
        (google(json!([""])), "platforms.google.audiences"),
        (google(json!(["zq", 1])), "platforms.google.audiences"),
        (google(list("zq", 17)), "platforms.google.audiences"),
        (json!({ "google": { "audiences": ["zq"], "audience": "zq" } }), "platforms.google"),
        (keys("http://zq.test/keys"), "platforms.google.keys_url"),
        (keys("http://127.0.0.1.zq.test/keys"), "platforms.google.keys_url"),
        (keys("https://user:zq@i.test/keys"), "platforms.google.keys_url"),
        (keys("zq"), "platforms.google.keys_url"),
        (json!({ "apple": { "audiences": [] } }), "platforms.apple.audiences"),
        (epic(("tokens", json!("zq"))), "platforms.epic.tokens"),
        (epic(("deployments", json!([]))), "platforms.epic.deployments"),
        (epic(("deployments", json!("zq"))), "platforms.epic.deployments"),
        (epic(("old_keys_url", json!("http://zq.test"))), "platforms.epic.old_keys_url"),
        (nintendo(("games", json!([]))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!(["zq"]))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!("0100abcd00010000"))), "platforms.nintendo_switch.games"),
        (nintendo(("environment", json!("dd1"))), "platforms.nintendo_switch.issuer"),
        (nintendo(("accounts", json!({ "audiences": [] }))), "platforms.nintendo_switch.accounts.audiences"),
        (steam("app_id", json!("zq")), "platforms.steam.app_id"),
        (steam("key", json!("")), "platforms.steam.key"),
        (steam("refuse_vac_banned", json!("zq")), "platforms.steam.refuse_vac_banned"),
        (steam("url", json!("http://zq.test")), "platforms.steam.url"),
        (oidc("audiences", json!([])), "platforms.oidc[0].audiences"),
        (oidc("audiences", json!("zq")), "platforms.oidc[0].audiences"),
        (oidc("issuer", json!(null)), "platforms.oidc[0].issuer"),
        (oidc("keys_url", json!(null)), "platforms.oidc[0].keys_url"),
        (oidc("keys_url", json!("http://zq.test")), "platforms.oidc[0].keys_url"),
        (oidc("algorithm", json!("HS256")), "platforms.oidc[0].algorithm"),
        (oidc("algorithm", json!("none")), "platforms.oidc[0].algorithm"),
        (oidc("algorithm", json!(["RS256"])), "platforms.oidc[0].algorithm"),
        (oidc("grant", json!("anon")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("refresh")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("basic")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("google")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("ps5_v3")), "platforms.http[2].grant"),
        (http("url", json!("http://zq.test")), "platforms.http[0].url"),
        (http("url", json!(null)), "platforms.http[0].url"),
        (http("secret", json!("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")), "platforms.http[0].secret"),
        (http("secret", json!("whsec_c2hvcnQ=")), "platforms.http[0].secret"),
        (http("secret", json!("whsec_zq!")), "platforms.http[0].secret"),
        (http("secret", json!(null)), "platforms.http[0].secret"),
        (http("grant", json!("steam")), "platforms.http[0].grant"),
        (json!({ "http": [entry("ps4_v1"), entry("ps4_v1")] }), "platforms.http[1].grant"),
        (json!({ "http": {} }), "platforms.http"),
    ]
}

#[tokio::test]
async fn wrong_settings_of_a_platform_name_their_member_and_show_no_value() {
    let world = World::start().await;
    let good = Platforms::start().await.document();
    let cases = wrong();
    let members: BTreeSet<_> = cases.iter().map(|(_, member)| member).collect();
    assert!(members.len() > 20, "{members:?}");
    for (changes, member) in cases {
        let said = said_with_secret(&world, "log-in", &with(&good, &changes)).await;
        assert!(said.contains(&format!("({member}: ")), "{changes}: {said}");
        assert!(!said.contains("zq"), "{changes}: {said}");
    }
}
