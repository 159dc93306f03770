//! The pages at which the local bundle shows the document.

use serde_json::Value;
use tests::{World, openapi::Document};

#[tokio::test]
async fn the_bundle_serves_its_own_document() {
    let world = World::start().await;
    let answer = world.send("GET", "/openapi.json", &[], "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(serde_json::from_str::<Value>(&answer.text).unwrap(), Document::load().0);
}

#[tokio::test]
async fn the_page_and_everything_that_it_loads_come_from_the_bundle() {
    let world = World::start().await;
    let moved = world.send("GET", "/docs", &[], "").await;
    assert_eq!((moved.status, moved.header("location")), (308, Some("/docs/")));
    let page = world.send("GET", "/docs/", &[], "").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    let sources = page.text.split(['"', '\'']).filter(|text| text.starts_with("./") || text.ends_with(".css"));
    let sources: Vec<_> = sources.map(|text| text.trim_start_matches("./").to_owned()).collect();
    assert!(sources.iter().any(|source| source == "swagger-ui-bundle.js"), "{sources:?}");
    for source in &sources {
        let part = world.send("GET", &format!("/docs/{source}"), &[], "").await;
        assert_eq!(part.status, 200, "{source}");
    }
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{}", page.text);
    let start = world.send("GET", "/docs/swagger-initializer.js", &[], "").await;
    assert!(
        start.text.contains("\"/openapi.json\"") && start.text.contains("\"validatorUrl\": \"none\""),
        "{}",
        start.text
    );
}

#[tokio::test]
async fn the_pages_stand_in_the_way_of_no_route() {
    let world = World::start().await;
    for (method, path) in
        [("POST", "/openapi.json"), ("GET", "/docs/none"), ("GET", "/docsx"), ("GET", "/openapi.yaml")]
    {
        let answer = world.send(method, path, &[], "").await;
        assert_eq!(answer.verdict(), (404, "not_found".into()), "{method} {path}");
    }
}
