use serde_json::{Value, json};

use super::*;
use crate::config::Object;

fn parse(platforms: &Value) -> Result<Platforms, String> {
    let document = json!({ "platforms": platforms }).to_string();
    let document = Object::document(&document).unwrap();
    Platforms::parse(&document.object("platforms").unwrap().unwrap()).map_err(|problem| problem.to_string())
}

fn refusal(platforms: &Value) -> String {
    parse(platforms).unwrap_err()
}

fn everything() -> Value {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    json!({
        "anon": {},
        "google": { "audiences": ["web"], "keys_url": "https://k.test/g", "display_name": "name" },
        "apple": { "audiences": ["com.studio.game"] },
        "epic": { "audiences": ["client"], "tokens": "account", "deployments": ["d"], "old_keys_url": "http://[::1]/1" },
        "nintendo_switch": { "games": ["0100ABCD12340000"], "environment": "dd1", "issuer": "https://n.test",
            "accounts": { "audiences": ["account"] } },
        "steam": { "app_id": 480, "key": "0123ABCD", "identity": "my-game", "refuse_vac_banned": true,
            "refuse_publisher_banned": false, "refuse_family_sharing": true, "url": "http://127.0.0.1:1/steam" },
        "oidc": [
            { "grant": "discord", "audiences": ["1"] },
            { "grant": "twitch", "audiences": ["2"], "display_name": "preferred_username" },
            { "grant": "xboxlive", "audiences": ["3"], "issuer": "https://i.test", "keys_url": "https://i.test/keys",
              "algorithm": "ES256", "user_id": ["user", "id"] },
        ],
        "http": [
            { "grant": "ps4_v1", "url": "https://v.test", "secret": secret },
            { "grant": "ps5_v3", "url": "https://v.test/5?x=1", "secret": secret },
        ],
    })
}

#[test]
fn each_entry_turns_its_grant_on() {
    let platforms = parse(&everything()).unwrap();
    let grants: Vec<_> = platforms.grants().map(Grant::name).collect();
    let expected =
        ["google", "apple", "epic", "nintendo_switch", "steam", "discord", "twitch", "xboxlive", "ps4_v1", "ps5_v3"];
    assert_eq!(grants, expected);
    assert!(!platforms.has(Grant::Anon) && !platforms.has(Grant::Ps4V3));
    assert!(parse(&json!({})).unwrap().grants().next().is_none());
}

#[test]
fn no_debug_output_shows_more_than_the_grants() {
    let shown = format!("{:?}", parse(&json!({ "steam": { "app_id": 480, "key": "SECRETKEY" } })).unwrap());
    assert_eq!(shown, "{Steam}");
}

#[test]
fn a_refusal_names_the_member_and_not_its_value() {
    let texts = "a list of 1 to 16 distinct texts without blanks at their ends";
    let url = "an https URL; http only for a loopback address";
    let of = |name: &str, member: &str, value: Value| {
        let mut platforms = everything();
        platforms[name][member] = value;
        refusal(&json!({ name: platforms[name] }))
    };
    for name in ["google", "apple", "epic"] {
        let many: Vec<_> = (0..17).map(|number| number.to_string()).collect();
        let wrong = [json!([]), json!("web"), json!([""]), json!([1]), json!(null), json!(many), json!(["a", "a"])];
        let wrong = wrong.into_iter().chain([json!([" a"]), json!([" "])]);
        for audiences in wrong {
            assert_eq!(of(name, "audiences", audiences), format!("platforms.{name}.audiences: {texts}"));
        }
        assert_eq!(of(name, "keys_url", json!("http://k.test")), format!("platforms.{name}.keys_url: {url}"));
        assert!(of(name, "audience", json!(["web"])).starts_with(&format!("platforms.{name}: an unknown member")));
    }
    let cases = [
        ("epic", "tokens", json!("both"), "account or connect"),
        ("epic", "deployments", json!([]), texts),
        ("nintendo_switch", "games", json!([]), "a list of 1 to 16 distinct ids of games, each of 16 hex digits"),
        ("nintendo_switch", "games", json!(["0100"]), "a list of 1 to 16 distinct ids of games, each of 16 hex digits"),
        ("nintendo_switch", "issuer", json!(""), "the iss of its tokens"),
        ("steam", "key", json!("a&b"), "a key of Steam's web API: 1 to 64 letters and digits"),
        ("steam", "app_id", json!("480"), "the number of the game at Steam, without quotes"),
        ("steam", "app_id", json!(0), "the number of the game at Steam, without quotes"),
        ("epic", "keys_url", json!("https://k.test/#1"), "a URL without a fragment"),
        ("steam", "identity", json!("a&key=b"), "1 to 64 letters, digits and characters of -_.~"),
        ("steam", "refuse_vac_banned", json!("no"), "true or false"),
        ("steam", "url", json!("http://steam.test"), url),
        ("google", "display_name", json!([]), "the name of a claim, or a list of the names that lead to it"),
    ];
    for (name, member, value, expected) in cases {
        assert_eq!(of(name, member, value), format!("platforms.{name}.{member}: {expected}"));
    }
    let unnamed = refusal(&json!({ "nintendo_switch": { "games": ["0100abcd12340000"], "environment": "dd1" } }));
    assert_eq!(unnamed, "platforms.nintendo_switch.issuer: the iss of its tokens");
    assert!(refusal(&json!({ "psn": {} })).starts_with("platforms: an unknown member; known are anon, google"));
    let connect = json!({ "audiences": ["a"], "tokens": "connect", "old_keys_url": "https://k.test" });
    let expected = "platforms.epic.old_keys_url: absent, since tokens of EOS Connect have one version";
    assert_eq!(refusal(&json!({ "epic": connect })), expected);
    assert_eq!(refusal(&json!({ "oidc": [] })), "platforms.oidc: a list of issuers");
    assert_eq!(refusal(&json!({ "http": [] })), "platforms.http: a list of verifiers");
}

