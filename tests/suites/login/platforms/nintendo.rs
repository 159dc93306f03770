//! Nintendo: the game, the environment, and the player's Nintendo Account as parent.

use serde_json::{Value, json};
use tests::platforms::{GAME, KINDS, NINTENDO, NINTENDO_ACCOUNT, Platforms, USER};

use super::{Scene, is_unavailable, verdict};
use crate::scene::{Login, masked};

const INVALID: &str = "nintendo_service_access_token_not_valid";
const WRONG_APP: &str = "nintendo_service_access_token_for_wrong_app";
const PARENT: &str = "fedcba9876543210";

/// The verdict on a proof with these changes.
async fn verdict_of(scene: &Scene, changes: Value) -> String {
    verdict(&scene.present(&NINTENDO, &NINTENDO.changed(USER, scene.now(), changes)).await)
}

#[tokio::test]
async fn the_game_must_be_ours_since_all_games_have_one_audience() {
    let scene = Scene::start().await;
    for ai in [GAME.to_owned(), GAME.to_lowercase()] {
        assert_eq!(verdict_of(&scene, json!({ "nintendo": { "ai": ai } })).await, "accepted", "{ai}");
    }
    for nintendo in [
        json!({ "ai": "0100abcd00020000" }),
        json!({ "ai": &GAME[..15] }),
        json!({ "ai": "" }),
        json!({ "ai": null }),
        json!({ "av": "0001" }),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(verdict_of(&scene, json!({ "nintendo": nintendo })).await, WRONG_APP, "{nintendo}");
    }
}

#[tokio::test]
async fn only_an_id_token_is_a_proof() {
    let scene = Scene::start().await;
    for typ in [json!("token"), json!("session_token"), json!("ID_TOKEN"), json!(""), json!(null)] {
        assert_eq!(verdict_of(&scene, json!({ "typ": typ })).await, INVALID, "{typ}");
        let parent = NINTENDO_ACCOUNT.changed(PARENT, scene.now(), json!({ "typ": typ }));
        let answer = scene.present(&NINTENDO_ACCOUNT, &parent).await;
        assert_eq!(verdict(&answer), "nintendo_access_token_not_valid", "{typ}");
    }
}

/// A login with both tokens.
async fn with_parent(scene: &Scene, parent: &str, name: &str) -> tests::Answer {
    let more = json!({
        "portal_parent_access_token": parent, "portal_parent_display_name": name, "portal_display_name": "Ada",
    });
    scene.ask_with("nintendo_switch", &NINTENDO.proof(USER, scene.now()), more).await
}

