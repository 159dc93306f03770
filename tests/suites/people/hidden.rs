//! A player whose user is deactivated or locked cannot be played: it is neither made active nor
//! reported as active.

use serde_json::{Value, json};
use tests::{Answer, User, World};

use super::{support::*, tables::consistent};

/// The changes that make a user inactive, each with the change that reverts it.
const CHANGES: [(&str, &str); 2] = [("deactivate", "reactivate"), ("lock", "unlock")];

async fn change(world: &World, user: &User, change: &str) {
    let path = format!("/v2/users/{}/{change}", user.player_uuid);
    let answer = world.post(&path, &world.admin(), json!({})).await;
    assert_eq!(answer.status, 200, "{change}: {}", answer.text);
}

/// Creates a banned user, and another user of its person.
async fn banned(world: &World, how: &str) -> [User; 2] {
    let users = person(world, how, &["PSN", "Google"]).await;
    let [banned, other] = <[User; 2]>::try_from(users).unwrap();
    change(world, &banned, how).await;
    [banned, other]
}

/// Does the same with a user whose player was made active before the ban.
async fn hidden(world: &World, how: &str) -> [User; 2] {
    let users = person(world, how, &["PSN", "Google"]).await;
    let [hidden, other] = <[User; 2]>::try_from(users).unwrap();
    activate(world, &hidden).await;
    change(world, &hidden, how).await;
    [hidden, other]
}

fn assert_cannot_modify(answer: &Answer) {
    assert_refusal(answer, "cannot_modify_person", "You have insufficient permissions to modify this person");
}

#[tokio::test]
async fn a_user_that_is_not_active_is_not_enabled_whoever_asks() {
    let world = World::start().await;
    for (how, back) in CHANGES {
        let [banned, other] = banned(&world, how).await;
        let callers = [
            world.player(&other),
            world.admin(),
            world.service(&["user:modify:any"]),
            player_with(&world, &other, &["user:*"]),
            world.player(&banned),
            player_with(&world, &banned, &["user:*"]),
        ];
        for token in &callers {
            assert_cannot_modify(&world.post(ENABLE, token, pair(&banned)).await);
        }
        for token in &callers[4..] {
            assert_cannot_modify(&world.post(ENABLE, token, json!({})).await);
        }
        let items = world.items("PersonsTable").await;
        assert!(items.iter().all(|person| !person.contains_key("active_player_uuid")), "{items:?}");
        change(&world, &banned, back).await;
        assert_done(&world.post(ENABLE, &world.player(&other), pair(&banned)).await);
        assert_eq!(active(&world, &other).await, banned.player_uuid.as_str());
        assert_done(&world.post(DISABLE, &world.admin(), pair(&banned)).await);
    }
}

#[tokio::test]
async fn a_refused_enable_leaves_the_player_that_is_active() {
    let world = World::start().await;
    let [banned, other] = banned(&world, "lock").await;
    activate(&world, &other).await;
    assert_cannot_modify(&world.post(ENABLE, &world.player(&other), pair(&banned)).await);
    assert_eq!(active(&world, &banned).await, other.player_uuid.as_str());
}

#[tokio::test]
async fn an_active_player_whose_user_is_not_active_is_reported_nowhere() {
    let world = World::start().await;
    for (how, back) in CHANGES {
        let [hidden, other] = hidden(&world, how).await;
        let reports = async || {
            let mut found = Vec::new();
            for user in [&hidden, &other] {
                found.push(world.find(user).await.unwrap());
                for token in [world.admin(), world.player(&other)] {
                    let links = world.get(&links_path(&user.player_uuid), &token).await;
                    assert_eq!(links.status, 200, "{}", links.text);
                    found.push(links.json()["player"].clone());
                }
            }
            found
        };
        for report in reports().await {
            let report = report.as_object().unwrap();
            assert!(!report.keys().any(|key| key.starts_with("active_player")), "{how}: {report:?}");
        }
        change(&world, &hidden, back).await;
        for report in reports().await {
            assert_eq!(report["active_player_uuid"], hidden.player_uuid.as_str(), "{back}");
        }
        assert_eq!(world.find(&other).await.unwrap()["active_player_id"], hidden.player_id);
    }
    consistent(&world).await;
}

#[tokio::test]
async fn a_user_without_others_does_not_report_itself_as_active_while_it_is_not() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    activate(&world, &user).await;
    deactivate(&world, &user).await;
    assert_eq!(active(&world, &user).await, Value::Null);
    assert_eq!(world.find(&user).await.unwrap().get("active_player_id"), None);
}

#[tokio::test]
async fn enabling_a_hidden_active_player_again_is_refused_for_its_user_and_not_for_being_so_already() {
    let world = World::start().await;
    for (how, _) in CHANGES {
        let [hidden, other] = hidden(&world, how).await;
        for token in [world.admin(), world.player(&other), world.player(&hidden)] {
            assert_cannot_modify(&world.post(ENABLE, &token, pair(&hidden)).await);
        }
    }
}

