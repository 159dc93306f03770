//! `POST /users/v1/link`: the moves, and the callers that may ask for them.

use serde_json::{Value, json};
use tests::{World, world::link_body};

use super::{
    support::*,
    tables::{consistent, items},
};

#[tokio::test]
async fn linking_moves_the_follower_and_leaves_no_empty_person() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    assert_done(&world.post(LINK, &world.admin(), link_body(&leader, &follower)).await);
    let mut found = world.find(&follower).await.unwrap();
    assert_eq!(found["person_id"], leader.person_id.as_str());
    assert_eq!(found["player_uuid"], follower.player_uuid.as_str());
    assert_eq!(found["player_id"], follower.player_id);
    found["person_id"] = json!(follower.person_id);
    assert_eq!(
        found,
        json!({
            "platform": "Epic",
            "platform_user_id": "2",
            "player_id": follower.player_id,
            "player_uuid": follower.player_uuid,
            "person_id": follower.person_id,
        })
    );
    assert_eq!(consistent(&world).await.into_keys().collect::<Vec<_>>(), [leader.person_id]);
}

#[tokio::test]
async fn a_person_has_at_most_one_user_on_every_platform() {
    let world = World::start().await;
    let users = person(&world, "ada", &PLATFORMS).await;
    let persons = consistent(&world).await;
    assert_eq!((persons.len(), persons[&users[0].person_id].len()), (1, PLATFORMS.len()));
    for platform in PLATFORMS {
        let another = world.create(platform, "another").await;
        let answer = world.post(LINK, &world.admin(), link_body(&users[0], &another)).await;
        assert_eq!(answer.verdict(), refused("platform_already_linked"));
    }
    consistent(&world).await;
}

#[tokio::test]
async fn linking_counts_as_a_change_of_the_follower_only() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let (leader_before, before) = (details(&world, &leader).await, details(&world, &follower).await);
    assert_eq!(before["sequence"], "1");
    world.advance(std::time::Duration::from_secs(60));
    world.link(&leader, &follower).await;
    let after = details(&world, &follower).await;
    assert_eq!(after["sequence"], "2");
    assert_eq!(after["resourceOwner"], leader.person_id.as_str());
    assert_eq!(after["creationDate"], before["creationDate"]);
    assert!(after["changeDate"].as_str() > before["changeDate"].as_str());
    assert_eq!(details(&world, &leader).await, leader_before);
    let refused = world.post(LINK, &world.admin(), link_body(&leader, &follower)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(details(&world, &follower).await, after);
}

#[tokio::test]
async fn the_leader_is_found_by_person_id_before_the_pair() {
    let world = World::start().await;
    let by_id = world.create("Steam", "1").await;
    let by_pair = world.create("PSN", "2").await;
    let first = world.create("Epic", "3").await;
    let mut body = link_body(&by_pair, &first);
    body["leader_person_id"] = json!(by_id.person_id);
    assert_done(&world.post(LINK, &world.admin(), body.clone()).await);
    assert_eq!(person_of(&world, &first).await, by_id.person_id);
    body["leader_person_id"] = json!(NOBODY);
    let answer = world.post(LINK, &world.admin(), body).await;
    assert_eq!(answer.verdict(), refused("leader_not_found"));
}

#[tokio::test]
async fn the_follower_is_the_tokens_platform_user_unless_another_is_named() {
    let world = World::start().await;
    let (leader, own, named) =
        (world.create("Steam", "1").await, world.create("Epic", "2").await, world.create("PSN", "3").await);
    let token = player_with(&world, &own, &["user:modify:any"]);
    assert_done(&world.post(LINK, &token, link_body(&leader, &named)).await);
    assert_ne!(person_of(&world, &own).await, leader.person_id);
    let leader_only = json!({ "leader_person_id": leader.person_id });
    assert_done(&world.post(LINK, &token, leader_only).await);
    assert_eq!(person_of(&world, &own).await, leader.person_id);
    consistent(&world).await;
}

