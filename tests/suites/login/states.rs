//! What the state of users and persons does to a login and a refresh.

use serde_json::{Value, json};
use tests::{User, World};

use crate::scene::{Login, anon, change, enter, refresh, refreshed, world_of};

/// The user of a login.
fn user_of(login: &Login, id: &str) -> User {
    User {
        platform: "Anon".to_owned(),
        platform_user_id: id.to_owned(),
        player_uuid: login.player().to_owned(),
        player_id: login.body["active_player_id"].as_u64().unwrap_or_default(),
        person_id: login.text("person_id").to_owned(),
    }
}

/// Makes a user's player the active one of its person, or none.
async fn cross(world: &World, what: &str, user: &User) {
    let body = json!({ "platform": user.platform, "platform_user_id": user.platform_user_id });
    let answer = world.post(&format!("/users/v1/cross-progression/{what}"), &world.admin(), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_deactivated_user_is_refused_with_its_restriction() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    change(&world, login.player(), "deactivate").await;
    for answer in [anon(&world, "game", "ada").await, refresh(&world, "game", login.refresh()).await] {
        assert_eq!(answer.status, 403);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"user_auth_restricted","desc":"Authentication for this user has been restricted","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[{"type":"account_deny_auth"}]}"#);
        }
    }
}

#[tokio::test]
async fn a_locked_user_is_refused_with_its_restriction() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    change(&world, login.player(), "lock").await;
    for answer in [anon(&world, "game", "ada").await, refresh(&world, "game", login.refresh()).await] {
        assert_eq!(answer.status, 403);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"user_auth_restricted","desc":"Authentication for this user has been restricted","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[{"type":"account_lockout"}]}"#);
        }
    }
}

#[tokio::test]
async fn a_deactivation_and_a_lock_end_every_session_for_good() {
    let world = world_of(json!({})).await;
    for (away, back) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        let logins = [enter(&world, "ada").await, enter(&world, "ada").await];
        change(&world, logins[0].player(), away).await;
        change(&world, logins[0].player(), back).await;
        for login in &logins {
            let answer = refresh(&world, "game", login.refresh()).await;
            assert_eq!(answer.verdict(), (403, "refresh_token_not_found".to_owned()), "{away}");
        }
        let again = enter(&world, "ada").await;
        assert_eq!(again.player(), logins[0].player());
        refreshed(&world, again.refresh()).await;
    }
}

#[tokio::test]
async fn a_queued_purge_is_shown_and_stops_nobody() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    assert_eq!(login.body["restrictions"], json!([]));
    assert_eq!(world.queue_purge(login.text("person_id"), None).await.status, 202);
    let expected = json!([{ "type": "account_pending_deletion", "reason": "pending_deletion" }]);
    let again = enter(&world, "ada").await;
    let next = refreshed(&world, login.refresh()).await;
    for login in [again, next] {
        assert_eq!(login.body["restrictions"], expected);
        assert_eq!(login.claims["restrictions"], json!(["account_pending_deletion"]));
    }
}

#[tokio::test]
async fn the_active_player_of_the_person_is_played_from_the_next_refresh_on() {
    let world = world_of(json!({})).await;
    let steam = world.create("Steam", "42").await;
    let mut login = enter(&world, "ada").await;
    let ada = user_of(&login, "ada");
    let own = (ada.player_uuid.clone(), ada.person_id.clone(), ada.player_id);
    let shown = |login: &Login| {
        let id = login.body["active_player_id"].as_u64().unwrap();
        (login.text("active_player_uuid").to_owned(), login.text("person_id").to_owned(), id)
    };
    assert_eq!(shown(&login), own);
    // Linked: the leader's person, and still the own player.
    world.link(&steam, &ada).await;
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(shown(&login), (own.0.clone(), steam.person_id.clone(), own.2));
    // Cross progression: the player of the other user.
    cross(&world, "enable", &steam).await;
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(shown(&login), (steam.player_uuid.clone(), steam.person_id.clone(), steam.player_id));
    for claim in ["sub", "player_uuid"] {
        assert_eq!(login.claims[claim], json!(own.0), "{claim} is the user that logged in");
    }
    assert_eq!((login.text("platform"), login.text("portal_user_id")), ("Anon", "ada"));
    assert_eq!(shown(&enter(&world, "ada").await), shown(&login));
    // The active player's user is deactivated: the own player again, for as long as that lasts.
    change(&world, &steam.player_uuid, "deactivate").await;
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(login.text("active_player_uuid"), own.0);
    assert_eq!(enter(&world, "ada").await.text("active_player_uuid"), own.0);
    change(&world, &steam.player_uuid, "reactivate").await;
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(login.text("active_player_uuid"), steam.player_uuid);
    // Off, and unlinked: a person of its own.
    cross(&world, "disable", &steam).await;
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(shown(&login), (own.0.clone(), steam.person_id.clone(), own.2));
    let body = json!({ "platform": "Anon", "platform_user_id": "ada" });
    let unlinked = world.post("/users/v1/unlink", &world.admin(), body).await;
    assert_eq!(unlinked.status, 200, "{}", unlinked.text);
    login = refreshed(&world, login.refresh()).await;
    assert_eq!(login.text("active_player_uuid"), own.0);
    assert_ne!(login.text("person_id"), steam.person_id);
}

#[tokio::test]
async fn the_proof_of_the_own_person_survives_a_link() {
    let world = world_of(json!({})).await;
    let steam = world.create("Steam", "42").await;
    let login = enter(&world, "ada").await;
    world.link(&steam, &user_of(&login, "ada")).await;
    let own = world.post("/users/v1/cross-progression/enable", login.access(), Value::Null).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let found = world.find(&steam).await.unwrap();
    assert_eq!(found["person_id"], steam.person_id);
    let next = refreshed(&world, login.refresh()).await;
    assert_eq!((next.text("active_player_uuid"), next.text("person_id")), (login.player(), &*steam.person_id));
}
