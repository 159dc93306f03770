//! Helpers that the tests of this suite use often.

use std::collections::BTreeMap;

use roster_local::TokenRequest;
use serde_json::{Value, json};
pub use tests::PLATFORMS;
use tests::{
    Answer, User, World,
    tables::{Item, items},
    world::percent,
};

pub const CREATE: &str = "/users/v1/platform-user";
pub const ENABLE: &str = "/users/v1/cross-progression/enable";
pub const DISABLE: &str = "/users/v1/cross-progression/disable";
pub const LINK: &str = "/users/v1/link";
pub const UNLINK: &str = "/users/v1/unlink";

/// A valid id that nobody has.
pub const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Status and `error_code` of a success without a body.
pub fn done() -> (u16, String) {
    (200, String::new())
}

/// Status and `error_code` of a 400.
pub fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

/// The body that names this user.
pub fn pair(user: &User) -> Value {
    json!({ "platform": user.platform, "platform_user_id": user.platform_user_id })
}

/// A user that was never created.
pub fn stranger(platform: &str) -> User {
    User {
        platform: platform.to_owned(),
        platform_user_id: "nobody".to_owned(),
        player_uuid: NOBODY.to_owned(),
        player_id: 0,
        person_id: NOBODY.to_owned(),
    }
}

/// Creates a person with one user on each of these platforms. `name` makes its accounts unique.
pub async fn person(world: &World, name: &str, platforms: &[&str]) -> Vec<User> {
    let mut users: Vec<User> = Vec::new();
    for platform in platforms {
        let mut user = world.create(platform, &format!("{name} on {platform}")).await;
        if let Some(first) = users.first() {
            world.link(first, &user).await;
            user.person_id.clone_from(&first.person_id);
        }
        users.push(user);
    }
    users
}

/// Makes this user's player the active one of its person.
pub async fn activate(world: &World, user: &User) {
    assert_eq!(world.post(ENABLE, &world.admin(), pair(user)).await.verdict(), done());
}

/// Queues a purge that is not due soon.
pub async fn restrict(world: &World, person_id: &str) {
    assert_eq!(world.queue_purge(person_id, None).await.status, 202);
}

/// Makes a user inactive.
pub async fn deactivate(world: &World, user: &User) {
    let path = format!("/v2/users/{}/deactivate", user.player_uuid);
    assert_eq!(world.post(&path, &world.admin(), json!({})).await.status, 200);
}

/// The active player of a user's person. `null` if there is none.
pub async fn active(world: &World, user: &User) -> Value {
    world.find(user).await.unwrap()["active_player_uuid"].clone()
}

/// The person that a user belongs to now.
pub async fn person_of(world: &World, user: &User) -> String {
    world.find(user).await.unwrap()["person_id"].as_str().unwrap().to_owned()
}

/// The details of a user: the number of its changes, and the times of its creation and its last
/// change.
pub async fn details(world: &World, user: &User) -> Value {
    let answer = world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["details"].clone()
}

/// A player's token with these permissions.
pub fn player_with(world: &World, user: &User, permissions: &[&str]) -> String {
    let request = TokenRequest::new(permissions.iter().copied());
    world.token(request.platform_user(&user.platform, &user.platform_user_id))
}

/// The path that finds this user.
pub fn find_path(user: &User) -> String {
    format!("{CREATE}?platform={}&platform_user_id={}", user.platform, percent(&user.platform_user_id))
}

/// The path of a player's links.
pub fn links_path(player_uuid: &str) -> String {
    format!("/users/v2/player/{player_uuid}/links")
}

/// Everything that requests about people may change, by table and key.
pub async fn stored(world: &World) -> Vec<BTreeMap<String, Item>> {
    let mut stored = Vec::new();
    for table in ["PersonsTable", "UsersTable", "IdentitiesTable"] {
        stored.push(items(world, table).await);
    }
    stored
}

/// Everything in an answer except for its time and the request's id.
pub fn bytes(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "apigw-requestid"));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, headers.collect(), answer.text.clone())
}

/// Fails unless the answer is exactly this 400.
pub fn assert_refusal(answer: &Answer, code: &str, desc: &str) {
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(answer.json(), json!({ "auth_success": true, "error_code": code, "desc": desc }));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// Fails unless the answer is a 200 without a body.
pub fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("content-type"), None);
}
