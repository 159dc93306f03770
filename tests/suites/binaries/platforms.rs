//! A function whose settings of platforms are wrong does not start.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
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
    let registered = ["iss", "aud", "exp", "iat", "nbf", "azp", "jti"];
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
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
    let entry = |grant: &str| json!({ "grant": grant, "url": "https://zq.test", "secret": secret });
    vec![
        (json!({ "zqmember": {} }), "platforms"),
        (json!({ "google": "zq" }), "platforms.google"),
        (json!({ "google": {} }), "platforms.google.audiences"),
        (google(json!([])), "platforms.google.audiences"),
        (google(json!("zq")), "platforms.google.audiences"),
        (google(json!([""])), "platforms.google.audiences"),
        (google(json!(["zq", 1])), "platforms.google.audiences"),
        (google(list("zq", 17)), "platforms.google.audiences"),
        (google(json!(["zq "])), "platforms.google.audiences"),
        (google(json!(["zq1", " zq"])), "platforms.google.audiences"),
        (google(json!(["zq\n"])), "platforms.google.audiences"),
        (google(json!(["zq", "zq1", "zq"])), "platforms.google.audiences"),
        (json!({ "google": { "audiences": ["zq"], "audience": "zq" } }), "platforms.google"),
        (keys("http://zq.test/keys"), "platforms.google.keys_url"),
        (keys("http://127.0.0.1.zq.test/keys"), "platforms.google.keys_url"),
        (keys("https://user:zq@i.test/keys"), "platforms.google.keys_url"),
        (keys("https://i.test/keys#zq"), "platforms.google.keys_url"),
        (keys("http://127.0.0.1:1/keys#zq"), "platforms.google.keys_url"),
        (keys("zq"), "platforms.google.keys_url"),
        (json!({ "apple": { "audiences": [] } }), "platforms.apple.audiences"),
        (json!({ "apple": { "audiences": ["zq", "zq"] } }), "platforms.apple.audiences"),
        (epic(("tokens", json!("zq"))), "platforms.epic.tokens"),
        (epic(("deployments", json!([]))), "platforms.epic.deployments"),
        (epic(("deployments", json!("zq"))), "platforms.epic.deployments"),
        (epic(("deployments", json!(["zq "]))), "platforms.epic.deployments"),
        (epic(("deployments", json!(["zq", "zq"]))), "platforms.epic.deployments"),
        (
            json!({ "epic": { "audiences": ["zq"], "tokens": "connect", "old_keys_url": "https://zq.test" } }),
            "platforms.epic.old_keys_url",
        ),
        (epic(("old_keys_url", json!("https://i.test/keys#zq"))), "platforms.epic.old_keys_url"),
        (epic(("old_keys_url", json!("http://zq.test"))), "platforms.epic.old_keys_url"),
        (nintendo(("games", json!([]))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!(["zq"]))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!("0100abcd00010000"))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!([" 0100abcd00010000"]))), "platforms.nintendo_switch.games"),
        (nintendo(("games", json!(["0100abcd00010000", "0100abcd00010000"]))), "platforms.nintendo_switch.games"),
        (nintendo(("environment", json!("dd1"))), "platforms.nintendo_switch.issuer"),
        (nintendo(("accounts", json!({ "audiences": [] }))), "platforms.nintendo_switch.accounts.audiences"),
        (nintendo(("accounts", json!({ "audiences": ["zq", "zq"] }))), "platforms.nintendo_switch.accounts.audiences"),
        (steam("app_id", json!("zq")), "platforms.steam.app_id"),
        (steam("app_id", json!(0)), "platforms.steam.app_id"),
        (steam("app_id", json!(-480)), "platforms.steam.app_id"),
        (steam("key", json!("")), "platforms.steam.key"),
        (steam("refuse_vac_banned", json!("zq")), "platforms.steam.refuse_vac_banned"),
        (steam("url", json!("http://zq.test")), "platforms.steam.url"),
        (steam("url", json!("https://i.test/#zq")), "platforms.steam.url"),
        (oidc("audiences", json!([])), "platforms.oidc[0].audiences"),
        (oidc("audiences", json!("zq")), "platforms.oidc[0].audiences"),
        (oidc("audiences", json!(["zq", "zq"])), "platforms.oidc[0].audiences"),
        (oidc("audiences", json!(["\tzq"])), "platforms.oidc[0].audiences"),
        (oidc("issuer", json!(null)), "platforms.oidc[0].issuer"),
        (oidc("keys_url", json!(null)), "platforms.oidc[0].keys_url"),
        (oidc("keys_url", json!("http://zq.test")), "platforms.oidc[0].keys_url"),
        (oidc("keys_url", json!("https://i.test/#zq")), "platforms.oidc[0].keys_url"),
        (oidc("algorithm", json!("HS256")), "platforms.oidc[0].algorithm"),
        (oidc("algorithm", json!("none")), "platforms.oidc[0].algorithm"),
        (oidc("algorithm", json!(["RS256"])), "platforms.oidc[0].algorithm"),
        (oidc("grant", json!("anon")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("refresh")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("basic")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("google")), "platforms.oidc[0].grant"),
        (oidc("grant", json!("ps5_v3")), "platforms.http[2].grant"),
        (json!({ "oidc": [] }), "platforms.oidc"),
        (http("url", json!("http://zq.test")), "platforms.http[0].url"),
        (http("url", json!(null)), "platforms.http[0].url"),
        (http("secret", json!("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")), "platforms.http[0].secret"),
        (http("secret", json!("whsec_c2hvcnQ=")), "platforms.http[0].secret"),
        (http("secret", json!("whsec_zq!")), "platforms.http[0].secret"),
        (http("secret", json!(null)), "platforms.http[0].secret"),
        (http("secret", json!([])), "platforms.http[0].secret"),
        (http("secret", json!([secret, "whsec_zq!"])), "platforms.http[0].secret"),
        (http("secret", json!([secret, 1])), "platforms.http[0].secret"),
        (
            http("secret", json!([secret, secret.replace("Iz", "I0"), secret.replace("Iz", "I1")])),
            "platforms.http[0].secret",
        ),
        (http("url", json!("https://i.test/#zq")), "platforms.http[0].url"),
        (http("grant", json!("steam")), "platforms.http[0].grant"),
        (json!({ "http": [entry("ps4_v1"), entry("ps4_v1")] }), "platforms.http[1].grant"),
        (json!({ "http": {} }), "platforms.http"),
        (json!({ "http": [] }), "platforms.http"),
    ]
    .into_iter()
    .chain(registered.map(|claim| (oidc("user_id", json!(claim)), "platforms.oidc[0].user_id")))
    .chain(registered.map(|claim| (oidc("user_id", json!([claim])), "platforms.oidc[0].user_id")))
    .collect()
}