#[tokio::test]
async fn disabling_clears_a_hidden_active_player() {
    let world = World::start().await;
    for (how, back) in CHANGES {
        let [hidden, other] = hidden(&world, how).await;
        let by_id = json!({ "person_id": other.person_id });
        let ways = [
            (world.admin(), pair(&hidden)),
            (world.admin(), by_id.clone()),
            (world.player(&other), json!({})),
            (world.player(&other), pair(&hidden)),
            (world.player(&other), by_id),
        ];
        for (token, body) in ways {
            assert_done(&world.post(DISABLE, &token, body.clone()).await);
            assert_eq!(world.post(DISABLE, &token, body).await.verdict(), refused("not_cross_progression_player"));
            change(&world, &hidden, back).await;
            assert_eq!(active(&world, &other).await, Value::Null);
            activate(&world, &hidden).await;
            change(&world, &hidden, how).await;
        }
    }
}

#[tokio::test]
async fn a_hidden_active_player_gives_way_to_another() {
    let world = World::start().await;
    let [hidden, other] = hidden(&world, "deactivate").await;
    assert_done(&world.post(ENABLE, &world.player(&other), json!({})).await);
    assert_eq!(active(&world, &hidden).await, other.player_uuid.as_str());
    change(&world, &hidden, "reactivate").await;
    assert_eq!(active(&world, &hidden).await, other.player_uuid.as_str());
}

#[tokio::test]
async fn a_hidden_active_player_still_stands_in_the_way_of_unlinking_and_linking() {
    let world = World::start().await;
    for (how, _) in CHANGES {
        let [hidden, other] = hidden(&world, how).await;
        for token in [world.admin(), world.player(&other)] {
            let answer = world.post(UNLINK, &token, pair(&hidden)).await;
            assert_refusal(
                &answer,
                "cannot_unlink_cross_progression_player",
                "Cannot unlink the cross progression player",
            );
        }
        let follower = world.create("Epic", how).await;
        activate(&world, &follower).await;
        change(&world, &follower, how).await;
        let answer = world.post(LINK, &world.admin(), tests::world::link_body(&other, &follower)).await;
        let desc = "follower must disable cross progression before this operation";
        assert_refusal(&answer, "follower_has_cross_progression_enabled", desc);
    }
}

#[tokio::test]
async fn a_leaders_hidden_active_player_is_not_reported_for_its_follower() {
    let world = World::start().await;
    let [hidden, other] = hidden(&world, "lock").await;
    let follower = world.create("Epic", "2").await;
    world.link(&other, &follower).await;
    assert_eq!(active(&world, &follower).await, Value::Null);
    change(&world, &hidden, "unlock").await;
    assert_eq!(active(&world, &follower).await, hidden.player_uuid.as_str());
}

/// The write itself checks the users, since an earlier read may be out of date.
#[tokio::test]
async fn the_write_that_enables_a_player_checks_its_user_and_the_callers_once_each() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let [target, caller] = [&users[0], &users[1]];
    for (token, body, checked) in [
        (world.admin(), pair(target), vec![target]),
        (world.player(target), json!({}), vec![target]),
        (world.player(target), pair(target), vec![target]),
        (world.player(caller), pair(target), vec![caller, target]),
    ] {
        world.calls.forget();
        assert_done(&world.post(ENABLE, &token, body).await);
        let write = world.made().pop().unwrap();
        assert_eq!(write.operation, "TransactWriteItems");
        let members = write.body["TransactItems"].as_array().unwrap();
        let checks = members.iter().filter_map(|member| member["ConditionCheck"].as_object());
        let checks: Vec<_> = checks.map(|check| check["Key"]["player_uuid"]["S"].clone()).collect();
        assert_eq!(checks, checked.iter().map(|user| json!(user.player_uuid)).collect::<Vec<_>>());
        assert_done(&world.post(DISABLE, &world.admin(), pair(target)).await);
    }
}

/// Either of the two may come first. In both orders a banned player cannot be played.
#[tokio::test(flavor = "multi_thread")]
async fn of_enabling_and_deactivating_one_user_no_order_makes_it_playable() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let path = format!("/v2/users/{}/deactivate", users[0].player_uuid);
    for _ in 0..20 {
        let (admin, player) = (world.admin(), world.player(&users[1]));
        let (enabled, deactivated) =
            tokio::join!(world.post(ENABLE, &player, pair(&users[0])), world.post(&path, &admin, json!({})),);
        assert_eq!(deactivated.status, 200, "{}", deactivated.text);
        let stored = world.items("PersonsTable").await.pop().unwrap().contains_key("active_player_uuid");
        assert_eq!(enabled.verdict(), if stored { done() } else { refused("cannot_modify_person") });
        assert_eq!(active(&world, &users[1]).await, Value::Null);
        change(&world, &users[0], "reactivate").await;
        if stored {
            assert_done(&world.post(DISABLE, &player, json!({})).await);
        }
    }
}
