//! The own person: the person to which the token's platform user belongs now, while that user is
//! active.

use serde_json::{Value, json};
use tests::{User, World};

use super::{support::*, tables::consistent};

#[tokio::test]
async fn a_player_needs_no_permission_for_its_own_person_however_it_is_named() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    let token = world.player(&users[2]);
    let ways = [json!({}), pair(&users[2]), pair(&users[0]), json!({ "person_id": users[0].person_id })];
    for body in ways {
        activate(&world, &users[1]).await;
        assert_done(&world.post(DISABLE, &token, body).await);
    }
    assert_done(&world.post(ENABLE, &token, pair(&users[0])).await);
    assert_eq!(active(&world, &users[2]).await, users[0].player_uuid.as_str());
    assert_done(&world.post(UNLINK, &token, pair(&users[1])).await);
    assert_ne!(person_of(&world, &users[1]).await, users[0].person_id);
    consistent(&world).await;
}

/// Fails unless every request that a player may make about its own person is refused.
async fn assert_powerless(world: &World, own: &User, sibling: &User, person_id: &str) {
    let token = world.player(own);
    let requests = [
        (DISABLE, json!({ "person_id": person_id })),
        (DISABLE, pair(sibling)),
        (ENABLE, pair(sibling)),
        (UNLINK, pair(sibling)),
    ];
    for (path, body) in requests {
        let answer = world.post(path, &token, body).await;
        assert_eq!(answer.verdict(), refused("cannot_modify_person"), "{path}");
    }
    let links = world.get(&links_path(&sibling.player_uuid), &token).await;
    assert_eq!(links.verdict(), (403, "insufficient_permissions".into()));
}

#[tokio::test]
async fn an_inactive_users_token_has_no_person_of_its_own() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let (own, sibling) = (&users[0], &users[1]);
    activate(&world, sibling).await;
    deactivate(&world, own).await;
    let before = world.find(own).await.unwrap();
    assert_powerless(&world, own, sibling, &own.person_id).await;
    for path in [DISABLE, ENABLE, UNLINK] {
        for body in [json!({}), pair(own)] {
            let answer = world.post(path, &world.player(own), body).await;
            assert_eq!(answer.verdict(), refused("cannot_modify_person"), "{path}");
        }
    }
    let links = world.get(&links_path(&own.player_uuid), &world.player(own)).await;
    assert_eq!(links.verdict(), (403, "insufficient_permissions".into()));
    assert_eq!(world.find(own).await.unwrap(), before);
}

#[tokio::test]
async fn a_reactivated_users_token_has_its_person_again() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    deactivate(&world, &user).await;
    let path = format!("/v2/users/{}/reactivate", user.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
    assert_done(&world.post(ENABLE, &world.player(&user), json!({})).await);
    assert_eq!(world.get(&links_path(&user.player_uuid), &world.player(&user)).await.status, 200);
}

#[tokio::test]
async fn an_inactive_users_permissions_still_count() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    deactivate(&world, &users[1]).await;
    let token = player_with(&world, &users[1], &["user:modify:any", "user:platform:read"]);
    assert_done(&world.post(ENABLE, &token, pair(&users[0])).await);
    assert_done(&world.post(DISABLE, &token, json!({})).await);
    assert_eq!(world.get(&links_path(&users[0].player_uuid), &token).await.status, 200);
    assert_done(&world.post(UNLINK, &token, json!({})).await);
    assert_done(&world.post(LINK, &token, json!({ "leader_person_id": users[0].person_id })).await);
    consistent(&world).await;
}

#[tokio::test]
async fn an_active_user_decides_for_an_inactive_one_of_its_person() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    activate(&world, &users[1]).await;
    deactivate(&world, &users[1]).await;
    let token = world.player(&users[0]);
    assert_done(&world.post(DISABLE, &token, pair(&users[1])).await);
    assert_eq!(world.get(&links_path(&users[1].player_uuid), &token).await.status, 200);
    assert_done(&world.post(UNLINK, &token, pair(&users[1])).await);
}

#[tokio::test]
async fn a_user_that_was_linked_elsewhere_acts_for_its_new_person_with_its_old_token() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let token = world.player(&follower);
    activate(&world, &leader).await;
    let gone = follower.person_id.clone();
    world.link(&leader, &follower).await;
    let answer = world.post(DISABLE, &token, json!({ "person_id": gone })).await;
    assert_eq!(answer.verdict(), refused("cannot_modify_person"));
    assert_eq!(active(&world, &leader).await, leader.player_uuid.as_str());
    assert_done(&world.post(DISABLE, &token, json!({ "person_id": leader.person_id })).await);
    assert_eq!(active(&world, &leader).await, Value::Null);
    assert_eq!(world.get(&links_path(&leader.player_uuid), &token).await.status, 200);
}

#[tokio::test]
async fn a_user_that_was_unlinked_has_lost_its_old_person_and_acts_for_its_new_one() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let (left, gone) = (&users[0], &users[1]);
    activate(&world, left).await;
    // The issuer's token still names the old person.
    let stale = roster_local::TokenRequest::new::<&str>([]).platform_user(&gone.platform, &gone.platform_user_id);
    let stale = world.token(stale.person_id(&left.person_id));
    assert_done(&world.post(UNLINK, &stale, json!({})).await);
    assert_powerless(&world, gone, left, &left.person_id).await;
    let answer = world.post(DISABLE, &stale, json!({ "person_id": left.person_id })).await;
    assert_eq!(answer.verdict(), refused("cannot_modify_person"));
    assert_done(&world.post(ENABLE, &stale, json!({})).await);
    assert_eq!(active(&world, gone).await, gone.player_uuid.as_str());
    assert_eq!(active(&world, left).await, left.player_uuid.as_str());
}
