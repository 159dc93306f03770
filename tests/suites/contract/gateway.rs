//! Paths, methods and sizes.

use tests::World;

use crate::{CREATE, bearer, rallyhere, refused, verdict, zitadel};

#[tokio::test]
async fn an_unknown_path_is_404_in_the_dialect_of_the_path() {
    let world = World::start().await;
    let rallyhere = refused(true, "not_found", "Not Found");
    let zitadel = r#"{"code":5,"message":"Not Found"}"#;
    let paths = [
        ("/", &*rallyhere),
        ("/users", &rallyhere),
        ("/users/v1/platform-user/", &rallyhere),
        ("/users/v1/platform-users", &rallyhere),
        ("/Users/v1/platform-user", &rallyhere),
        ("/users/v1/person/x", &rallyhere),
        ("/v2/usersx", &rallyhere),
        ("/v2/player", &rallyhere),
        ("/v2/users", zitadel),
        ("/v2/users/", zitadel),
        ("/v2/users/x/lockdown", zitadel),
        ("/v2/users/x/deactivate/now", zitadel),
        ("/zitadel.user.v2.UserService/DeleteUser", zitadel),
        ("/zitadel.user.v2.UserService/DeactivateUser/", zitadel),
        ("/zitadel.", zitadel),
    ];
    for (path, expected) in paths {
        for method in ["GET", "POST", "DELETE", "PATCH"] {
            let answer = world.send(method, path, &[], "").await;
            assert_eq!(verdict(&answer), (404, expected), "{method} {path}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
            assert_eq!(answer.header("allow"), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_with_the_right_ones() {
    let world = World::start().await;
    let rallyhere = refused(true, "method_not_allowed", "Method Not Allowed");
    let zitadel = r#"{"code":12,"message":"Method Not Allowed"}"#;
    let routes = [
        ("PATCH", "/users/v1/person/x/purge", "DELETE, GET, POST", &*rallyhere),
        ("DELETE", "/users/v1/person/x/purge/receipt", "GET", &rallyhere),
        ("GET", "/users/v1/link", "POST", &rallyhere),
        ("GET", "/users/v1/unlink", "POST", &rallyhere),
        ("PUT", "/users/v1/cross-progression/enable", "POST", &rallyhere),
        ("GET", "/users/v1/cross-progression/disable", "POST", &rallyhere),
        ("PUT", "/users/v1/person/x/purge", "DELETE, GET, POST", &rallyhere),
        ("POST", "/users/v2/player/x/links", "GET", &rallyhere),
        ("GET", "/v2/users/x/deactivate", "POST", zitadel),
        ("DELETE", "/v2/users/x/reactivate", "POST", zitadel),
        ("PUT", "/v2/users/x/lock", "POST", zitadel),
        ("GET", "/v2/users/x/unlock", "POST", zitadel),
        ("POST", "/v2/users/x", "GET", zitadel),
        ("GET", "/zitadel.user.v2.UserService/DeactivateUser", "POST", zitadel),
    ];
    for (method, path, allow, expected) in routes {
        let answer = world.send(method, path, &[], "").await;
        assert_eq!(verdict(&answer), (405, expected), "{method} {path}");
        let mut methods: Vec<_> = answer.header("allow").unwrap().split(", ").collect();
        methods.sort_unstable();
        assert_eq!(methods.join(", "), allow, "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
    }
}

/// JSON of exactly this many bytes, with an unknown field as long as needed.
fn body_of(bytes: usize) -> String {
    let rest = r#"{"platform":"Steam","platform_user_id":"42","padding":""}"#;
    rest.replace(r#""}"#, &format!(r#"{}"}}"#, "a".repeat(bytes - rest.len())))
}

#[tokio::test]
async fn a_body_has_at_most_65_536_bytes() {
    let world = World::start().await;
    let headers = [("authorization", &*bearer(&world.admin())), ("content-type", "application/json")];
    let fits = body_of(65_536);
    assert_eq!(fits.len(), 65_536);
    assert_eq!(world.send("POST", CREATE, &headers, fits.clone()).await.status, 201);
    let rallyhere = refused(true, "request_too_large", "Request body is larger than 65536 bytes");
    let zitadel = r#"{"code":8,"message":"Request body is larger than 65536 bytes"}"#;
    let user = format!("/v2/users/{}/deactivate", crate::NO_ONE);
    for (path, expected) in [(CREATE, &*rallyhere), ("/users/v1/link", &rallyhere), (&user, zitadel)] {
        for headers in [&headers[..], &[]] {
            let answer = world.send("POST", path, headers, body_of(65_537)).await;
            assert_eq!(verdict(&answer), (413, expected), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        }
    }
    assert_eq!(world.send("POST", &user, &headers, fits).await.status, 404, "read as JSON, and nobody's id");
}

#[tokio::test]
async fn more_than_10_240_bytes_of_head_are_the_gateway_s_431() {
    let world = World::start().await;
    let path = format!("/users/v1/platform-user?platform=Steam&platform_user_id={}", "a".repeat(10_240));
    for answer in [
        world.get(&path, &world.admin()).await,
        world.send("GET", "/v2/users/x", &[("x-padding", &"a".repeat(10_240))], "").await,
    ] {
        assert_eq!(verdict(&answer), (431, r#"{"message":"Request Header Fields Too Large"}"#));
    }
}

#[tokio::test]
async fn an_answer_without_a_body_has_no_content_type() {
    let world = World::start().await;
    let (leader, follower) = (world.create("Steam", "42").await, world.create("Epic", "43").await);
    let account = serde_json::json!({ "platform": "Epic", "platform_user_id": "43" });
    let admin = world.admin();
    let purge = format!("/users/v1/person/{}/purge", leader.person_id);
    let mut answers = vec![
        world.post("/users/v1/link", &admin, tests::world::link_body(&leader, &follower)).await,
        world.post("/users/v1/cross-progression/enable", &admin, account.clone()).await,
        world.post("/users/v1/cross-progression/disable", &admin, account.clone()).await,
        world.post("/users/v1/unlink", &admin, account).await,
    ];
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(world.queue_purge(&leader.person_id, None).await.status, 202);
    answers.push(world.delete(&purge, &admin).await);
    assert_eq!(answers[4].status, 204);
    for answer in answers {
        assert_eq!((answer.text.as_str(), answer.header("content-type")), ("", None), "{answer:?}");
    }
}

#[tokio::test]
async fn a_path_that_is_a_route_only_once_it_is_decoded_is_404() {
    let world = World::start().await;
    for (method, path) in [("GET", "/users%2Fv1/platform-user"), ("POST", "/v2/users/abc%2Fdeactivate")] {
        let answer = world.send(method, path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (404, None), "{method} {path}");
    }
}

#[tokio::test]
async fn the_route_is_looked_at_before_the_size_of_the_body() {
    let world = World::start().await;
    let body = vec![b'x'; 65_537];
    for (method, path, status) in
        [("POST", "/nope", 404), ("POST", "/v2/users/x/nope", 404), ("PUT", "/users/v1/link", 405)]
    {
        assert_eq!(world.send(method, path, &[], body.clone()).await.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn no_answer_may_be_stored() {
    let world = World::start().await;
    let admin = bearer(&world.admin());
    let unknown =
        [("GET", "/"), ("DELETE", CREATE), ("GET", "/v2/users"), ("POST", "/zitadel.user.v2.UserService/LockUser")];
    let mut statuses = std::collections::BTreeSet::new();
    let unknown = unknown.map(|(method, path)| (method.to_owned(), path.to_owned()));
    for (method, path) in rallyhere().into_iter().chain(zitadel()).chain(unknown) {
        for token in ["", &admin] {
            let body = r#"{"platform":"Steam","platform_user_id":"42"}"#;
            let headers = [("authorization", token), ("content-type", "application/json")];
            let answer = world.send(&method, &path, &headers, body).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path} {}", answer.status);
            statuses.insert(answer.status);
        }
    }
    let call = "/zitadel.user.v2.UserService/LockUser";
    for (path, content_type, length) in [
        (CREATE, "application/json", 65_537),
        (call, "application/json", 65_537),
        (call, "application/grpc", 0),
        (call, "application/grpc-web", 0),
    ] {
        let headers = [("authorization", &*admin), ("content-type", content_type)];
        let answer = world.send("POST", path, &headers, vec![b' '; length]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path} {content_type}");
        statuses.insert(answer.status);
    }
    assert_eq!(statuses, [200, 201, 400, 401, 403, 404, 405, 413, 415, 422, 429].into());
}
