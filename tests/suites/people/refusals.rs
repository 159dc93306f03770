//! The answers of enable, disable and unlink to a caller without the right, and about a user that
//! does not exist.

use roster_local::TokenRequest;
use serde_json::{Value, json};
use tests::{User, World};

use super::{support::*, tables::consistent};

#[tokio::test]
async fn with_permission_a_missing_target_is_account_not_found() {
    let world = World::start().await;
    let targets = [
        (DISABLE, json!({ "person_id": NOBODY })),
        (DISABLE, pair(&stranger("Steam"))),
        (ENABLE, pair(&stranger("Steam"))),
        (UNLINK, pair(&stranger("Steam"))),
    ];
    for permission in ["user:modify:any", "user:*"] {
        for (path, body) in &targets {
            let answer = world.post(path, &world.service(&[permission]), body.clone()).await;
            assert_refusal(&answer, "account_not_found", "User Account not found");
        }
    }
    // An update of a missing item has created nothing.
    assert!(consistent(&world).await.is_empty());
}

#[tokio::test]
async fn ones_own_missing_user_is_account_not_found_without_permission() {
    let world = World::start().await;
    let own = stranger("Steam");
    for path in [DISABLE, ENABLE, UNLINK] {
        for body in [json!({}), pair(&own)] {
            let answer = world.post(path, &world.player(&own), body).await;
            assert_refusal(&answer, "account_not_found", "User Account not found");
        }
    }
}

#[tokio::test]
async fn a_token_without_a_platform_user_lacks_claims_where_one_is_needed() {
    let world = World::start().await;
    for path in [DISABLE, ENABLE, UNLINK] {
        let answer = world.post(path, &world.admin(), json!({})).await;
        let desc = "Token has missing/invalid claims.  Are you using a non-user token on a user endpoint?";
        assert_refusal(&answer, "invalid_token_claims", desc);
    }
}

/// Callers without a permission. They have a right to nobody, or only to themselves.
async fn powerless(world: &World) -> Vec<(&'static str, String)> {
    let inactive = world.create("Twitch", "inactive").await;
    deactivate(world, &inactive).await;
    let player = world.create("Discord", "somebody else").await;
    vec![
        ("a player", world.player(&player)),
        ("a player who is not there", world.player(&stranger("Anon"))),
        ("an inactive player", world.player(&inactive)),
        ("a service", world.service(&[])),
        ("a service with other permissions", world.service(&["user:platform:*", "purge:*:*", "user.*"])),
    ]
}

#[tokio::test]
async fn without_permission_a_foreign_and_a_missing_target_answer_the_same_bytes() {
    let world = World::start().await;
    let foreign = person(&world, "ada", &["Steam", "Epic"]).await;
    activate(&world, &foreign[0]).await;
    let before = world.find(&foreign[1]).await.unwrap();
    let by_id = |id: &str| json!({ "person_id": id });
    let targets = [
        (DISABLE, by_id(&foreign[0].person_id), by_id(NOBODY)),
        (DISABLE, pair(&foreign[0]), pair(&stranger("Steam"))),
        (ENABLE, pair(&foreign[1]), pair(&stranger("Epic"))),
        (UNLINK, pair(&foreign[1]), pair(&stranger("Epic"))),
    ];
    for (who, token) in powerless(&world).await {
        for (path, foreign, missing) in &targets {
            let to_foreign = world.post(path, &token, foreign.clone()).await;
            let to_missing = world.post(path, &token, missing.clone()).await;
            let desc = "You have insufficient permissions to modify this person";
            assert_refusal(&to_foreign, "cannot_modify_person", desc);
            assert_eq!(bytes(&to_foreign), bytes(&to_missing), "{who} {path}");
        }
    }
    assert_eq!(world.find(&foreign[1]).await.unwrap(), before);
    consistent(&world).await;
}

/// A request about a purged person gets the same answer as one about a person that never existed.
#[tokio::test]
async fn a_purged_person_is_a_missing_one() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    assert_eq!(world.purge_now(&users[0].person_id).await.status, 202);
    world.purged(&users[0].person_id).await;
    for (path, body) in [(DISABLE, json!({ "person_id": users[0].person_id })), (UNLINK, pair(&users[1]))] {
        let answer = world.post(path, &world.admin(), body).await;
        assert_eq!(answer.verdict(), refused("account_not_found"));
    }
    let own = world.post(ENABLE, &world.player(&users[0]), json!({})).await;
    assert_eq!(own.verdict(), refused("account_not_found"));
    assert_eq!(world.find(&users[1]).await, Err(404));
    assert!(consistent(&world).await.is_empty());
}

#[tokio::test]
async fn each_documented_permission_is_enough_and_a_neighbour_is_not() {
    let world = World::start().await;
    let users = person(&world, "ada", &["Steam", "Epic"]).await;
    for (permission, enough) in [
        ("user:modify:any", true),
        ("user:*", true),
        ("*", true),
        ("user:modify", false),
        ("user:platform:*", false),
        ("user.write", false),
    ] {
        let token = world.service(&[permission]);
        let verdict = if enough { done() } else { refused("cannot_modify_person") };
        for (path, body) in [(ENABLE, pair(&users[0])), (DISABLE, json!({ "person_id": users[0].person_id }))] {
            assert_eq!(world.post(path, &token, body).await.verdict(), verdict, "{permission} {path}");
        }
        assert_eq!(world.post(UNLINK, &token, pair(&users[1])).await.verdict(), verdict, "{permission}");
        if enough {
            world.link(&users[0], &users[1]).await;
        }
    }
}

/// A token with additional claims that `roster token` cannot write.
fn token_with(world: &World, request: TokenRequest, claims: &[(&str, &str)]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let token = world.token(request);
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let mut payload: Value = serde_json::from_slice(&payload).unwrap();
    for (name, value) in claims {
        payload[*name] = json!(value);
    }
    world.bundle.signing_key().sign(&payload).unwrap()
}

#[tokio::test]
async fn the_tokens_claims_about_person_and_player_grant_nothing() {
    let world = World::start().await;
    let foreign: User = world.create("Steam", "foreign").await;
    let own = world.create("Epic", "own").await;
    activate(&world, &foreign).await;
    let claims = [
        ("person_id", &*foreign.person_id),
        ("player_uuid", &*foreign.player_uuid),
        ("active_player_uuid", &*foreign.player_uuid),
    ];
    let nobody = || TokenRequest::new::<&str>([]);
    let service = token_with(&world, nobody(), &claims);
    let player = token_with(&world, nobody().platform_user("Epic", "own"), &claims);
    for body in [json!({ "person_id": foreign.person_id }), pair(&foreign)] {
        for token in [&service, &player] {
            let answer = world.post(DISABLE, token, body.clone()).await;
            assert_eq!(answer.verdict(), refused("cannot_modify_person"));
        }
    }
    assert_eq!(world.post(DISABLE, &service, json!({})).await.verdict(), refused("invalid_token_claims"));
    assert_done(&world.post(ENABLE, &player, json!({})).await);
    assert_eq!(active(&world, &own).await, own.player_uuid.as_str());
    assert_eq!(active(&world, &foreign).await, foreign.player_uuid.as_str());
    for token in [&service, &player] {
        assert_eq!(world.get(&links_path(&foreign.player_uuid), token).await.status, 403);
    }
    assert_eq!(world.get(&links_path(&own.player_uuid), &player).await.status, 200);
}
