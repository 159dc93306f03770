//! Tokens of the deployment's own issuer, which name the own user by its player.

use serde_json::{Value, json};
use tests::{User, World};

use super::{support::*, tables::consistent};

/// A token of another issuer whose claim `player_uuid` names this user. It has no platform user,
/// unless one is given.
fn foreign_token(world: &World, player: &User, account: Option<&User>) -> String {
    let (iss, aud, now) = ("roster-local", "roster", world.now());
    let mut claims = json!({
        "iss": iss, "aud": aud, "sub": "ada", "iat": now, "exp": now + 600, "player_uuid": player.player_uuid,
    });
    if let Some(account) = account {
        claims["platform"] = json!(account.platform);
        claims["platform_user_id"] = json!(account.platform_user_id);
    }
    world.bundle.signing_key().sign(&claims).unwrap()
}

/// A token of the own issuer that names the player of one user and the account of another.
fn two_names(world: &World, player: &User, account: &User) -> String {
    world.own_token(json!({
        "player_uuid": player.player_uuid, "platform": account.platform,
        "platform_user_id": account.platform_user_id,
    }))
}

async fn state(world: &World, user: &User, change: &str) {
    let path = format!("/v2/users/{}/{change}", user.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
}

/// Requests to change a person, by the name of one of its users, by its id, and by nothing but the
/// token.
fn changes(user: &User, person_id: &str) -> Vec<(&'static str, Value)> {
    let mut changes = vec![(DISABLE, json!({ "person_id": person_id }))];
    for path in [ENABLE, DISABLE, UNLINK] {
        changes.extend([(path, pair(user)), (path, json!({}))]);
    }
    changes
}

#[tokio::test]
async fn the_own_player_needs_no_permission_for_its_person_however_it_is_named() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic", "PSN"]).await;
    let token = world.own_player(&users[2]);
    for body in [json!({}), pair(&users[2]), pair(&users[0]), json!({ "person_id": users[0].person_id })] {
        activate(&world, &users[1]).await;
        assert_done(&world.post(DISABLE, &token, body).await);
    }
    assert_done(&world.post(ENABLE, &token, pair(&users[0])).await);
    assert_eq!(active(&world, &users[2]).await, users[0].player_uuid.as_str());
    assert_done(&world.post(ENABLE, &token, json!({})).await);
    assert_eq!(active(&world, &users[2]).await, users[2].player_uuid.as_str());
    for user in &users {
        assert_eq!(world.get(&links_path(&user.player_uuid), &token).await.status, 200);
    }
    assert_done(&world.post(UNLINK, &token, pair(&users[1])).await);
    assert_ne!(person_of(&world, &users[1]).await, users[0].person_id);
    consistent(&world).await;
}

#[tokio::test]
async fn a_foreign_or_missing_person_is_refused_in_the_same_bytes_as_with_another_issuers_token() {
    let world = World::start().await;
    let own = world.create("Steam", "own").await;
    let foreign = world.create("Epic", "foreign").await;
    activate(&world, &foreign).await;
    for other in [&foreign, &stranger("Epic")] {
        let links = links_path(&other.player_uuid);
        for (path, body) in changes(other, &other.person_id).into_iter().filter(|(_, body)| *body != json!({})) {
            let expected = world.post(path, &world.player(&own), body.clone()).await;
            assert_eq!(expected.verdict(), refused("cannot_modify_person"));
            assert_eq!(bytes(&world.post(path, &world.own_player(&own), body).await), bytes(&expected), "{path}");
        }
        let expected = world.get(&links, &world.player(&own)).await;
        assert_eq!(expected.verdict(), (403, "insufficient_permissions".into()));
        assert_eq!(bytes(&world.get(&links, &world.own_player(&own)).await), bytes(&expected));
    }
    assert_eq!(active(&world, &foreign).await, foreign.player_uuid.as_str());
}

