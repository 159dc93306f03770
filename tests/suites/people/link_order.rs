//! The order of the reasons against a link. The answer has the first reason that is true.

use serde_json::json;
use tests::{User, World, world::link_body};

use super::{support::*, tables::consistent};

async fn verdict(world: &World, leader: &User, follower: &User) -> (u16, String) {
    world.post(LINK, &world.admin(), link_body(leader, follower)).await.verdict()
}

/// The reasons that depend on the two persons, in their order.
const REASONS: [(&str, &str); 5] = [
    (
        "follower_already_linked",
        "Follower is already linked to another person.  They must be unlinked before they can be linked again.",
    ),
    ("follower_has_cross_progression_enabled", "follower must disable cross progression before this operation"),
    ("follower_has_restrictions", "follower has restrictions that prevent this operation"),
    ("leader_has_restrictions", "leader has restrictions that prevent this operation"),
    ("platform_already_linked", "Person is already linked to another user on this platform"),
];

/// Creates a leader and a follower for which exactly these reasons are true.
async fn with_reasons(world: &World, name: &str, reasons: [bool; 5]) -> (User, User) {
    let [linked, enabled, follower_restricted, leader_restricted, same_platform] = reasons;
    let leader = world.create("Steam", &format!("{name} leads")).await;
    let platform = if same_platform { "Steam" } else { "Epic" };
    let platforms = if linked { &["Twitch", platform][..] } else { &[platform] };
    let follower = person(world, &format!("{name} follows"), platforms).await.pop().unwrap();
    if enabled {
        activate(world, &follower).await;
    }
    if follower_restricted {
        restrict(world, &follower.person_id).await;
    }
    if leader_restricted {
        restrict(world, &leader.person_id).await;
    }
    (leader, follower)
}

#[tokio::test]
async fn of_all_reasons_that_hold_the_first_is_told() {
    let world = World::start().await;
    for combination in 0..32_u32 {
        let holds = std::array::from_fn(|reason| combination & (1 << reason) != 0);
        let (leader, follower) = with_reasons(&world, &combination.to_string(), holds).await;
        let answer = world.post(LINK, &world.admin(), link_body(&leader, &follower)).await;
        match holds.iter().position(|holds| *holds) {
            Some(first) => assert_refusal(&answer, REASONS[first].0, REASONS[first].1),
            None => assert_done(&answer),
        }
    }
    let leaders = consistent(&world).await.into_values().filter(|players| players.len() == 2);
    // These are the one link that was made, and the followers that were already linked.
    assert_eq!(leaders.count(), 1 + 16);
}

#[tokio::test]
async fn missing_claims_come_before_a_missing_leader() {
    let world = World::start().await;
    let body = json!({ "leader_person_id": NOBODY });
    assert_eq!(world.post(LINK, &world.admin(), body).await.verdict(), refused("invalid_token_claims"));
    let nobody = json!({});
    assert_eq!(world.post(LINK, &world.admin(), nobody).await.verdict(), refused("invalid_token_claims"));
}

#[tokio::test]
async fn a_missing_leader_comes_before_a_missing_follower() {
    let world = World::start().await;
    let there = world.create("Steam", "1").await;
    let (leader, follower) = (stranger("Steam"), stranger("Epic"));
    assert_eq!(verdict(&world, &leader, &follower).await, refused("leader_not_found"));
    assert_eq!(verdict(&world, &leader, &there).await, refused("leader_not_found"));
    assert_eq!(verdict(&world, &there, &follower).await, refused("account_not_found"));
    let by_id =
        json!({ "leader_person_id": NOBODY, "follower_platform": "Epic", "follower_platform_user_id": "nobody" });
    let answer = world.post(LINK, &world.admin(), by_id).await;
    assert_refusal(&answer, "leader_not_found", "Desired user for the leader of the link was not found");
}

#[tokio::test]
async fn a_missing_user_as_both_sides_is_a_missing_leader() {
    let world = World::start().await;
    assert_eq!(verdict(&world, &stranger("Steam"), &stranger("Steam")).await, refused("leader_not_found"));
}

#[tokio::test]
async fn a_missing_follower_comes_before_what_is_wrong_with_the_leader() {
    let world = World::start().await;
    let leader = world.create("Steam", "1").await;
    restrict(&world, &leader.person_id).await;
    let answer = world.post(LINK, &world.admin(), link_body(&leader, &stranger("Steam"))).await;
    assert_refusal(&answer, "account_not_found", "User Account not found");
}

#[tokio::test]
async fn the_same_user_on_both_sides_comes_before_all_that_is_wrong_with_its_person() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let alone = world.create("PSN", "alone").await;
    for user in [&alone, &users[0]] {
        for _ in ["first as it is", "then enabled and restricted"] {
            let answer = world.post(LINK, &world.admin(), link_body(user, user)).await;
            assert_refusal(&answer, "cannot_link_same_player", "Cannot link a player to themselves");
            let _ = world.post(ENABLE, &world.admin(), pair(user)).await;
            restrict(&world, &user.person_id).await;
        }
    }
    consistent(&world).await;
}

#[tokio::test]
async fn a_person_that_leads_its_only_user_links_the_same_player() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    let body = json!({
        "leader_person_id": user.person_id,
        "follower_platform": user.platform,
        "follower_platform_user_id": user.platform_user_id,
    });
    assert_eq!(world.post(LINK, &world.admin(), body).await.verdict(), refused("cannot_link_same_player"));
}

#[tokio::test]
async fn a_follower_that_is_in_the_leaders_person_already_is_already_linked() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let by_id = json!({
        "leader_person_id": users[0].person_id,
        "follower_platform": users[1].platform,
        "follower_platform_user_id": users[1].platform_user_id,
    });
    for _ in ["first as it is", "then enabled and restricted"] {
        assert_eq!(verdict(&world, &users[0], &users[1]).await, refused("follower_already_linked"));
        assert_eq!(verdict(&world, &users[1], &users[0]).await, refused("follower_already_linked"));
        let answer = world.post(LINK, &world.admin(), by_id.clone()).await;
        assert_eq!(answer.verdict(), refused("follower_already_linked"));
        let _ = world.post(ENABLE, &world.admin(), pair(&users[1])).await;
        restrict(&world, &users[0].person_id).await;
    }
}

#[tokio::test]
async fn leading_oneself_needs_no_permission_and_leads_nowhere() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    let body = json!({ "leader_platform": "Steam", "leader_platform_user_id": "1" });
    let by_tokens = json!({ "scheme": "Bearer", "credentials": world.player(&user) });
    for body in [body, by_tokens, link_body(&user, &user)] {
        let answer = world.post(LINK, &world.player(&user), body).await;
        assert_eq!(answer.verdict(), refused("cannot_link_same_player"));
    }
}
