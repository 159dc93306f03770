//! The ways to log in that are not configured.

use std::collections::BTreeSet;

use serde_json::json;
use tests::World;

use crate::scene::{LOGIN, ask, client, world_of};

/// Every way to log in that needs a platform or does not exist, and its refusal
/// (docs/contract/rallyhere.md, "Refusals of a login").
const DISABLED: [(&str, &str); 15] = [
    ("google", "google_disabled"),
    ("apple", "apple_disabled"),
    ("epic", "epic_disabled"),
    ("xboxlive", "xbox_disabled"),
    ("ps4_v1", "ps4_v1_disabled"),
    ("ps4_v3", "ps4_v3_disabled"),
    ("ps5_v3", "ps5_v3_disabled"),
    ("nintendo_switch", "nintendo_disabled"),
    ("steam", "steam_disabled"),
    ("basic", "basic_disabled"),
    ("rallyhere", "developer_api_disabled"),
    ("android_device", "android_device_disabled"),
    ("ios_device", "ios_device_disabled"),
    ("discord", "discord_disabled"),
    ("twitch", "twitch_disabled"),
];

#[tokio::test]
async fn each_way_that_is_not_configured_is_disabled_under_its_own_code() {
    let grants = DISABLED.map(|(grant, _)| grant);
    let members = json!({ "clients": [client("all", &grants, &[], true)], "platforms": null });
    let world = world_of(members).await;
    for (grant, code) in DISABLED {
        for proof in ["", "x"] {
            let answer = ask(&world, LOGIN, "all", json!({ "grant_type": grant, "portal_access_token": proof })).await;
            assert_eq!(answer.verdict(), (403, code.to_owned()), "{grant}");
            let body = answer.json();
            let members: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            let expected = [
                "auth_success",
                "error_code",
                "desc",
                "needs_eula",
                "needs_tos",
                "needs_privacy_policy",
                "restrictions",
            ];
            assert_eq!(members, expected.into());
            assert_eq!((&body["auth_success"], &body["restrictions"]), (&json!(true), &json!([])));
        }
    }
    assert_eq!(world.operations("log-in"), Vec::<String>::new());
}

#[tokio::test]
async fn anonymous_logins_are_off_unless_they_are_configured() {
    let world = world_of(json!({ "platforms": null })).await;
    for id in ["", "ada"] {
        let answer = ask(&world, LOGIN, "game", json!({ "grant_type": "anon", "portal_access_token": id })).await;
        assert_eq!(answer.verdict(), (403, "anon_disabled".to_owned()));
    }
}

#[tokio::test]
async fn a_way_that_is_not_for_the_client_is_not_supported() {
    let world = world_of(json!({})).await;
    for (client, grant) in [("server", "anon"), ("server", "refresh"), ("game", "google"), ("guest", "steam")] {
        let answer = ask(&world, LOGIN, client, json!({ "grant_type": grant, "portal_access_token": "x" })).await;
        assert_eq!(answer.verdict(), (403, "invalid_grant_type".to_owned()), "{client} {grant}");
        assert_eq!(answer.json()["desc"], format!("Grant Type {grant} is not supported"));
    }
}

#[tokio::test]
async fn an_unknown_way_is_invalid_and_the_known_ones_are_listed() {
    let world = World::start().await;
    let answer = world.log_in(json!({ "grant_type": "password", "portal_access_token": "x" })).await;
    assert_eq!(answer.status, 422);
    insta::assert_snapshot!(answer.text, @r#"{"detail":[{"loc":["body","grant_type"],"msg":"value is not a valid enumeration member; permitted: 'anon', 'google', 'apple', 'refresh', 'epic', 'xboxlive', 'ps4_v1', 'ps4_v3', 'ps5_v3', 'nintendo_switch', 'steam', 'basic', 'rallyhere', 'client_credentials', 'android_device', 'ios_device', 'discord', 'twitch'","type":"type_error.enum","ctx":{"enum_values":["anon","google","apple","refresh","epic","xboxlive","ps4_v1","ps4_v3","ps5_v3","nintendo_switch","steam","basic","rallyhere","client_credentials","android_device","ios_device","discord","twitch"]}}]}"#);
}
