//! Logins with the proofs of the local issuer, by the settings that every bundle has.

use std::time::Duration;

use roster_local::{
    LocalPlatform::{
        self, Apple, Discord, Epic, EpicConnect, EpicV1, Google, NintendoAccount, NintendoSwitch, Steam, Twitch,
    },
    PlatformTokenRequest,
};
use serde_json::{Value, json};
use tests::{Answer, World};

use crate::scene::Login;

/// The grant of a login with this proof, and the platform of the account.
fn names(platform: LocalPlatform) -> (&'static str, &'static str) {
    match platform {
        Google => ("google", "Google"),
        Apple => ("apple", "Apple"),
        Epic | EpicV1 | EpicConnect => ("epic", "Epic"),
        NintendoSwitch | NintendoAccount => ("nintendo_switch", "NintendoSwitch"),
        Steam => ("steam", "Steam"),
        Discord => ("discord", "Discord"),
        Twitch => ("twitch", "Twitch"),
    }
}

fn of(platform: LocalPlatform, user: &str) -> PlatformTokenRequest {
    PlatformTokenRequest::new(platform, user)
}

fn proof(world: &World, request: &PlatformTokenRequest) -> String {
    world.bundle.platform_token(request).unwrap()
}

/// The answer to a login with this proof.
async fn enter(world: &World, platform: LocalPlatform, proof: &str) -> Answer {
    let (grant, _) = names(platform);
    world.log_in(json!({ "grant_type": grant, "portal_access_token": proof })).await
}

/// The code that refuses a user 42 whose proof says this.
async fn code(
    world: &World,
    platform: LocalPlatform,
    says: impl Fn(PlatformTokenRequest) -> PlatformTokenRequest,
) -> String {
    let answer = enter(world, platform, &proof(world, &says(of(platform, "42")))).await;
    assert_eq!(answer.status, 403, "{platform:?}: {}", answer.text);
    answer.code()
}

#[tokio::test]
async fn the_first_login_of_an_account_creates_its_user_and_the_next_one_finds_it() {
    let world = World::start().await;
    for (platform, user, shown) in [
        (Steam, "42", "42"),
        (Google, "7", "7"),
        (Apple, "7", "7"),
        (Epic, "7", "7"),
        (EpicV1, "8", "8"),
        (NintendoSwitch, "42", "0000000000000042"),
        (Discord, "7", "7"),
        (Twitch, "7", "7"),
    ] {
        let mut players = Vec::new();
        for _ in 0..2 {
            let answer = enter(&world, platform, &proof(&world, &of(platform, user))).await;
            let login = Login::of(&world, answer).await;
            assert_eq!((login.text("platform"), login.text("portal_user_id")), (names(platform).1, shown));
            assert_eq!(login.body.get("display_name"), None, "{platform:?}");
            players.push((login.player().to_owned(), login.text("person_id").to_owned()));
        }
        assert_eq!(players[0], players[1], "{platform:?}");
        let found = format!("/users/v1/platform-user?platform={}&platform_user_id={shown}", names(platform).1);
        assert_eq!(world.get(&found, &world.admin()).await.json()["player_uuid"], players[0].0);
    }
    assert_eq!(world.items("UsersTable").await.len(), 8);
}

#[tokio::test]
async fn the_name_in_a_proof_wins_over_the_clients_word() {
    let world = World::start().await;
    for platform in [Google, Epic, EpicV1, Discord, Twitch] {
        let proof = proof(&world, &of(platform, "7").name("Ada"));
        let (grant, _) = names(platform);
        let body = json!({ "grant_type": grant, "portal_access_token": proof, "portal_display_name": "Eve" });
        assert_eq!(Login::of(&world, world.log_in(body).await).await.text("display_name"), "Ada", "{platform:?}");
    }
}

#[tokio::test]
async fn a_nintendo_account_is_shown_as_the_parent_of_a_user_on_a_switch() {
    let world = World::start().await;
    let with_parent = async |parent: &PlatformTokenRequest| {
        let proofs = [&of(NintendoSwitch, "42"), parent].map(|request| proof(&world, request));
        let [user, parent] = proofs;
        let body = json!({
            "grant_type": "nintendo_switch", "portal_access_token": user, "portal_parent_access_token": parent,
        });
        world.log_in(body).await
    };
    let login = Login::of(&world, with_parent(&of(NintendoAccount, "a1")).await).await;
    let shown = &login.body["portal_parent_auth_result"];
    assert_eq!((&shown["platform"], &shown["portal_id"]), (&json!("NintendoNAID"), &json!(26)));
    assert_eq!(shown["portal_user_id"], "00000000000000a1");
    assert_eq!(world.items("UsersTable").await.len(), 1, "the parent makes no user");
    for wrong in [of(NintendoAccount, "a1").audience("other"), of(Google, "7")] {
        assert_eq!(with_parent(&wrong).await.verdict(), (403, "nintendo_access_token_not_valid".to_owned()));
    }
}

