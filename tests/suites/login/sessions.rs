//! The number and the ends of sessions.

use std::time::Duration;

use serde_json::json;
use tests::World;

use crate::scene::{Login, enter, refresh, refreshed, world_of};

const MINUTE: Duration = Duration::from_mins(1);

async fn is_over(world: &World, login: &Login) -> bool {
    let answer = refresh(world, "game", login.refresh()).await;
    assert!([200, 403].contains(&answer.status), "{}", answer.text);
    assert!(answer.status == 200 || answer.code() == "refresh_token_not_found", "{}", answer.text);
    answer.status == 403
}

/// Logs in this many times, a second apart.
async fn enter_often(world: &World, times: usize) -> Vec<Login> {
    let mut logins = Vec::new();
    for _ in 0..times {
        logins.push(enter(world, "ada").await);
        world.advance(Duration::from_secs(1));
    }
    logins
}

#[tokio::test]
async fn eight_sessions_live_side_by_side() {
    let world = world_of(json!({})).await;
    for login in enter_often(&world, 8).await {
        assert!(!is_over(&world, &login).await);
    }
}

#[tokio::test]
async fn the_ninth_session_ends_the_oldest_even_if_it_was_used_since() {
    let world = world_of(json!({})).await;
    let mut logins = enter_often(&world, 8).await;
    logins[0] = refreshed(&world, logins[0].refresh()).await;
    logins.extend(enter_often(&world, 1).await);
    let mut over = Vec::new();
    for login in &logins {
        over.push(is_over(&world, login).await);
    }
    let expected: Vec<_> = (0..9).map(|index| index == 0).collect();
    assert_eq!(over, expected);
}

#[tokio::test]
async fn with_single_session_a_login_ends_all_others() {
    let world = world_of(json!({ "single_session": true })).await;
    let other = enter(&world, "eve").await;
    let logins = enter_often(&world, 3).await;
    assert!(is_over(&world, &logins[0]).await && is_over(&world, &logins[1]).await);
    assert!(!is_over(&world, &logins[2]).await && !is_over(&world, &other).await);
}

#[tokio::test]
async fn a_session_that_rests_too_long_is_over() {
    let world = world_of(json!({ "refresh": { "idle": "1h", "absolute": "90d" } })).await;
    let mut used = enter(&world, "ada").await;
    let unused = enter(&world, "ada").await;
    for _ in 0..3 {
        world.advance(40 * MINUTE);
        used = refreshed(&world, used.refresh()).await;
    }
    assert!(is_over(&world, &unused).await);
    world.advance(61 * MINUTE);
    assert!(is_over(&world, &used).await);
}

#[tokio::test]
async fn a_session_that_is_used_is_over_at_its_absolute_end() {
    let world = world_of(json!({ "refresh": { "idle": "1h", "absolute": "2h" } })).await;
    let mut login = enter(&world, "ada").await;
    for _ in 0..2 {
        world.advance(50 * MINUTE);
        login = refreshed(&world, login.refresh()).await;
    }
    world.advance(21 * MINUTE);
    assert!(is_over(&world, &login).await);
}

#[tokio::test]
async fn the_usual_ends_are_30_and_90_days() {
    let world = world_of(json!({})).await;
    let day = Duration::from_hours(24);
    let (mut used, unused) = (enter(&world, "ada").await, enter(&world, "eve").await);
    for _ in 0..3 {
        world.advance(29 * day);
        used = refreshed(&world, used.refresh()).await;
    }
    assert!(is_over(&world, &unused).await);
    world.advance(3 * day);
    assert!(is_over(&world, &used).await);
}

#[tokio::test]
async fn a_login_without_a_session_leaves_the_sessions_as_they_are() {
    let world = world_of(json!({ "single_session": true })).await;
    let login = enter(&world, "ada").await;
    let body = json!({ "grant_type": "anon", "portal_access_token": "ada" });
    Login::of(&world, crate::scene::ask(&world, crate::scene::LOGIN, "game", body).await).await;
    assert!(!is_over(&world, &login).await);
}