#[test]
fn an_entry_of_a_list_names_a_grant_that_is_free() {
    let entry = |list: &str, changes: Value| {
        let mut entry = everything()[list][0].clone();
        entry.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({ "google": { "audiences": ["web"] }, list: [entry] })
    };
    for list in ["oidc", "http"] {
        for grant in ["anon", "refresh", "basic", "android_device", "client_credentials", "psn", ""] {
            let refused = refusal(&entry(list, json!({ "grant": grant })));
            let expected = format!("platforms.{list}[0].grant: one of google, apple, epic, xboxlive, ps4_v1, ps4_v3, ");
            assert!(refused.starts_with(&expected), "{refused}");
        }
        let taken = refusal(&entry(list, json!({ "grant": "google" })));
        assert_eq!(taken, format!("platforms.{list}[0].grant: a grant that no other entry has"));
    }
    let refused = refusal(&entry("oidc", json!({ "grant": "ps5_v3" })));
    assert_eq!(refused, "platforms.oidc[0].issuer: the iss of its tokens");
    let refused = refusal(&entry("oidc", json!({ "grant": "ps5_v3", "issuer": "i" })));
    assert_eq!(refused, "platforms.oidc[0].keys_url: an https URL; http only for a loopback address");
    let refused = refusal(&entry("oidc", json!({ "algorithm": "HS256" })));
    assert_eq!(refused, "platforms.oidc[0].algorithm: one of RS256, ES256, ES384, EdDSA");
    for user_id in ["iss", "aud", "exp", "iat", "nbf", "azp", "jti"] {
        let refused = refusal(&entry("oidc", json!({ "user_id": user_id })));
        assert_eq!(refused, "platforms.oidc[0].user_id: a claim that names the account, not one such as iss or aud");
    }
    let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert!(parse(&entry("http", json!({ "secret": [good, good] }))).is_ok());
    let texts = ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_*"];
    let lists = [json!([]), json!([good, good, good]), json!([good, ""]), json!(null)];
    for secret in texts.map(|text| json!(text)).into_iter().chain(lists) {
        let refused = refusal(&entry("http", json!({ "secret": secret })));
        let expected = "whsec_ and base64 of 24 to 64 random bytes, or a list of two such texts";
        assert_eq!(refused, format!("platforms.http[0].secret: {expected}"));
    }
}

#[test]
fn no_token_is_both_a_proof_and_a_bearer_token() {
    let trusting = |issuer: &str, audience: &str| {
        let issuers =
            json!([{ "issuer": issuer, "jwks_url": "https://i.test/keys", "audience": audience }]).to_string();
        let issuers = crate::auth::AuthSettings::from_json(&issuers).unwrap().issuers;
        parse(&everything()).unwrap().keep_apart(&issuers).map_err(|problem| problem.to_string())
    };
    let shared = [
        ("google", "accounts.google.com", "web"),
        ("apple", "https://appleid.apple.com", "com.studio.game"),
        ("epic", "https://api.epicgames.dev/epic/oauth/v2", "client"),
        ("nintendo_switch", "https://n.test", nintendo::AUDIENCE),
        ("nintendo_switch", "https://accounts.nintendo.com", "account"),
        ("twitch", "https://id.twitch.tv/oauth2", "2"),
    ];
    for (grant, issuer, audience) in shared {
        assert!(trusting(issuer, audience).unwrap_err().starts_with(&format!("platforms, grant {grant}: other audi")));
        assert_eq!(trusting(issuer, "roster"), Ok(()));
        assert_eq!(trusting("https://sso.test", audience), Ok(()));
    }
}

#[test]
fn no_token_proves_two_accounts() {
    let problem = "no audience of one issuer in both, or one token proves two accounts";
    let own = |issuer: &str, audience: &str| json!([{ "grant": "rallyhere", "issuer": issuer, "audiences": [audience], "keys_url": "https://k.test" }]);
    let google = json!({ "audiences": ["web"] });
    let refused = refusal(&json!({ "google": google, "oidc": own("accounts.google.com", "web") }));
    assert_eq!(refused, format!("platforms, grants google and rallyhere: {problem}"));
    assert!(parse(&json!({ "google": google, "oidc": own("accounts.google.com", "other") })).is_ok());
    assert!(parse(&json!({ "google": google, "oidc": own("https://sso.test", "web") })).is_ok());
    let epic = json!({ "audiences": ["web"] });
    let refused = refusal(&json!({ "epic": epic, "oidc": own("https://api.epicgames.dev/epic/oauth/v2", "web") }));
    assert_eq!(refused, format!("platforms, grants epic and rallyhere: {problem}"));
    let accounts = json!({ "issuer": "https://n.test", "audiences": [nintendo::AUDIENCE] });
    let twice = json!({ "games": ["0100abcd12340000"], "environment": "dd1", "issuer": "https://n.test", "accounts": accounts });
    let refused = refusal(&json!({ "nintendo_switch": twice }));
    assert_eq!(refused, format!("platforms, grants nintendo_switch and nintendo_switch: {problem}"));
}
