//! The rights of web pages of other origins. The gateway sets the CORS headers for the functions.

use std::collections::BTreeSet;

use roster_local::Options;
use tests::{Answer, World};

use crate::{CREATE, USER, bearer, rallyhere, zitadel};

const PAGE: &str = "https://play.example.com";
const CALL: &str = "/zitadel.user.v2.UserService/GetUserByID";
/// All CORS headers of an answer.
const HEADERS: [&str; 6] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
];

async fn world_for(origins: &str) -> World {
    World::start_with(Options { cors: Some(origins.to_owned()), ..Options::default() }).await
}

async fn preflight(world: &World, path: &str, origin: &str, method: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    world.send("OPTIONS", path, &headers, "").await
}

/// The values of an answer's CORS headers.
fn said(answer: &Answer) -> Vec<&str> {
    HEADERS.into_iter().filter(|name| answer.headers.contains_key(*name)).collect()
}

fn list(answer: &Answer, name: &str) -> BTreeSet<String> {
    answer.header(name).expect(name).split(',').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_preflight_of_every_route_is_allowed_to_a_known_origin() {
    let world = world_for(&format!("{PAGE},http://localhost:3000")).await;
    let call = [("POST".to_owned(), CALL.to_owned())];
    for (method, path) in rallyhere().into_iter().chain(zitadel()).chain(call) {
        for origin in [PAGE, "http://localhost:3000"] {
            let answer = preflight(&world, &path, origin, &method).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{method} {path}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{method} {path}");
            assert!(list(&answer, "access-control-allow-methods").contains(&method), "{method} {path}");
            let allowed = list(&answer, "access-control-allow-headers");
            assert!(["authorization", "content-type"].iter().all(|name| allowed.contains(*name)), "{allowed:?}");
            assert_eq!(answer.header("access-control-max-age"), Some("7200"), "{method} {path}");
            assert_eq!(answer.header("vary"), Some("origin"), "{method} {path}");
            // Tokens are not cookies, so no page needs credentials.
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn an_answer_may_be_read_by_a_known_origin_with_the_headers_that_clients_need() {
    let world = world_for(PAGE).await;
    let headers = [("origin", PAGE), ("content-type", "application/grpc-web+proto")];
    for (method, path) in [("POST", CREATE), ("GET", USER), ("POST", CALL), ("PUT", CREATE), ("GET", "/no")] {
        let answer = world.send(method, path, &headers, "").await;
        assert_eq!(said(&answer), ["access-control-allow-origin", "access-control-expose-headers"], "{method} {path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE), "{method} {path}");
        let exposed = list(&answer, "access-control-expose-headers");
        for name in
            ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after", "apigw-requestid", "allow"]
        {
            assert!(exposed.contains(name), "{name}: {exposed:?}");
        }
        assert_eq!(answer.header("vary"), Some("origin"), "{method} {path}");
    }
}

#[tokio::test]
async fn another_origin_is_told_nothing_but_that_answers_differ() {
    let world = world_for(PAGE).await;
    let near = ["https://play.example.com:8443", "http://play.example.com", "https://example.com", "null", ""];
    for origin in near.into_iter().chain([&*format!("{PAGE}.evil.example"), &*format!("{PAGE}/")]) {
        let asked = preflight(&world, CREATE, origin, "POST").await;
        let answered = world.send("POST", CREATE, &[("origin", origin)], "").await;
        for answer in [asked, answered] {
            assert_eq!((said(&answer), answer.header("vary")), (vec![], Some("origin")), "{origin}");
        }
    }
    let without_origin = world.send("POST", CREATE, &[], "").await;
    assert_eq!((said(&without_origin), without_origin.header("vary")), (vec![], Some("origin")));
}

#[tokio::test]
async fn a_star_allows_every_origin_with_one_answer_for_all() {
    let world = world_for("*").await;
    let answer = preflight(&world, CREATE, "https://anywhere.example", "POST").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(answer.header("vary"), None);
}

#[tokio::test]
async fn without_allowed_origins_no_answer_speaks_of_cors() {
    let world = World::start().await;
    let asked = preflight(&world, CREATE, PAGE, "POST").await;
    let headers = [("origin", PAGE), ("authorization", &*bearer(&world.admin()))];
    let answered = world.send("GET", CREATE, &headers, "").await;
    for answer in [asked, answered] {
        assert_eq!((said(&answer), answer.header("vary")), (vec![], None));
    }
}

#[tokio::test]
async fn options_that_are_no_preflight_are_a_wrong_method() {
    let world = world_for(PAGE).await;
    for headers in [&[][..], &[("origin", PAGE)], &[("access-control-request-method", "POST")]] {
        assert_eq!(world.send("OPTIONS", CREATE, headers, "").await.status, 405, "{headers:?}");
    }
}

#[tokio::test]
async fn the_gateways_own_refusals_are_for_no_page() {
    let world = world_for(PAGE).await;
    let answer = world.send("POST", CREATE, &[("origin", PAGE), ("x", &"a".repeat(10_240))], "").await;
    assert_eq!((answer.status, said(&answer)), (431, vec![]));
}

#[tokio::test]
async fn the_bundle_does_not_start_for_what_is_no_origin() {
    let wrong = [
        "play.example.com",
        "https://play.example.com/",
        "https://Play.example.com",
        "http://play.example.com",
        "https://a.example, https://b.example",
        "https://a.example,",
        "https://a.example,*",
        "https://a.example:port",
        "https://a.example:443",
        "https://a.example,http://localhost:80",
        "https://a.example:0",
        "https://a.example:08443",
        "https://a.example:123456",
        "https://.",
        "https://a..b",
        "https://-a.example",
    ];
    let too_many = vec!["https://play.example.com"; 100].join(",");
    for origins in wrong.into_iter().chain([too_many.as_str()]) {
        let options = Options { cors: Some(origins.to_owned()), ..Options::default() };
        let error = roster_local::Bundle::start(options).await.unwrap_err().to_string();
        let expected =
            format!("the template's parameter CorsAllowedOrigins cannot be {origins:?}: it should be origins");
        assert!(error.starts_with(&expected) && error.contains("http://localhost:3000"), "{error}");
    }
}