#[tokio::test]
async fn half_a_pair_counts_as_absent_on_both_sides() {
    let world = World::start().await;
    let (leader, own, other) =
        (world.create("Steam", "1").await, world.create("Epic", "2").await, world.create("PSN", "3").await);
    let token = player_with(&world, &own, &["user:*"]);
    let absent = |side: &str| {
        [
            json!({ format!("{side}_platform"): "PSN" }),
            json!({ format!("{side}_platform_user_id"): other.platform_user_id }),
            json!({ format!("{side}_platform_user_id"): "" }),
            json!({ format!("{side}_platform"): null, format!("{side}_platform_user_id"): "3" }),
        ]
    };
    for follower in absent("follower") {
        let mut body = follower;
        body["leader_person_id"] = json!(leader.person_id);
        assert_done(&world.post(LINK, &token, body).await);
        assert_eq!(person_of(&world, &own).await, leader.person_id);
        assert_ne!(person_of(&world, &other).await, leader.person_id);
        assert_done(&world.post(UNLINK, &token, json!({})).await);
    }
    for leader in absent("leader") {
        let answer = world.post(LINK, &token, leader.clone()).await;
        assert_eq!(answer.verdict(), refused("leader_not_found"), "{leader}");
    }
}

#[tokio::test]
async fn an_empty_id_beside_a_platform_names_an_account_that_does_not_exist_on_both_sides() {
    let world = World::start().await;
    let (leader, own) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let empty = |side: &str| json!({ format!("{side}_platform"): "Epic", format!("{side}_platform_user_id"): "" });
    let both = |mut body: Value, rest: Value| {
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        body
    };
    let with = |side: &str, rest: Value| both(empty(side), rest);
    let by_tokens = json!({ "scheme": "Bearer", "credentials": world.player(&leader) });
    let by_id = json!({ "leader_person_id": leader.person_id });
    let named = json!({ "follower_platform": own.platform, "follower_platform_user_id": own.platform_user_id });
    let cases = [
        (with("follower", by_id.clone()), "account_not_found"),
        (with("follower", by_tokens.clone()), "account_not_found"),
        (with("leader", named.clone()), "leader_not_found"),
        (with("leader", both(named, by_tokens)), "leader_not_found"),
        (with("leader", empty("follower")), "leader_not_found"),
    ];
    let stored = async || (items(&world, "PersonsTable").await, items(&world, "UsersTable").await);
    let before = stored().await;
    for (body, code) in cases {
        for token in [world.admin(), player_with(&world, &own, &["user:*"])] {
            assert_eq!(world.post(LINK, &token, body.clone()).await.verdict(), refused(code), "{body}");
        }
        let answer = world.post(LINK, &world.player(&own), body.clone()).await;
        assert_eq!(answer.verdict(), (403, "insufficient_permissions".into()), "{body}");
    }
    assert_eq!(stored().await, before);
    // A `person_id` takes precedence over a platform and id that disagree with it.
    assert_done(&world.post(LINK, &player_with(&world, &own, &["user:*"]), with("leader", by_id)).await);
    assert_eq!(person_of(&world, &own).await, leader.person_id);
}

#[tokio::test]
async fn without_a_body_there_is_no_leader() {
    let world = World::start().await;
    let own = world.create("Steam", "1").await;
    let authorization = format!("Bearer {}", world.player(&own));
    let headers = [("authorization", &*authorization), ("content-type", "application/json")];
    for body in ["", "{}", "null"] {
        let answer = world.send("POST", LINK, &headers, body).await;
        assert_refusal(&answer, "leader_not_found", "Desired user for the leader of the link was not found");
    }
}

#[tokio::test]
async fn a_leaders_active_player_becomes_the_followers() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    activate(&world, &leader).await;
    world.link(&leader, &follower).await;
    assert_eq!(active(&world, &follower).await, leader.player_uuid.as_str());
    consistent(&world).await;
}

