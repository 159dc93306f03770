//! `POST /users/v1/unlink`

use serde_json::{Value, json};
use tests::World;

use super::{support::*, tables::consistent};

#[tokio::test]
async fn unlinking_gives_the_user_a_new_person_and_leaves_the_others_together() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    let created_with = world.find(&users[1]).await.unwrap();
    assert_done(&world.post(UNLINK, &world.admin(), pair(&users[1])).await);
    let new = person_of(&world, &users[1]).await;
    let persons = consistent(&world).await;
    assert_eq!(persons.len(), 2);
    assert_eq!(persons[&new], [users[1].player_uuid.clone()].into());
    assert_eq!(persons[&users[0].person_id], [users[0].player_uuid.clone(), users[2].player_uuid.clone()].into());
    let mut expected = created_with;
    expected["person_id"] = json!(new);
    assert_eq!(world.find(&users[1]).await.unwrap(), expected);
}

#[tokio::test]
async fn a_new_person_is_new_every_time() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let mut persons = std::collections::BTreeSet::from([follower.person_id.clone()]);
    for _ in 0..3 {
        world.link(&leader, &follower).await;
        assert_done(&world.post(UNLINK, &world.admin(), pair(&follower)).await);
        assert!(persons.insert(person_of(&world, &follower).await));
    }
    assert_eq!(consistent(&world).await.len(), 2);
}

#[tokio::test]
async fn the_user_that_the_person_began_with_can_leave_it_too() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    assert_done(&world.post(UNLINK, &world.player(&users[0]), json!({})).await);
    assert_eq!(person_of(&world, &users[1]).await, users[0].person_id);
    assert_ne!(person_of(&world, &users[0]).await, users[0].person_id);
    consistent(&world).await;
}

#[tokio::test]
async fn unlinking_counts_as_a_change_of_that_user_only() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let (left, before) = (details(&world, &users[0]).await, details(&world, &users[1]).await);
    assert_eq!(before["sequence"], "2");
    world.advance(std::time::Duration::from_secs(60));
    assert_done(&world.post(UNLINK, &world.admin(), pair(&users[1])).await);
    let after = details(&world, &users[1]).await;
    assert_eq!(after["sequence"], "3");
    assert_eq!(after["creationDate"], before["creationDate"]);
    assert!(after["changeDate"].as_str() > before["changeDate"].as_str());
    assert_eq!(details(&world, &users[0]).await, left);
}

#[tokio::test]
async fn the_active_player_stays_when_another_user_leaves() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    activate(&world, &users[0]).await;
    assert_done(&world.post(UNLINK, &world.admin(), pair(&users[1])).await);
    assert_eq!(active(&world, &users[2]).await, users[0].player_uuid.as_str());
    assert_eq!(active(&world, &users[1]).await, Value::Null);
    consistent(&world).await;
}

const REASONS: [(&str, &str); 3] = [
    ("player_not_linked", "Player is not linked"),
    ("cannot_unlink_cross_progression_player", "Cannot unlink the cross progression player"),
    ("user_has_restrictions", "user has restrictions that prevent this operation"),
];

#[tokio::test]
async fn of_all_reasons_that_hold_the_first_is_told() {
    let world = World::start().await;
    for combination in 0..8_u32 {
        let [alone, enabled, restricted] = std::array::from_fn(|reason| combination & (1 << reason) != 0);
        let platforms = if alone { &["Epic"][..] } else { &["Steam", "Epic"] };
        let user = person(&world, &combination.to_string(), platforms).await.pop().unwrap();
        if enabled {
            activate(&world, &user).await;
        }
        if restricted {
            restrict(&world, &user.person_id).await;
        }
        // A caller that may not modify the person learns only that.
        let foreign = world.post(UNLINK, &world.service(&[]), pair(&user)).await;
        assert_eq!(foreign.verdict(), refused("cannot_modify_person"));
        for token in [world.player(&user), world.admin()] {
            let answer = world.post(UNLINK, &token, pair(&user)).await;
            match [alone, enabled, restricted].iter().position(|holds| *holds) {
                Some(first) => assert_refusal(&answer, REASONS[first].0, REASONS[first].1),
                None => {
                    assert_done(&answer);
                    break;
                }
            }
        }
        assert_eq!(person_of(&world, &user).await == user.person_id, combination != 0);
    }
    consistent(&world).await;
}

#[tokio::test]
async fn a_pending_purge_blocks_unlinking_until_it_is_cancelled() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    restrict(&world, &users[0].person_id).await;
    for user in &users {
        let answer = world.post(UNLINK, &world.player(user), json!({})).await;
        assert_eq!(answer.verdict(), refused("user_has_restrictions"));
    }
    let purge = tests::world::purge_path(&users[0].person_id);
    assert_eq!(world.delete(&purge, &world.admin()).await.status, 204);
    assert_done(&world.post(UNLINK, &world.player(&users[1]), json!({})).await);
}

#[tokio::test]
async fn a_user_that_was_unlinked_is_alone_and_can_be_linked_again() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    assert_done(&world.post(UNLINK, &world.admin(), pair(&users[1])).await);
    for user in &users {
        let answer = world.post(UNLINK, &world.player(user), json!({})).await;
        assert_eq!(answer.verdict(), refused("player_not_linked"));
    }
    world.link(&users[1], &users[0]).await;
    assert_eq!(person_of(&world, &users[0]).await, person_of(&world, &users[1]).await);
    assert_eq!(consistent(&world).await.len(), 1);
}

#[tokio::test]
async fn a_person_of_every_platform_comes_apart_one_by_one() {
    let world = World::start().await;
    let users = person(&world, "ada", &PLATFORMS).await;
    for user in &users[1..] {
        assert_done(&world.post(UNLINK, &world.player(&users[0]), pair(user)).await);
    }
    assert_eq!(consistent(&world).await.len(), PLATFORMS.len());
}
