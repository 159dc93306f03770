//! An issuer that does not publish valid keys lets nobody in, and does not stop the functions.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tests::{World, site::Response};

use crate::server::{
    AUDIENCE, ISSUER, KeyServer, key_set, known, new_key, token, unavailable, unknown_key, verdict, world,
};

const MINUTE: Duration = Duration::from_mins(1);

/// A bundle that was started while the issuer answered in this way, with the issuer's server.
async fn started_with(publishes: Response) -> (KeyServer, World) {
    let server = KeyServer::start(publishes).await;
    let world = server.world().await;
    (server, world)
}

#[tokio::test]
async fn without_keys_every_token_of_the_issuer_is_503_until_there_are_some() {
    let key = new_key();
    let (server, world) = started_with(Response::Status("503 Service Unavailable")).await;
    assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable());
    let answer = world.get(&format!("/v2/users/{}", uuid::Uuid::new_v4()), &token(&world, &key)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!(14)));
    let leader = json!({ "scheme": "Bearer", "credentials": token(&world, &key) });
    assert_eq!(world.post("/users/v1/link", &world.admin(), leader).await.verdict(), unavailable());
    // A token without `kid` may be signed by the issuer's only key.
    let signed = token(&world, &key);
    let (_, nameless) = signed.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "EdDSA" }).to_string());
    assert_eq!(verdict(&world, &format!("{header}.{nameless}")).await, unavailable());
    // The tokens of the other issuer are still accepted.
    assert_eq!(verdict(&world, &world.admin()).await, known());
    server.publish_keys(&[&key]);
    world.advance(Duration::from_secs(5));
    assert_eq!(verdict(&world, &token(&world, &key)).await, known());
}

#[tokio::test]
async fn only_a_whole_key_set_of_bounded_size_is_taken() {
    let key = new_key();
    let padded = |length: usize| {
        let set = key_set(&[&key]);
        Response::Json(format!("{set}{}", " ".repeat(length - set.len())))
    };
    let (server, world) = started_with(padded(128 * 1024)).await;
    assert_eq!(verdict(&world, &token(&world, &key)).await, known());
    for publishes in [
        padded(128 * 1024 + 1),
        Response::Json("{}".into()),
        Response::Json("<html>".into()),
        Response::Status("204 No Content"),
        Response::Status("404 Not Found"),
        Response::Half(r#"{"keys":[]}"#.into()),
    ] {
        let shown = format!("{publishes:?}").chars().take(80).collect::<String>();
        server.publish(publishes);
        world.advance(Duration::from_hours(25));
        assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable(), "{shown}");
    }
}

#[tokio::test]
async fn the_last_keys_serve_until_the_issuer_has_published_none_for_ten_minutes() {
    let (key, new) = (new_key(), new_key());
    for without_keys in without_usable_keys() {
        let server = KeyServer::with_keys(&[&key]).await;
        let world = server.world().await;
        server.publish(Response::Json(without_keys.clone()));
        let refresh = Duration::from_mins(10);
        tests::logs::take_lines();
        for pause in [refresh, refresh - MINUTE] {
            world.advance(pause);
            assert_eq!(verdict(&world, &token(&world, &key)).await, known(), "{without_keys}");
            assert_eq!(verdict(&world, &token(&world, &new)).await, unavailable(), "{without_keys}");
        }
        let lines = tests::logs::take_lines();
        let is_told = |line: &String| line.contains("publishes no usable key") && line.contains("\"WARN\"");
        assert!(lines.iter().any(is_told), "{lines:?}");
        world.advance(MINUTE);
        assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable(), "{without_keys}");
        server.publish_keys(&[&new]);
        world.advance(Duration::from_secs(5));
        assert_eq!(verdict(&world, &token(&world, &new)).await, known());
        assert_eq!(verdict(&world, &token(&world, &key)).await, unknown_key());
    }
}

