//! To every other endpoint, a purged person does not exist.

use roster_local::TokenRequest;
use serde_json::json;
use tests::world::link_body;

use crate::scene::*;

#[tokio::test]
async fn a_purged_person_is_a_missing_one_for_every_other_endpoint() {
    let world = without_worker().await;
    let (gone, other) = (world.create("Steam", "gone").await, world.create("PSN", "other").await);
    let admin = world.admin();
    purge_now(&world, &gone.person_id).await;
    let after = everything(&world).await;
    let pair = json!({ "platform": "Steam", "platform_user_id": "gone" });
    let posts = [
        ("/users/v1/cross-progression/disable", json!({ "person_id": gone.person_id }), 400, "account_not_found"),
        ("/users/v1/cross-progression/disable", pair.clone(), 400, "account_not_found"),
        ("/users/v1/cross-progression/enable", pair.clone(), 400, "account_not_found"),
        ("/users/v1/unlink", pair, 400, "account_not_found"),
        ("/users/v1/link", link_body(&gone, &other), 400, "leader_not_found"),
        ("/users/v1/link", link_body(&other, &gone), 400, "account_not_found"),
        (
            "/users/v1/link",
            json!({
                "leader_person_id": gone.person_id,
                "follower_platform": "PSN",
                "follower_platform_user_id": "other",
            }),
            400,
            "leader_not_found",
        ),
    ];
    for (path, body, status, code) in posts {
        let answer = world.post(path, &admin, body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path} {body}");
    }
    assert_eq!(world.find(&gone).await.unwrap_err(), 404);
    let links = world.get(&format!("/users/v2/player/{}/links", gone.player_uuid), &admin).await;
    assert_eq!(links.verdict(), (404, "user_not_found".to_owned()));
    let path = format!("/v2/users/{}", gone.player_uuid);
    assert_eq!(world.get(&path, &admin).await.status, 404);
    let nf = [("deactivate", "COMMAND-5gp2p62iin"), ("reactivate", "COMMAND-9hy5kzbuk6")];
    for (verb, id) in nf {
        let answer = world.post(&format!("{path}/{verb}"), &admin, json!({})).await;
        let message = format!("User could not be found ({id})");
        assert_eq!((answer.status, &answer.json()["message"]), (404, &json!(message)), "{verb}");
    }
    assert_eq!(everything(&world).await, after);
}

#[tokio::test]
async fn the_purged_players_own_token_finds_nobody() {
    let world = without_worker().await;
    let gone = world.create("Steam", "gone").await;
    purge_now(&world, &gone.person_id).await;
    let after = everything(&world).await;
    let claims = TokenRequest::new::<&str>([]).platform_user("Steam", "gone").person_id(&gone.person_id);
    let token = world.token(claims);
    for path in ["/users/v1/cross-progression/disable", "/users/v1/cross-progression/enable", "/users/v1/unlink"] {
        let answer = world.post(path, &token, json!({})).await;
        assert_eq!(answer.verdict(), (400, "account_not_found".to_owned()), "{path}");
    }
    let named = json!({ "person_id": gone.person_id });
    let answer = world.post("/users/v1/cross-progression/disable", &token, named).await;
    assert_eq!(answer.verdict(), (400, "cannot_modify_person".to_owned()));
    let links = world.get(&format!("/users/v2/player/{}/links", gone.player_uuid), &token).await;
    assert_eq!(links.status, 403);
    assert_eq!(everything(&world).await, after);
}

#[tokio::test]
async fn the_account_can_be_created_again_and_is_a_new_player() {
    let world = without_worker().await;
    let gone = world.create("Steam", "returns").await;
    purge_now(&world, &gone.person_id).await;
    let anew = world.create("Steam", "returns").await;
    assert_ne!((&anew.person_id, &anew.player_uuid), (&gone.person_id, &gone.player_uuid));
    assert!(anew.player_id > gone.player_id);
    let found = world.find(&anew).await.unwrap();
    assert_eq!(found["person_id"], anew.person_id.as_str());
    assert_eq!(world.purge_status(&gone.person_id).await, "complete");
    purge_now(&world, &anew.person_id).await;
    assert_eq!(counts(&world).await, [0, 0, 0, 2]);
}

#[tokio::test]
async fn a_queued_purge_blocks_linking_and_unlinking_and_nothing_else() {
    let world = without_worker().await;
    let users = crowd_of_one_person(&world, 2).await;
    let other = world.create("Discord", "other").await;
    let admin = world.admin();
    post(&world, &users[0].person_id, json!({})).await;
    let pair = json!({ "platform": users[1].platform, "platform_user_id": users[1].platform_user_id });
    let refused = [
        ("/users/v1/link", link_body(&users[0], &other), "leader_has_restrictions"),
        ("/users/v1/unlink", pair.clone(), "user_has_restrictions"),
    ];
    for (path, body, code) in refused {
        assert_eq!(world.post(path, &admin, body).await.verdict(), (400, code.to_owned()));
    }
    assert_eq!(world.post("/users/v1/cross-progression/enable", &admin, pair.clone()).await.status, 200);
    assert_eq!(world.post("/users/v1/cross-progression/disable", &admin, pair.clone()).await.status, 200);
    for verb in ["deactivate", "reactivate"] {
        let path = format!("/v2/users/{}/{verb}", users[0].player_uuid);
        assert_eq!(world.post(&path, &admin, json!({})).await.status, 200);
    }
    assert!(world.find(&users[0]).await.is_ok());
    // A follower with a queued purge cannot be linked.
    post(&world, &other.person_id, json!({})).await;
    let leader = world.create("Epic", "leader").await;
    let answer = world.post("/users/v1/link", &admin, link_body(&leader, &other)).await;
    assert_eq!(answer.verdict(), (400, "follower_has_restrictions".to_owned()));
    // After the cancellation everything is possible again.
    delete(&world, &users[0].person_id).await;
    assert_eq!(world.post("/users/v1/unlink", &admin, pair).await.status, 200);
    delete(&world, &other.person_id).await;
    world.link(&leader, &other).await;
}
