//! Links with tokens of the deployment's own issuer, as the leader's and as the follower's.

use serde_json::{Value, json};
use tests::{User, World, world::PlayerToken};

use super::{support::*, tables::consistent};

fn credentials(token: &str) -> Value {
    json!({ "scheme": "Bearer", "credentials": token })
}

/// The body, with the follower by its account.
fn following(mut body: Value, follower: &User) -> Value {
    body["follower_platform"] = json!(follower.platform);
    body["follower_platform_user_id"] = json!(follower.platform_user_id);
    body
}

/// The body, with the leader by its account.
fn led(mut body: Value, leader: &User) -> Value {
    body["leader_platform"] = json!(leader.platform);
    body["leader_platform_user_id"] = json!(leader.platform_user_id);
    body
}

#[tokio::test]
async fn two_tokens_of_either_kind_link_the_users_that_they_name() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "leader").await, world.create("Epic", "follower").await);
    for of_leader in PlayerToken::ALL {
        for of_follower in PlayerToken::ALL {
            let own = of_follower.make(&world, &follower, &[]);
            let body = credentials(&of_leader.make(&world, &leader, &[]));
            for body in [body.clone(), following(body, &follower)] {
                assert_done(&world.post(LINK, &own, body).await);
                assert_eq!(person_of(&world, &follower).await, leader.person_id);
                assert_done(&world.post(UNLINK, &own, json!({})).await);
            }
        }
    }
    consistent(&world).await;
}

#[tokio::test]
async fn naming_anybody_else_needs_permission_and_tells_nothing() {
    let world = World::start().await;
    let (own, foreign) = (world.create("Steam", "own").await, world.create("Epic", "foreign").await);
    let by_leader = credentials(&world.own_player(&foreign));
    let before = stored(&world).await;
    for other in [&foreign, &stranger("Epic")] {
        let bodies = [
            following(by_leader.clone(), other),
            following(json!({}), other),
            following(credentials("no token"), other),
            led(json!({}), other),
            led(following(json!({}), &own), other),
            led(following(json!({}), other), &own),
            json!({ "leader_person_id": other.person_id }),
            following(json!({ "leader_person_id": other.person_id }), &own),
        ];
        for body in bodies {
            let expected = world.post(LINK, &world.player(&own), body.clone()).await;
            assert_eq!(expected.verdict(), (403, "insufficient_permissions".into()), "{body}");
            assert_eq!(
                bytes(&world.post(LINK, &world.own_player(&own), body.clone()).await),
                bytes(&expected),
                "{body}"
            );
        }
    }
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn naming_only_oneself_needs_no_permission_and_is_answered_as_with_another_issuers_token() {
    let world = World::start().await;
    let own = world.create("Steam", "own").await;
    for (body, code) in [
        (following(json!({}), &own), "leader_not_found"),
        (following(credentials("no token"), &own), "invalid_token_claims"),
        (following(json!({ "scheme": "Basic", "credentials": "x" }), &own), "invalid_token_claims"),
        (led(json!({}), &own), "cannot_link_same_player"),
        (led(following(json!({}), &own), &own), "cannot_link_same_player"),
        (json!({}), "leader_not_found"),
    ] {
        for token in PlayerToken::ALL {
            let answer = world.post(LINK, &token.make(&world, &own, &[]), body.clone()).await;
            assert_eq!(answer.verdict(), refused(code), "{body}");
        }
    }
}

#[tokio::test]
async fn a_side_that_is_not_there_or_not_active_is_not_found() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "leader").await, world.create("Epic", "follower").await);
    let link = async |leader: &User, follower: &User| {
        world.post(LINK, &world.own_player(follower), credentials(&world.own_player(leader))).await.verdict()
    };
    assert_eq!(link(&stranger("PSN"), &follower).await, refused("leader_not_found"));
    assert_eq!(link(&leader, &stranger("PSN")).await, refused("account_not_found"));
    assert_eq!(link(&stranger("PSN"), &stranger("PSN")).await, refused("leader_not_found"));
    deactivate(&world, &follower).await;
    assert_eq!(link(&leader, &follower).await, refused("account_not_found"));
    deactivate(&world, &leader).await;
    assert_eq!(link(&leader, &follower).await, refused("leader_not_found"));
    assert_eq!(consistent(&world).await.len(), 2);
}

#[tokio::test]
async fn within_one_person_the_tokens_are_judged_before_the_link_that_stands() {
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
        for of_leader in PlayerToken::ALL {
            for of_follower in PlayerToken::ALL {
                let body = credentials(&of_leader.make(&world, leader, &[]));
                let answer = world.post(LINK, &of_follower.make(&world, follower, &[]), body).await;
                assert_eq!(answer.verdict(), refused(code), "{} leads {}", leader.platform, follower.platform);
            }
        }
    }
}

#[tokio::test]
async fn credentials_that_contradict_themselves_or_name_no_player_are_invalid_token_claims() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "leader").await, world.create("Epic", "follower").await);
    let contradiction = world.own_token(json!({
        "player_uuid": leader.player_uuid, "platform": follower.platform,
        "platform_user_id": follower.platform_user_id,
    }));
    let client = world.own_token(json!({ "sub": "game", "permissions": ["user:*"] }));
    for token in [contradiction, client] {
        for of_follower in PlayerToken::ALL {
            let answer = world.post(LINK, &of_follower.make(&world, &follower, &[]), credentials(&token)).await;
            assert_eq!(answer.verdict(), refused("invalid_token_claims"));
        }
    }
    assert_eq!(consistent(&world).await.len(), 2);
}

#[tokio::test]
async fn a_leader_that_moved_leads_into_its_person_of_now() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "leader").await, world.create("Epic", "follower").await);
    let first = world.create("PSN", "first").await;
    let body = credentials(&world.own_player(&leader));
    world.link(&first, &leader).await;
    assert_done(&world.post(LINK, &world.own_player(&follower), body).await);
    assert_eq!(person_of(&world, &follower).await, first.person_id);
    consistent(&world).await;
}