#[tokio::test]
async fn the_same_token_acts_for_the_person_of_now_after_a_link_and_after_an_unlink() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    let token = world.own_player(&follower);
    let gone = follower.person_id.clone();
    activate(&world, &leader).await;
    world.link(&leader, &follower).await;
    let answer = world.post(DISABLE, &token, json!({ "person_id": gone })).await;
    assert_eq!(answer.verdict(), refused("cannot_modify_person"));
    assert_eq!(world.get(&links_path(&leader.player_uuid), &token).await.status, 200);
    assert_done(&world.post(DISABLE, &token, json!({ "person_id": leader.person_id })).await);
    assert_done(&world.post(UNLINK, &token, json!({})).await);
    let now = person_of(&world, &follower).await;
    assert_ne!(now, leader.person_id);
    for body in [pair(&leader), json!({ "person_id": leader.person_id })] {
        assert_eq!(world.post(DISABLE, &token, body).await.verdict(), refused("cannot_modify_person"));
    }
    assert_eq!(world.get(&links_path(&leader.player_uuid), &token).await.status, 403);
    assert_done(&world.post(ENABLE, &token, pair(&follower)).await);
    assert_done(&world.post(DISABLE, &token, json!({ "person_id": now })).await);
    consistent(&world).await;
}

#[tokio::test]
async fn a_user_that_is_not_active_proves_nothing() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let (own, sibling) = (&users[0], &users[1]);
    activate(&world, sibling).await;
    for (off, on) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        state(&world, own, off).await;
        let before = stored(&world).await;
        for user in [own, sibling] {
            for (path, body) in changes(user, &own.person_id) {
                let expected = world.post(path, &world.player(own), body.clone()).await;
                let answer = world.post(path, &world.own_player(own), body).await;
                assert_eq!(answer.verdict(), refused("cannot_modify_person"), "{off} {path}");
                assert_eq!(bytes(&answer), bytes(&expected), "{off} {path}");
            }
            let answer = world.get(&links_path(&user.player_uuid), &world.own_player(own)).await;
            assert_eq!(answer.verdict(), (403, "insufficient_permissions".into()), "{off}");
        }
        assert_eq!(stored(&world).await, before);
        state(&world, own, on).await;
        assert_eq!(world.get(&links_path(&own.player_uuid), &world.own_player(own)).await.status, 200);
    }
}

#[tokio::test]
async fn a_user_that_is_not_active_keeps_its_permissions() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    deactivate(&world, &users[1]).await;
    let token = world.own_player_with(&users[1], &["user:modify:any"]);
    assert_done(&world.post(ENABLE, &token, pair(&users[0])).await);
    assert_done(&world.post(DISABLE, &token, json!({})).await);
    assert_done(&world.post(UNLINK, &token, json!({})).await);
    assert_done(&world.post(LINK, &token, json!({ "leader_person_id": users[0].person_id })).await);
    consistent(&world).await;
}

#[tokio::test]
async fn a_purged_players_token_proves_nothing_also_after_its_account_was_created_anew() {
    let world = World::start().await;
    let purged = world.create("Steam", "1").await;
    world.purge_now(&purged.person_id).await;
    world.purged(&purged.person_id).await;
    let both = two_names(&world, &purged, &purged);
    for _ in 0..2 {
        for token in [&world.own_player(&purged), &both] {
            for path in [ENABLE, DISABLE, UNLINK] {
                assert_eq!(world.post(path, token, json!({})).await.verdict(), refused("account_not_found"), "{path}");
                let named = world.post(path, token, pair(&purged)).await;
                assert_eq!(named.verdict(), refused("cannot_modify_person"), "{path}");
            }
        }
        let _ = world.post(CREATE, &world.admin(), pair(&purged)).await;
    }
}