#[tokio::test]
async fn a_follower_need_not_be_active_where_permission_moves_it() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    deactivate(&world, &follower).await;
    deactivate(&world, &leader).await;
    world.link(&leader, &follower).await;
    consistent(&world).await;
}

/// A caller that names other users than the two token holders needs a permission, and learns
/// nothing without it.
#[tokio::test]
async fn naming_somebody_else_without_permission_is_403_before_any_look_up() {
    let world = World::start().await;
    let leader = world.create("Steam", "1").await;
    let own = world.create("Epic", "2").await;
    let foreign = world.create("PSN", "3").await;
    let nobody = stranger("Steam");
    let credentials = world.player(&leader);
    let by_credentials = |follower: &tests::User| {
        json!({
            "scheme": "Bearer",
            "credentials": credentials,
            "follower_platform": follower.platform,
            "follower_platform_user_id": follower.platform_user_id,
        })
    };
    let by_pair = |leader: &tests::User| json!({ "leader_platform": leader.platform, "leader_platform_user_id": leader.platform_user_id });
    let bodies = [
        json!({ "leader_person_id": leader.person_id }),
        json!({ "leader_person_id": NOBODY }),
        by_pair(&leader),
        by_pair(&nobody),
        by_credentials(&foreign),
        by_credentials(&nobody),
        link_body(&leader, &own),
        link_body(&own, &foreign),
        link_body(&own, &nobody),
    ];
    let callers = [world.player(&own), world.service(&[]), world.service(&["user:platform:*", "user.*"])];
    world.calls.forget();
    let mut answers = Vec::new();
    for token in &callers {
        for body in &bodies {
            answers.push(bytes(&world.post(LINK, token, body.clone()).await));
        }
    }
    assert_eq!(world.operations("link-platform-user"), Vec::<String>::new());
    let desc = "Insufficient Permissions - Expected any of: user:*, user:modify:any";
    let error = json!({ "auth_success": true, "error_code": "insufficient_permissions", "desc": desc });
    assert_eq!((answers[0].0, serde_json::from_str::<Value>(&answers[0].2).unwrap()), (403, error));
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    assert_eq!(consistent(&world).await.len(), 3);
}

#[tokio::test]
async fn each_documented_permission_is_enough_to_link_others() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    for permission in ["user:modify:any", "user:*"] {
        assert_done(&world.post(LINK, &world.service(&[permission]), link_body(&leader, &follower)).await);
        assert_done(&world.post(UNLINK, &world.service(&[permission]), pair(&follower)).await);
    }
}

#[tokio::test]
async fn a_pending_purge_of_either_person_blocks_linking_until_it_is_cancelled() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    for (person_id, code, desc) in [
        (&follower.person_id, "follower_has_restrictions", "follower has restrictions that prevent this operation"),
        (&leader.person_id, "leader_has_restrictions", "leader has restrictions that prevent this operation"),
    ] {
        restrict(&world, person_id).await;
        assert_refusal(&world.post(LINK, &world.admin(), link_body(&leader, &follower)).await, code, desc);
        let purge = tests::world::purge_path(person_id);
        assert_eq!(world.delete(&purge, &world.admin()).await.status, 204);
    }
    world.link(&leader, &follower).await;
}

#[tokio::test]
async fn a_person_that_is_no_more_can_neither_lead_nor_follow() {
    let world = World::start().await;
    let (gone, left) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    assert_eq!(world.purge_now(&gone.person_id).await.status, 202);
    world.purged(&gone.person_id).await;
    let by_id = json!({
        "leader_person_id": gone.person_id,
        "follower_platform": left.platform,
        "follower_platform_user_id": left.platform_user_id,
    });
    for (body, code) in [
        (by_id, "leader_not_found"),
        (link_body(&gone, &left), "leader_not_found"),
        (link_body(&left, &gone), "account_not_found"),
    ] {
        assert_eq!(world.post(LINK, &world.admin(), body).await.verdict(), refused(code));
    }
    assert_eq!(consistent(&world).await.into_keys().collect::<Vec<_>>(), [left.person_id]);
}