#[tokio::test]
async fn an_issuer_that_publishes_no_key_now_and_then_keeps_its_keys() {
    let key = new_key();
    let server = KeyServer::with_keys(&[&key]).await;
    let world = server.world().await;
    let [empty, ..] = without_usable_keys();
    for _ in 0..3 {
        for publishes in [empty.clone(), key_set(&[&key])] {
            server.publish(Response::Json(publishes));
            world.advance(Duration::from_mins(10));
            assert_eq!(verdict(&world, &token(&world, &key)).await, known());
        }
    }
}

#[tokio::test]
async fn an_issuer_without_a_usable_key_at_start_is_503_until_it_has_one() {
    let key = new_key();
    for without_keys in without_usable_keys() {
        let (server, world) = started_with(Response::Json(without_keys)).await;
        for _ in 0..3 {
            assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable());
            world.advance(Duration::from_mins(10));
        }
        server.publish_keys(&[&key]);
        assert_eq!(verdict(&world, &token(&world, &key)).await, known());
    }
}

/// Key sets that verify no token.
fn without_usable_keys() -> [String; 2] {
    let secret = json!({ "kty": "oct", "kid": new_key().kid(), "k": "AAAA" });
    [json!({ "keys": [] }), json!({ "keys": [secret] })].map(|set| set.to_string())
}

#[tokio::test]
async fn a_new_key_that_cannot_be_fetched_is_503_and_the_known_ones_are_good() {
    let (old, new) = (new_key(), new_key());
    let server = KeyServer::with_keys(&[&old]).await;
    let world = server.world().await;
    server.publish(Response::Status("500 Internal Server Error"));
    world.advance(Duration::from_mins(1));
    for _ in 0..2 {
        assert_eq!(verdict(&world, &token(&world, &new)).await, unavailable());
        assert_eq!(verdict(&world, &token(&world, &old)).await, known());
    }
    // A token that no key of the issuer can have signed causes no fetch.
    let signed = token(&world, &new);
    let claims = signed.split('.').nth(1).unwrap();
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "kid": new.kid() }).to_string());
    assert_eq!(verdict(&world, &format!("{header}.{claims}.")).await, unknown_key());
    server.publish_keys(&[&old, &new]);
    world.advance(Duration::from_mins(1));
    assert_eq!(verdict(&world, &token(&world, &new)).await, known());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let key = new_key();
    let elsewhere = KeyServer::with_keys(&[&key]).await;
    let (_server, world) = started_with(Response::Redirect(elsewhere.url.clone())).await;
    assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable());
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn an_issuer_that_never_answers_costs_a_request_two_seconds_and_no_more() {
    let key = new_key();
    let (_server, world) = started_with(Response::Silence).await;
    world.advance(Duration::from_secs(5));
    // After 8 s, their own limit, the functions would also answer 503, but the log would not have
    // the reason.
    assert_eq!(verdict(&world, &token(&world, &key)).await, unavailable());
    assert!(tests::logs::text().contains("no response within 2s"));
}

#[tokio::test]
async fn a_key_for_something_else_in_the_set_does_not_stop_the_others() {
    let key = new_key();
    let mut set: serde_json::Value = serde_json::from_str(&key_set(&[&key])).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, json!({ "kty": "RSA", "use": "enc", "kid": "enc", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB" }));
    keys.push(json!({ "kty": "EC", "crv": "P-384", "kid": "big", "x": "AAAA", "y": "AAAA" }));
    let (_server, world) = started_with(Response::Json(set.to_string())).await;
    assert_eq!(verdict(&world, &token(&world, &key)).await, known());
}

#[tokio::test]
async fn an_opaque_token_is_not_a_jwt() {
    let world =
        world(&json!([{ "issuer": ISSUER, "audience": AUDIENCE, "jwks_url": "http://127.0.0.1:9/keys" }])).await;
    for opaque in ["dGhpcyBpcyBvcGFxdWU", "2YotnFZFEjr1zCsicMWpAA", "V2_1234-at_5678"] {
        assert_eq!(verdict(&world, opaque).await, (403, "auth_not_jwt".into()));
    }
}
