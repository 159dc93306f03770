//! Reads under faults.

use serde_json::json;
use tests::{
    Fault, User, World,
    world::{link_body, purge_path},
};

use crate::{FAILED_ATTEMPTS, plan};

/// A request in which this function reads by this operation.
struct Read {
    function: &'static str,
    operation: &'static str,
    method: &'static str,
    path: String,
    body: serde_json::Value,
    token: String,
    status: u16,
}

async fn reads(world: &World, user: &User, other: &User) -> Vec<Read> {
    let admin = world.admin();
    let read = |function, operation, method, path: String, body, token: &str| Read {
        function,
        operation,
        method,
        path,
        body,
        token: token.to_owned(),
        status: 200,
    };
    let none = || json!(null);
    let find = format!("/users/v1/platform-user?platform=Steam&platform_user_id={}", user.platform_user_id);
    let links = format!("/users/v2/player/{}/links", user.player_uuid);
    vec![
        read("find-platform-user", "GetItem", "GET", find.clone(), none(), &admin),
        read("find-platform-user", "BatchGetItem", "GET", find, none(), &admin),
        read("get-player-links", "BatchGetItem", "GET", links, none(), &admin),
        read("get-user", "GetItem", "GET", format!("/v2/users/{}", user.player_uuid), none(), &admin),
        read("get-person-purge", "GetItem", "GET", purge_path(&user.person_id), none(), &admin),
        // This request is refused, since the follower's purge is queued.
        Read {
            status: 400,
            ..read(
                "link-platform-user",
                "BatchGetItem",
                "POST",
                "/users/v1/link".into(),
                link_body(other, user),
                &admin,
            )
        },
    ]
}

async fn stage() -> (World, User, User) {
    let world = World::start().await;
    let (user, other) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    assert_eq!(world.queue_purge(&user.person_id, Some(world.now() + 86_400)).await.status, 202);
    (world, user, other)
}

impl Read {
    async fn send(&self, world: &World) -> tests::Answer {
        let headers = [("authorization", &*format!("Bearer {}", self.token)), ("content-type", "application/json")];
        let body = if self.body.is_null() { String::new() } else { self.body.to_string() };
        world.send(self.method, &self.path, &headers, body).await
    }
}

#[tokio::test]
async fn a_read_that_met_a_passing_fault_is_repeated_and_answers_the_same() {
    let (world, user, other) = stage().await;
    for read in reads(&world, &user, &other).await {
        let expected = read.send(&world).await;
        assert_eq!(expected.status, read.status, "{}: {}", read.function, expected.text);
        for fault in [Fault::Throttled, Fault::ServerError, Fault::EmptyServerError, Fault::LostAnswer] {
            world.fault(read.function, read.operation, fault);
            let answer = read.send(&world).await;
            assert_eq!((answer.status, answer.text), (expected.status, expected.text.clone()), "{}", read.function);
            assert_eq!(world.calls.faults_left(), 0, "{} {fault:?}", read.function);
        }
    }
}

#[tokio::test]
async fn a_read_that_fails_six_times_is_503() {
    let (world, user, other) = stage().await;
    for read in reads(&world, &user, &other).await {
        plan(&world, read.function, read.operation, Fault::ServerError, FAILED_ATTEMPTS);
        let answer = read.send(&world).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", read.function);
        assert_eq!(world.calls.faults_left(), 0, "{}", read.function);
        assert_eq!(read.send(&world).await.status, read.status, "{}", read.function);
    }
}

#[tokio::test]
async fn keys_that_come_back_unprocessed_are_asked_for_again() {
    let (world, user, other) = stage().await;
    let batches = reads(&world, &user, &other).await.into_iter().filter(|read| read.operation == "BatchGetItem");
    for read in batches {
        let expected = read.send(&world).await;
        let quiet = world.operations(read.function).len();
        world.calls.forget();
        plan(&world, read.function, "BatchGetItem", Fault::Unprocessed, 2);
        let answer = read.send(&world).await;
        assert_eq!((answer.status, answer.text), (expected.status, expected.text), "{}", read.function);
        assert_eq!(world.operations(read.function).len(), quiet + 2, "{}", read.function);
        assert_eq!(world.calls.faults_left(), 0);
    }
}

#[tokio::test]
async fn keys_that_stay_unprocessed_are_503_and_not_taken_for_missing() {
    let (world, user, other) = stage().await;
    let batches = reads(&world, &user, &other).await.into_iter().filter(|read| read.operation == "BatchGetItem");
    for read in batches {
        plan(&world, read.function, "BatchGetItem", Fault::Unprocessed, FAILED_ATTEMPTS);
        let answer = read.send(&world).await;
        assert_eq!((answer.status, world.calls.faults_left()), (503, 0), "{}: {}", read.function, answer.text);
    }
}