#[tokio::test]
async fn a_token_of_the_own_issuer_without_a_player_and_an_account_lacks_claims() {
    let world = World::start().await;
    let user = world.create("Steam", "1").await;
    let client = world.own_token(json!({ "sub": "game", "permissions": ["user:*"] }));
    let powerless = world.own_token(json!({ "sub": "game" }));
    for path in [ENABLE, DISABLE, UNLINK] {
        for token in [&client, &powerless] {
            assert_eq!(world.post(path, token, json!({})).await.verdict(), refused("invalid_token_claims"), "{path}");
        }
    }
    let by_tokens = json!({ "scheme": "Bearer", "credentials": world.own_player(&user) });
    assert_eq!(world.post(LINK, &client, by_tokens).await.verdict(), refused("invalid_token_claims"));
    assert_eq!(world.get(&links_path(&user.player_uuid), &powerless).await.status, 403);
}

#[tokio::test]
async fn the_claim_player_uuid_of_another_issuer_is_ignored() {
    let world = World::start().await;
    let (user, victim) = (world.create("Steam", "1").await, world.create("Epic", "2").await);
    activate(&world, &victim).await;
    let alone = foreign_token(&world, &victim, None);
    assert_eq!(world.post(DISABLE, &alone, json!({})).await.verdict(), refused("invalid_token_claims"));
    for body in [pair(&victim), json!({ "person_id": victim.person_id })] {
        assert_eq!(world.post(DISABLE, &alone, body).await.verdict(), refused("cannot_modify_person"));
    }
    assert_eq!(world.get(&links_path(&victim.player_uuid), &alone).await.status, 403);
    let beside = foreign_token(&world, &victim, Some(&user));
    assert_done(&world.post(ENABLE, &beside, json!({})).await);
    assert_eq!(active(&world, &user).await, user.player_uuid.as_str());
    assert_eq!(active(&world, &victim).await, victim.player_uuid.as_str());
    let link = json!({ "scheme": "Bearer", "credentials": alone });
    assert_eq!(world.post(LINK, &world.player(&user), link).await.verdict(), refused("invalid_token_claims"));
}

#[tokio::test]
async fn an_account_that_contradicts_the_player_is_refused_wherever_the_own_user_is_read() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let (own, sibling) = (&users[0], &users[1]);
    let foreign = world.create("PSN", "foreign").await;
    let before = stored(&world).await;
    let body = json!({
        "auth_success": false, "error_code": "auth_token_invalid_claim",
        "desc": "Token contained invalid claim value: player_uuid",
    });
    let never_created = stranger("Epic");
    for account in [sibling, &foreign, &never_created] {
        let token = two_names(&world, own, account);
        let mut answers = Vec::new();
        for user in [own, sibling, &foreign] {
            for (path, body) in changes(user, &user.person_id) {
                answers.push(world.post(path, &token, body).await);
            }
            answers.push(world.get(&links_path(&user.player_uuid), &token).await);
        }
        answers.push(world.get(&links_path(NOBODY), &token).await);
        let by_tokens = json!({ "scheme": "Bearer", "credentials": world.own_player(&foreign) });
        answers.push(world.post(LINK, &token, by_tokens.clone()).await);
        let mut named = by_tokens;
        named["follower_platform"] = json!(own.platform);
        named["follower_platform_user_id"] = json!(own.platform_user_id);
        answers.push(world.post(LINK, &token, named).await);
        for answer in answers {
            assert_eq!((answer.status, answer.json()), (403, body.clone()), "{}", account.platform);
        }
        let permitted = world.own_token(json!({
            "player_uuid": own.player_uuid, "platform": account.platform,
            "platform_user_id": account.platform_user_id, "permissions": ["user:modify:any"],
        }));
        for path in [ENABLE, DISABLE, UNLINK] {
            assert_eq!(world.post(path, &permitted, json!({})).await.json(), body, "{path}");
        }
    }
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn an_account_that_agrees_with_the_player_changes_nothing() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    let token = two_names(&world, &users[0], &users[0]);
    for body in [json!({}), pair(&users[0]), pair(&users[1])] {
        assert_done(&world.post(ENABLE, &token, body.clone()).await);
        assert_done(&world.post(DISABLE, &token, body).await);
    }
    assert_eq!(world.get(&links_path(&users[1].player_uuid), &token).await.status, 200);
    assert_done(&world.post(UNLINK, &token, json!({})).await);
}
