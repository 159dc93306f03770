//! Linking with two tokens and no permission: the leader's in the body, the follower's in the
//! header.

use std::time::Duration;

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{User, World};

use super::{support::*, tables::consistent};

fn credentials(scheme: &str, token: &str) -> Value {
    json!({ "scheme": scheme, "credentials": token })
}

async fn two(world: &World) -> (User, User) {
    (world.create("Steam", "leader").await, world.create("Epic", "follower").await)
}

#[tokio::test]
async fn two_players_link_by_their_tokens_alone_whatever_the_case_of_bearer() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let body = credentials(scheme, &world.player(&leader));
        assert_done(&world.post(LINK, &world.player(&follower), body).await);
        assert_eq!(person_of(&world, &follower).await, leader.person_id);
        assert_done(&world.post(UNLINK, &world.player(&follower), json!({})).await);
    }
    consistent(&world).await;
}

#[tokio::test]
async fn naming_oneself_as_the_follower_needs_no_permission() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    let mut body = credentials("Bearer", &world.player(&leader));
    body["follower_platform"] = json!(follower.platform);
    body["follower_platform_user_id"] = json!(follower.platform_user_id);
    assert_done(&world.post(LINK, &world.player(&follower), body).await);
    assert_eq!(person_of(&world, &follower).await, leader.person_id);
}

#[tokio::test]
async fn bad_credentials_are_invalid_token_claims() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    let expired = TokenRequest::new::<&str>([]).platform_user("Steam", "leader").expires_in(Duration::from_secs(60));
    let expired = world.token(expired);
    world.advance(Duration::from_hours(2));
    let good = world.player(&leader);
    let tampered = format!("{}A", good.trim_end_matches(|last: char| last != '.'));
    let bad = [
        ("expired", credentials("Bearer", &expired)),
        ("without a platform user", credentials("Bearer", &world.admin())),
        (
            "with a person and no platform user",
            credentials("Bearer", &{ world.token(TokenRequest::new(["user:*"]).person_id(&leader.person_id)) }),
        ),
        ("of another signature", credentials("Bearer", &tampered)),
        ("no token", credentials("Bearer", "leader")),
        ("empty", credentials("Bearer", "")),
        ("of another scheme", credentials("Basic", &good)),
        ("of an empty scheme", credentials("", &good)),
        ("with the scheme twice", credentials("Bearer", &format!("Bearer {good}"))),
    ];
    let before = world.find(&follower).await.unwrap();
    for (what, body) in bad {
        let answer = world.post(LINK, &world.player(&follower), body).await;
        assert_eq!(answer.verdict(), refused("invalid_token_claims"), "{what}");
    }
    let answer = world.post(LINK, &world.player(&follower), credentials("Bearer", "x")).await;
    let desc = "Token has missing/invalid claims.  Are you using a non-user token on a user endpoint?";
    assert_refusal(&answer, "invalid_token_claims", desc);
    assert_eq!(world.find(&follower).await.unwrap(), before);
}

#[tokio::test]
async fn a_follower_without_a_platform_user_lacks_claims() {
    let world = World::start().await;
    let (leader, _) = two(&world).await;
    let body = credentials("Bearer", &world.player(&leader));
    for token in [world.service(&[]), world.admin()] {
        let answer = world.post(LINK, &token, body.clone()).await;
        assert_eq!(answer.verdict(), refused("invalid_token_claims"));
    }
}

#[tokio::test]
async fn a_scheme_without_credentials_and_the_other_way_round_name_no_leader() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    for body in [json!({ "scheme": "Bearer" }), json!({ "credentials": world.player(&leader) })] {
        let answer = world.post(LINK, &world.player(&follower), body).await;
        assert_eq!(answer.verdict(), refused("leader_not_found"));
    }
}

#[tokio::test]
async fn a_leader_that_is_not_there_or_not_active_is_not_found() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    deactivate(&world, &leader).await;
    for leader in [&leader, &stranger("PSN")] {
        let body = credentials("Bearer", &world.player(leader));
        let answer = world.post(LINK, &world.player(&follower), body).await;
        assert_refusal(&answer, "leader_not_found", "Desired user for the leader of the link was not found");
    }
    assert_eq!(consistent(&world).await.len(), 2);
}

#[tokio::test]
async fn a_follower_that_is_not_there_or_not_active_is_not_found() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    deactivate(&world, &follower).await;
    let body = credentials("Bearer", &world.player(&leader));
    for follower in [&follower, &stranger("PSN")] {
        let answer = world.post(LINK, &world.player(follower), body.clone()).await;
        assert_refusal(&answer, "account_not_found", "User Account not found");
    }
    assert_eq!(consistent(&world).await.len(), 2);
}

#[tokio::test]
async fn of_two_inactive_players_the_leader_is_told() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    deactivate(&world, &leader).await;
    deactivate(&world, &follower).await;
    let body = credentials("Bearer", &world.player(&leader));
    let answer = world.post(LINK, &world.player(&follower), body).await;
    assert_eq!(answer.verdict(), refused("leader_not_found"));
}

/// An inactive user's token has no authority, so its holder does not learn which users are linked.
#[tokio::test]
async fn within_one_person_an_inactive_side_is_told_before_the_link_that_stands() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    let (inactive, one, other) = (&users[0], &users[1], &users[2]);
    deactivate(&world, inactive).await;
    for (leader, follower, code) in [
        (one, other, "follower_already_linked"),
        (one, one, "cannot_link_same_player"),
        (inactive, one, "leader_not_found"),
        (one, inactive, "account_not_found"),
        (inactive, inactive, "leader_not_found"),
    ] {
        let body = credentials("Bearer", &world.player(leader));
        let answer = world.post(LINK, &world.player(follower), body).await;
        assert_eq!(answer.verdict(), refused(code), "{} leads {}", leader.platform, follower.platform);
    }
}

#[tokio::test]
async fn the_leaders_permissions_are_not_the_followers() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    let foreign = world.create("PSN", "foreign").await;
    let mut body = credentials("Bearer", &player_with(&world, &leader, &["user:*"]));
    body["follower_platform"] = json!(foreign.platform);
    body["follower_platform_user_id"] = json!(foreign.platform_user_id);
    let answer = world.post(LINK, &world.player(&follower), body).await;
    assert_eq!(answer.verdict(), (403, "insufficient_permissions".into()));
}

#[tokio::test]
async fn a_leader_whose_user_moved_leads_into_its_person_of_now() {
    let world = World::start().await;
    let (leader, follower) = two(&world).await;
    let first = world.create("PSN", "first").await;
    let stale = TokenRequest::new::<&str>([]).platform_user("Steam", "leader").person_id(&leader.person_id);
    let body = credentials("Bearer", &world.token(stale));
    world.link(&first, &leader).await;
    assert_done(&world.post(LINK, &world.player(&follower), body).await);
    assert_eq!(person_of(&world, &follower).await, first.person_id);
    consistent(&world).await;
}
