//! The order of checks: authentication, permission, validation, then the checks that need the data.

use roster_local::TokenRequest;
use serde_json::json;
use tests::World;

use crate::{CREATE, NO_ONE, bearer, post, refused, verdict};

const CREATE_NEEDS: &str = "user:platform:create, user:*";
const READ_NEEDS: &str = "user:platform:read, user:*";
const PURGE_NEEDS: &str = "purge:*:*, purge:person:admin, purge:person:self";
/// The permissions that a caller with `purge:person:self` still lacks.
const PURGE_OTHERS_NEEDS: &str = "purge:*:*, purge:person:admin";

/// Requests that need a permission before the input is checked, with invalid input.
fn wrong_requests() -> [(&'static str, &'static str, &'static str, &'static str); 6] {
    [
        ("POST", CREATE, "{", CREATE_NEEDS),
        ("GET", "/users/v1/platform-user?platform=none", "", READ_NEEDS),
        ("GET", "/users/v2/player/nobody/links", "", READ_NEEDS),
        ("POST", "/users/v1/person/nobody/purge", "{", PURGE_NEEDS),
        ("GET", "/users/v1/person/nobody/purge", "", PURGE_NEEDS),
        ("DELETE", "/users/v1/person/nobody/purge", "", PURGE_NEEDS),
    ]
}

#[tokio::test]
async fn a_request_that_is_wrong_in_every_way_is_told_about_its_token_first() {
    let world = World::start().await;
    for (method, path, body, _) in wrong_requests() {
        let answer = world.send(method, path, &[("content-type", "application/json")], body).await;
        assert_eq!(answer.verdict(), (403, "auth_token_format".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn then_about_its_permission_with_what_would_be_enough() {
    let world = World::start().await;
    let none = bearer(&world.service(&["user:modify", "purge", "purge:person", "user:platform:delete"]));
    for (method, path, body, needs) in wrong_requests() {
        let answer = world.send(method, path, &[("authorization", &none)], body).await;
        let desc = format!("Insufficient Permissions - Expected any of: {needs}");
        let expected = refused(true, "insufficient_permissions", &desc);
        assert_eq!(verdict(&answer), (403, &*expected), "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn then_about_its_input() {
    let world = World::start().await;
    for (method, path, body, _) in wrong_requests() {
        let answer = world.send(method, path, &[("authorization", &bearer(&world.admin()))], body).await;
        assert_eq!(answer.status, 422, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn then_about_the_data() {
    let world = World::start().await;
    let user = world.create("Steam", "42").await;
    let taken = post(&world, CREATE, r#"{"platform":"Steam","platform_user_id":"42"}"#).await;
    assert_eq!(verdict(&taken), (409, &*refused(true, "user_already_exists", "User already exists")));
    let short = post(&world, CREATE, r#"{"platform":"Steam","platform_user_id":"42","display_name":{}}"#).await;
    assert_eq!(short.status, 422, "the input is judged before the data");
    let missing = world.get(&format!("{CREATE}?platform=Steam&platform_user_id=43"), &world.admin()).await;
    assert_eq!(verdict(&missing), (404, &*refused(true, "user_not_found", "User not found")));
    let purge = format!("/users/v1/person/{NO_ONE}/purge");
    let unknown = world.post(&purge, &world.admin(), json!({})).await;
    assert_eq!(verdict(&unknown), (404, &*refused(true, "person_not_found", "Person not found")));
    let expected = refused(true, "purge_not_found", "No purge is queued for this person");
    for person in [NO_ONE, &*user.person_id] {
        let purge = format!("/users/v1/person/{person}/purge");
        assert_eq!(verdict(&world.get(&purge, &world.admin()).await), (404, &*expected));
        assert_eq!(verdict(&world.delete(&purge, &world.admin()).await), (404, &*expected));
    }
}

#[tokio::test]
async fn a_wildcard_covers_one_segment_in_the_middle_and_one_or_more_at_the_end() {
    let world = World::start().await;
    let (enough, too_little) = (422, 403);
    let held = [
        ("user:platform:create", enough),
        ("user:*", enough),
        ("user:platform:*", enough),
        ("user:*:create", enough),
        ("*", enough),
        ("*:*:*", enough),
        ("user", too_little),
        ("user:platform", too_little),
        ("user:*:*:*", too_little),
        ("*:create", too_little),
        ("user:platform:create:now", too_little),
        ("user:platform:crea*", too_little),
        ("User:platform:create", too_little),
        ("user:platform:read", too_little),
        ("", too_little),
    ];
    for (permission, status) in held {
        let answer = world.post(CREATE, &world.service(&[permission]), json!({})).await;
        assert_eq!(answer.status, status, "{permission}: {}", answer.text);
    }
}

#[tokio::test]
async fn to_purge_oneself_a_token_needs_a_platform_user_and_a_foreign_person_looks_like_a_missing_one() {
    let world = World::start().await;
    let (own, other) = (world.create("Steam", "42").await, world.create("Steam", "43").await);
    let desc = format!("Insufficient Permissions - Expected any of: {PURGE_OTHERS_NEEDS}");
    let expected = refused(true, "insufficient_permissions", &desc);
    let without = world.service(&["purge:person:self"]);
    let player = world.token(TokenRequest::new(["purge:person:self"]).platform_user("Steam", "42"));
    let attempts = [(&without, &*own.person_id), (&player, &*other.person_id), (&player, NO_ONE)];
    for (token, person) in attempts {
        let answer = world.post(&format!("/users/v1/person/{person}/purge"), token, json!({})).await;
        assert_eq!(verdict(&answer), (403, &*expected));
    }
    let answer = world.post(&format!("/users/v1/person/{}/purge", own.person_id), &player, json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
}