#[tokio::test]
async fn the_parent_is_shown_and_makes_no_user() {
    let scene = Scene::start().await;
    let answer = with_parent(&scene, &NINTENDO_ACCOUNT.proof(PARENT, scene.now()), "Parent").await;
    insta::assert_snapshot!(masked(&answer.text), @r#"{"access_token":"[jwt]","active_player_uuid":"[uuid]","active_player_id":1,"person_id":"[uuid]","platform":"NintendoSwitch","portal_id":22,"portal_user_id":"00a1b2c3d4e5f607","display_name":"Ada","platform_environment":"lp1","portal_parent_auth_result":{"platform":"NintendoNAID","portal_id":26,"portal_user_id":"fedcba9876543210","display_name":"Parent","platform_environment":"lp1"},"permissions":["purge:person:self","user:restriction:read:self","user:audit:self"],"restrictions":[],"client_id":"phone","token_type":"Bearer","expires_in":3600,"publisher_uuid":"[uuid]","tenant_uuid":"[uuid]","config_elector_uuid":"[uuid]","client_uuid":"[uuid]","role_custom_data":{}}"#);
    let parent = answer.json()["portal_parent_auth_result"].clone();
    let expected = json!({
        "platform": "NintendoNAID", "portal_id": 26, "portal_user_id": PARENT, "display_name": "Parent",
        "platform_environment": "lp1",
    });
    assert_eq!(parent, expected);
    let login = Login::of(&scene.world, answer).await;
    assert_eq!(login.text("portal_user_id"), USER);
    assert_eq!(scene.world.items("UsersTable").await.len(), 1);
    let path = format!("/users/v1/platform-user?platform=NintendoNAID&platform_user_id={PARENT}");
    assert_eq!(scene.world.get(&path, &scene.world.admin()).await.verdict(), (404, "user_not_found".to_owned()));
    let nameless = with_parent(&scene, &NINTENDO_ACCOUNT.proof(PARENT, scene.now()), "").await.json();
    assert_eq!(nameless["portal_parent_auth_result"]["display_name"], "");
    assert!(!login.claims.to_string().contains(PARENT), "{}", login.claims);
}

#[tokio::test]
async fn without_a_parents_token_or_its_settings_there_is_no_parent() {
    let scene = Scene::start().await;
    let alone = scene.enter(&NINTENDO, USER).await;
    assert_eq!(alone.body.get("portal_parent_auth_result"), None);
    assert_eq!(alone.text("platform_environment"), "lp1");
    // Nobody asks for the accounts' keys where they are not configured.
    let unconfigured = |platforms: &Platforms| {
        let mut settings = platforms.settings();
        settings["nintendo_switch"].as_object_mut().unwrap().remove("accounts");
        settings
    };
    let scene = Scene::with(unconfigured).await;
    for parent in ["x", &NINTENDO_ACCOUNT.proof(PARENT, scene.now())] {
        let answer = with_parent(&scene, parent, "Parent").await;
        assert_eq!((answer.status, answer.json().get("portal_parent_auth_result")), (200, None), "{}", answer.text);
    }
    assert_eq!(scene.platforms.keys(&NINTENDO_ACCOUNT).requests(), 0);
}

#[tokio::test]
async fn a_parents_token_that_is_refused_or_cannot_be_judged_refuses_the_login() {
    let scene = Scene::start().await;
    let expired = NINTENDO_ACCOUNT.changed(PARENT, scene.now(), json!({ "exp": 1 }));
    for parent in ["x", &expired, &NINTENDO.proof(USER, scene.now())] {
        let answer = with_parent(&scene, parent, "Parent").await;
        assert_eq!(verdict(&answer), "nintendo_access_token_not_valid");
        assert_eq!(answer.json()["desc"], "Nintendo access token is not valid");
    }
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
    let scene = Scene::start().await;
    scene.platforms.keys(&NINTENDO_ACCOUNT).close().await;
    assert!(is_unavailable(&with_parent(&scene, &NINTENDO_ACCOUNT.proof(PARENT, scene.now()), "").await));
    assert_eq!(scene.world.items("UsersTable").await.len(), 0);
}

/// A parent of another platform is not read.
#[tokio::test]
async fn only_nintendo_has_parents() {
    let scene = Scene::start().await;
    let parent = NINTENDO_ACCOUNT.proof(PARENT, scene.now());
    let with_parent = json!({ "portal_parent_access_token": parent, "portal_parent_display_name": "Parent" });
    for kind in KINDS.iter().filter(|kind| kind.grant != "nintendo_switch" && kind.name != "epic connect") {
        let login = scene.enter_with(kind, USER, with_parent.clone()).await;
        assert_eq!(login.body.get("portal_parent_auth_result"), None, "{}", kind.name);
        assert_eq!(login.body.get("platform_environment"), None, "{}", kind.name);
    }
    assert_eq!(scene.platforms.keys(&NINTENDO_ACCOUNT).requests(), 0);
}

#[tokio::test]
async fn another_environment_has_an_issuer_of_its_own() {
    let issuer = "https://dd1.baas.nintendo.test";
    let scene = Scene::changed("nintendo_switch", json!({ "environment": "dd1", "issuer": issuer })).await;
    assert_eq!(verdict_of(&scene, json!({})).await, INVALID);
    let proof = NINTENDO.changed(USER, scene.now(), json!({ "iss": issuer }));
    let login = Login::of(&scene.world, scene.present(&NINTENDO, &proof).await).await;
    assert_eq!(login.text("platform_environment"), "dd1");
}