/// Entries that would make one proof two accounts, and the names that the refusal gives them.
fn overlapping() -> Vec<(Value, &'static str)> {
    let of = |issuer: &str, audiences: &[&str]| {
        json!({
            "grant": "xboxlive", "audiences": audiences, "issuer": issuer, "keys_url": "https://zq.test/keys",
        })
    };
    let discord = |audience: &str| json!({ "grant": "discord", "audiences": [audience] });
    let google = json!({ "audiences": ["zq1", "zq2"] });
    vec![
        (
            json!({ "google": google, "oidc": [of("https://accounts.google.com", &["zq", "zq2"])] }),
            "platforms, grants google and xboxlive",
        ),
        (
            json!({ "google": google, "oidc": [of("accounts.google.com", &["zq1"])] }),
            "platforms, grants google and xboxlive",
        ),
        (
            json!({ "oidc": [discord("zq1"), of("https://discord.com", &["zq1"])] }),
            "platforms, grants discord and xboxlive",
        ),
        (
            json!({ "apple": { "audiences": ["zq1"] }, "oidc": [of("https://account.apple.com", &["zq1"])] }),
            "platforms, grants apple and xboxlive",
        ),
        (
            json!({
                "epic": { "audiences": ["zq1"] }, "oidc": [of("https://api.epicgames.dev/epic/oauth/v2", &["zq1"])],
            }),
            "platforms, grants epic and xboxlive",
        ),
        (
            json!({
                "nintendo_switch": { "games": ["0100abcd00010000"], "accounts": { "audiences": ["zq1"] } },
                "oidc": [of("https://accounts.nintendo.com", &["zq1"])],
            }),
            "platforms, grants nintendo_switch and xboxlive",
        ),
    ]
}

#[tokio::test]
async fn wrong_settings_of_a_platform_name_their_member_and_show_no_value() {
    let world = World::start().await;
    let good = Platforms::start().await.document();
    let cases = wrong();
    let members: BTreeSet<_> = cases.iter().map(|(_, member)| member).collect();
    assert!(members.len() > 20, "{members:?}");
    // Each starts a process, which waits more than it works.
    let said = cases.iter().map(async |(changes, member)| {
        let said = said_with_secret(&world, "log-in", &with(&good, changes)).await;
        assert!(said.contains(&format!("({member}: ")), "{changes}: {said}");
        assert!(!said.contains("zq"), "{changes}: {said}");
    });
    stream::iter(said).buffer_unordered(8).collect::<Vec<()>>().await;
}

#[tokio::test]
async fn entries_that_accept_one_proof_as_two_accounts_are_refused_and_named() {
    let world = World::start().await;
    let good = Platforms::start().await.document();
    for (changes, grants) in overlapping() {
        let said = said_with_secret(&world, "log-in", &with(&good, &changes)).await;
        let problem = "no audience of one issuer in both, or one token proves two accounts";
        assert!(said.contains(&format!("({grants}: {problem})")), "{changes}: {said}");
        assert!(!said.contains("zq"), "{changes}: {said}");
    }
}

/// The name of an unknown member may be a secret in the wrong place.
#[tokio::test]
async fn an_unknown_member_is_placed_among_the_known_ones_and_broken_json_by_line_and_column() {
    let world = World::start().await;
    let good = Platforms::start().await.document();
    let steam = json!({ "steam": { "app_id": 480, "zqkey": "zq" } });
    let known = "app_id, key, identity, refuse_vac_banned, refuse_publisher_banned, refuse_family_sharing, url";
    for (text, expected) in [
        (with(&good, &steam), format!("(platforms.steam: an unknown member; known are {known})")),
        ("{\n  \"platforms\": {},\n  zq: 1\n}".to_owned(), "; line 3, column 3 is not JSON)".to_owned()),
    ] {
        let said = said_with_secret(&world, "log-in", &text).await;
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains("zq"), "{said}");
    }
}
