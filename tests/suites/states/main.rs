//! Deactivate, reactivate, lock, unlock and get: bodies, encodings, order of checks, races. And the
//! sessions of users, which deactivate and lock end.

mod bodies;
mod changes;
mod checks;
mod matrix;
mod proto;
mod protocols;
mod sessions;
mod shown;
mod wires;

use tests::{Answer, User, World};

const NO_ONE: &str = "00000000-0000-4000-8000-000000000000";

fn path(user_id: &str, change: &str) -> String {
    format!("/v2/users/{user_id}/{change}")
}

/// Sends a POST without a body, as a caller with every permission.
async fn change(world: &World, user: &User, change: &str) -> Answer {
    post(world, &path(&user.player_uuid, change), &world.admin(), "").await
}

/// Sends a POST of any body as JSON, with a token.
async fn post(world: &World, path: &str, token: &str, body: &str) -> Answer {
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    world.send("POST", path, &headers, body.to_owned()).await
}

async fn get(world: &World, user: &User) -> Answer {
    world.get(&format!("/v2/users/{}", user.player_uuid), &world.admin()).await
}

async fn state(world: &World, user: &User) -> String {
    let answer = get(world, user).await;
    answer.json()["user"]["state"].as_str().expect(&answer.text).to_owned()
}

fn detail(answer: &Answer, name: &str) -> String {
    answer.json()["details"][name].as_str().expect(&answer.text).to_owned()
}

/// Status and body, for short assertions.
fn verdict(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.text)
}