#[tokio::test]
async fn a_proof_for_another_game_is_refused() {
    let world = World::start().await;
    for (platform, expected) in [
        (Google, "google_token_not_valid"),
        (Apple, "apple_token_not_valid"),
        (Epic, "epic_v2_token_invalid"),
        (EpicV1, "epic_v1_token_invalid"),
        (NintendoSwitch, "nintendo_service_access_token_not_valid"),
        (Discord, "discord_token_invalid"),
        (Twitch, "twitch_token_invalid"),
    ] {
        assert_eq!(code(&world, platform, |request| request.audience("other")).await, expected);
    }
    let of_game = |request: PlatformTokenRequest| request.app("0100000000000002");
    assert_eq!(code(&world, NintendoSwitch, of_game).await, "nintendo_service_access_token_for_wrong_app");
    assert_eq!(code(&world, Steam, |request| request.app("481")).await, "steam_token_for_wrong_app");
    assert_eq!(code(&world, EpicConnect, |request| request).await, "epic_v2_token_invalid");
    assert_eq!(world.items("UsersTable").await.len(), 0);
}

#[tokio::test]
async fn a_user_whom_steam_reports_as_banned_or_as_a_borrower_is_refused() {
    let world = World::start().await;
    assert_eq!(code(&world, Steam, |request| request.vac_banned(true)).await, "steam_user_vacbanned");
    assert_eq!(code(&world, Steam, |request| request.publisher_banned(true)).await, "steam_user_publisherbanned");
    assert_eq!(code(&world, Steam, |request| request.owner("43")).await, "does_not_meet_ownership_reqs");
    assert_eq!(world.items("UsersTable").await.len(), 0);
}

#[tokio::test]
async fn a_proof_of_another_platform_or_a_changed_one_is_refused() {
    let world = World::start().await;
    let of_google = proof(&world, &of(Google, "7"));
    assert_eq!(enter(&world, Discord, &of_google).await.code(), "discord_token_invalid");
    assert_eq!(enter(&world, Apple, &of_google).await.code(), "apple_token_key_not_valid");
    let ticket = proof(&world, &of(Steam, "42"));
    let (rest, last) = ticket.split_at(ticket.len() - 1);
    let changed = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    assert_eq!(enter(&world, Steam, &changed).await.code(), "steam_token_invalid");
}

#[tokio::test]
async fn a_proof_is_valid_for_as_long_as_it_was_asked_for() {
    let world = World::start().await;
    let proofs = [Google, Steam].map(|platform| proof(&world, &of(platform, "42").expires_in(Duration::from_mins(5))));
    let enter = async || {
        let [google, steam] = &proofs;
        [enter(&world, Google, google).await, enter(&world, Steam, steam).await]
    };
    assert_eq!(enter().await.map(|answer| answer.status), [200, 200]);
    world.advance(Duration::from_mins(6));
    assert_eq!(enter().await.map(|answer| answer.code()), ["google_token_not_valid", "steam_token_invalid"]);
}

#[tokio::test]
async fn a_rotated_key_is_learned_and_the_old_one_forgotten() {
    let world = World::start().await;
    let old = proof(&world, &of(Google, "7"));
    let player = Login::of(&world, enter(&world, Google, &old).await).await.player().to_owned();
    world.bundle.rotate_platform_key().unwrap();
    let new = proof(&world, &of(Google, "7"));
    // Keys are fetched at most once a minute for a key that is unknown.
    world.advance(Duration::from_secs(61));
    assert_eq!(Login::of(&world, enter(&world, Google, &new).await).await.player(), player);
    assert_eq!(enter(&world, Google, &old).await.code(), "google_token_not_valid");
}

#[tokio::test]
async fn the_issuer_is_on_loopback_at_the_url_of_the_bundle() {
    let world = World::start().await;
    let url = world.bundle.platforms_url();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let keys = tests::client::Http::default().send("GET", &format!("{url}/google/certs"), &[], String::new()).await;
    assert_eq!((keys.status, keys.json()["keys"].as_array().map(Vec::len)), (200, Some(1)));
    assert_ne!(keys.json()["keys"][0]["kid"], Value::Null);
}
