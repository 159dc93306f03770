//! Epic: the versions of its issuers, and the deployments of a game.

use serde_json::{Value, json};
use tests::platforms::{EPIC, EPIC_CONNECT, EPIC_V1, Kind, Platforms, USER};

use super::{Scene, verdict};

const INVALID: &str = "epic_v2_token_invalid";

/// The verdict on a proof of this kind with these changes.
async fn verdict_of(scene: &Scene, kind: &Kind, changes: Value) -> String {
    verdict(&scene.present(kind, &kind.changed(USER, scene.now(), changes)).await)
}

#[tokio::test]
async fn an_issuer_of_epics_accounts_is_its_origin_alone_or_with_a_path_that_begins_with_epic() {
    let scene = Scene::start().await;
    for iss in [
        "https://api.epicgames.dev",
        "https://api.epicgames.dev/",
        "https://api.epicgames.dev/epic/oauth/v2",
        "https://api.epicgames.dev/epic/oauth/v3",
    ] {
        assert_eq!(verdict_of(&scene, &EPIC, json!({ "iss": iss })).await, "accepted", "{iss}");
    }
    for iss in [
        "https://api.epicgames.dev//auth/v1/oauth",
        "https://api.epicgames.dev/./auth/v1",
        "https://api.epicgames.dev/auth/v1/oauth",
        "https://api.epicgames.dev/account",
        "https://api.epicgames.dev/epic",
        "https://api.epicgames.dev/epicauth/v1",
        "https://api.epicgames.dev/EPIC/oauth/v2",
        "https://api.epicgames.dev//epic/oauth/v2",
        "https://api.epicgames.dev.evil.test",
        "https://api.epicgames.dev.evil.test/epic/oauth/v2",
        "https://api.epicgames.devil.test/epic/oauth/v2",
        "https://api.epicgames.dev:443/epic/oauth/v2",
        "https://api.epicgames.dev@evil.test/",
        "https://api.epicgames.dev?x",
        "https://api.epicgames.dev#x",
        "https://api.epicgames.dev\\evil",
        "https://API.epicgames.dev/epic/oauth/v2",
        "http://api.epicgames.dev/epic/oauth/v2",
        "//api.epicgames.dev/epic/oauth/v2",
        "api.epicgames.dev",
        " https://api.epicgames.dev/epic/oauth/v2",
    ] {
        assert_eq!(verdict_of(&scene, &EPIC, json!({ "iss": iss })).await, INVALID, "{iss}");
    }
}

#[tokio::test]
async fn each_version_has_its_own_keys_and_codes() {
    let scene = Scene::start().await;
    for (kind, other) in [(&EPIC, &EPIC_V1), (&EPIC_V1, &EPIC)] {
        assert_eq!(verdict_of(&scene, kind, json!({})).await, "accepted", "{}", kind.name);
        let by_other = kind.signed_by(&other.key(), json!({}), kind.claims(USER, scene.now()));
        assert_eq!(verdict(&scene.present(kind, &by_other).await), kind.unknown_key, "{}", kind.name);
        let of_other = kind.signed_by(&kind.key(), json!({}), other.claims(USER, scene.now()));
        assert_eq!(verdict(&scene.present(kind, &of_other).await), other.unknown_key, "{}", kind.name);
    }
    // One fetch each: the other version's keys were not asked for.
    for kind in [&EPIC, &EPIC_V1] {
        assert_eq!(scene.platforms.keys(kind).requests(), 1, "{}", kind.name);
    }
    assert_eq!(scene.platforms.keys(&EPIC_CONNECT).requests(), 0);
}

/// An account and a product user are two ids of one player.
#[tokio::test]
async fn a_token_of_connect_is_none_of_an_account_nor_the_other_way_round() {
    let account = Scene::start().await;
    // As if Epic signed both with one key.
    account.platforms.publish(&EPIC, &[EPIC.key().jwk(), EPIC_CONNECT.key().jwk()]);
    for iss in [EPIC_CONNECT.iss, "https://api.epicgames.dev/auth/", "https://api.epicgames.dev/auth/v2/oauth"] {
        let proof = EPIC_CONNECT.changed(USER, account.now(), json!({ "iss": iss }));
        assert_eq!(verdict(&account.present(&EPIC, &proof).await), INVALID, "{iss}");
    }
    let connect = Scene::with(Platforms::settings_of_connect).await;
    connect.platforms.publish(&EPIC_CONNECT, &[EPIC.key().jwk(), EPIC_V1.key().jwk(), EPIC_CONNECT.key().jwk()]);
    assert_eq!(verdict_of(&connect, &EPIC_CONNECT, json!({})).await, "accepted");
    for kind in [&EPIC, &EPIC_V1] {
        let refused = verdict_of(&connect, kind, json!({})).await;
        assert!(refused.starts_with("epic_v") && refused.ends_with("_invalid"), "{}: {refused}", kind.name);
    }
    for iss in
        ["https://api.epicgames.dev", "https://api.epicgames.dev/auth/v1/oauth/", "https://api.epicgames.dev/auth"]
    {
        assert_eq!(verdict_of(&connect, &EPIC_CONNECT, json!({ "iss": iss })).await, INVALID, "{iss}");
    }
}

#[tokio::test]
async fn a_token_of_another_deployment_of_the_game_is_refused_if_the_settings_list_them() {
    let scene = Scene::changed("epic", json!({ "deployments": ["live", "test"] })).await;
    for (pfdid, expected) in [
        (json!("live"), "accepted"),
        (json!("test"), "accepted"),
        (json!("LIVE"), INVALID),
        (json!("liv"), INVALID),
        (json!(""), INVALID),
        (json!(["live"]), INVALID),
        (json!(null), INVALID),
    ] {
        assert_eq!(verdict_of(&scene, &EPIC, json!({ "pfdid": pfdid })).await, expected, "{pfdid}");
    }
    let open = Scene::start().await;
    assert_eq!(verdict_of(&open, &EPIC, json!({ "pfdid": "another" })).await, "accepted");
}
