//! The exchange of refresh tokens.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tests::{Answer, World};

use crate::scene::{Login, anon, enter, purge, refresh, refreshed, world_of};

const MINUTE: Duration = Duration::from_mins(1);

/// The answer to a refresh token that is not good.
const NOT_FOUND: &str = r#"{"auth_success":true,"error_code":"refresh_token_not_found","desc":"Refresh token was not found or has expired","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#;

fn not_found(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (403, NOT_FOUND));
}

/// Fails unless both are logins of the same user in the same session.
fn same(one: &Login, other: &Login) {
    for name in ["sid", "player_uuid", "person_id"] {
        assert_eq!(one.claims[name], other.claims[name], "{name}");
    }
}

#[tokio::test]
async fn a_refresh_gives_a_new_token_and_the_successor_of_the_refresh_token() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    let mut last = first.clone();
    for _ in 0..3 {
        world.advance(10 * MINUTE);
        let next = refreshed(&world, last.refresh()).await;
        same(&next, &first);
        assert_ne!(next.refresh(), last.refresh());
        assert_ne!(next.claims["jti"], last.claims["jti"]);
        assert!(next.claims["iat"].as_i64() > last.claims["iat"].as_i64());
        let names = ["active_player_uuid", "person_id", "portal_user_id", "platform", "portal_id", "client_id"];
        assert_eq!(names.map(|name| &next.body[name]), names.map(|name| &first.body[name]));
        last = next;
    }
}

#[tokio::test]
async fn a_lost_answer_is_given_again_within_five_minutes() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    world.advance(60 * MINUTE);
    let lost = refreshed(&world, first.refresh()).await;
    for _ in 0..2 {
        world.advance(2 * MINUTE);
        let again = refreshed(&world, first.refresh()).await;
        assert_eq!(again.refresh(), lost.refresh());
    }
    let next = refreshed(&world, lost.refresh()).await;
    same(&next, &first);
}

#[tokio::test]
async fn after_five_minutes_a_used_token_ends_the_session() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    let second = refreshed(&world, first.refresh()).await;
    world.advance(5 * MINUTE + Duration::from_secs(1));
    not_found(&refresh(&world, "game", first.refresh()).await);
    not_found(&refresh(&world, "game", second.refresh()).await);
}

#[tokio::test]
async fn the_time_for_a_lost_answer_is_a_setting() {
    let world = world_of(json!({ "refresh": { "lost_answer": "0s" } })).await;
    let first = enter(&world, "ada").await;
    let second = refreshed(&world, first.refresh()).await;
    world.advance(Duration::from_secs(1));
    not_found(&refresh(&world, "game", first.refresh()).await);
    not_found(&refresh(&world, "game", second.refresh()).await);
}

/// The thief copied the player's token, and both refresh in turns.
#[tokio::test]
async fn a_thief_and_the_player_in_turns_both_lose_the_session() {
    for player_first in [true, false] {
        let world = world_of(json!({})).await;
        let copied = enter(&world, "ada").await;
        let other = enter(&world, "ada").await;
        let winner = refreshed(&world, copied.refresh()).await;
        let winner = if player_first { refreshed(&world, winner.refresh()).await } else { winner };
        world.advance(6 * MINUTE);
        not_found(&refresh(&world, "game", copied.refresh()).await);
        not_found(&refresh(&world, "game", winner.refresh()).await);
        refreshed(&world, other.refresh()).await;
    }
}

#[tokio::test]
async fn two_tokens_behind_is_reuse_at_once() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    let second = refreshed(&world, first.refresh()).await;
    let third = refreshed(&world, second.refresh()).await;
    not_found(&refresh(&world, "game", first.refresh()).await);
    not_found(&refresh(&world, "game", third.refresh()).await);
}

#[tokio::test]
async fn in_mode_stable_the_same_token_comes_back() {
    let world = world_of(json!({ "refresh": { "mode": "stable" } })).await;
    let first = enter(&world, "ada").await;
    for _ in 0..3 {
        world.advance(10 * MINUTE);
        let next = refreshed(&world, first.refresh()).await;
        assert_eq!(next.refresh(), first.refresh());
        same(&next, &first);
    }
}

#[tokio::test]
async fn two_refreshes_at_once_get_the_same_successor() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    let both = [refreshed(&world, first.refresh()), refreshed(&world, first.refresh())];
    let both = futures_util::future::join_all(both).await;
    assert_eq!(both[0].refresh(), both[1].refresh());
    refreshed(&world, both[0].refresh()).await;
}

#[tokio::test]
async fn a_session_is_bound_to_its_client() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let other = refresh(&world, "guest", login.refresh()).await;
    assert_eq!(other.status, 403);
    insta::assert_snapshot!(other.text, @r#"{"auth_success":true,"error_code":"refresh_token_client_id_mismatch","desc":"Client ID for new token request did not match original token","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
    refreshed(&world, login.refresh()).await;
    let of_guest = Login::of(&world, anon(&world, "guest", "ada").await).await;
    Login::of(&world, refresh(&world, "guest", of_guest.refresh()).await).await;
}

#[tokio::test]
async fn the_token_of_a_purged_user_names_an_invalid_user() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    purge(&world, &login).await;
    let answer = refresh(&world, "game", login.refresh()).await;
    assert_eq!(answer.status, 403);
    insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"refresh_token_invalid_user","desc":"Refresh token refrences invalid user","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
    let again = enter(&world, "ada").await;
    assert_ne!((again.player(), again.text("person_id")), (login.player(), login.text("person_id")));
}

#[tokio::test]
async fn a_token_of_somebody_else_is_not_found_and_costs_no_read() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let json = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let google = format!(
        "{}.{}.{}",
        json(r#"{"alg":"RS256","kid":"a1","typ":"JWT"}"#),
        json(r#"{"iss":"https://accounts.google.com","aud":"x","sub":"1","exp":1795335907}"#),
        "A".repeat(342),
    );
    let good = login.refresh();
    let mut forged = good.to_owned();
    forged.replace_range(60..61, if good[60..].starts_with('A') { "B" } else { "A" });
    let others = [google, forged, login.access().to_owned(), good[1..].to_owned(), format!("{good} "), "x".to_owned()];
    world.calls.forget();
    for token in others {
        not_found(&refresh(&world, "game", &token).await);
    }
    assert_eq!(world.operations("log-in"), Vec::<String>::new());
    refreshed(&world, good).await;
}

#[tokio::test]
async fn an_empty_token_has_a_refusal_of_its_own() {
    let world = world_of(json!({})).await;
    let empty = refresh(&world, "game", "").await;
    assert_eq!(empty.status, 403);
    insta::assert_snapshot!(empty.text, @r#"{"auth_success":true,"error_code":"refresh_token_empty","desc":"Refresh token is empty","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
}

#[tokio::test]
async fn refresh_tokens_are_good_in_a_deployment_that_signs_with_another_key_and_knows_the_old_one() {
    let key = |id: u8| json!({ "id": id, "secret": base64::engine::general_purpose::STANDARD.encode([id; 32]) });
    let world: World = world_of(json!({ "refresh": { "keys": [key(7), key(8)] } })).await;
    let login = enter(&world, "ada").await;
    let bytes = |login: &Login| URL_SAFE_NO_PAD.decode(login.refresh()).unwrap();
    assert_eq!(bytes(&login)[..2], [1, 7]);
}
