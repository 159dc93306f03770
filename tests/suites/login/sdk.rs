//! The requests of RallyHere's game client, byte by byte (docs/contract/rallyhere.md, "Login").

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde_json::{Value, json};
use tests::{Answer, World};

use crate::scene::{LOGIN, LOGOUT, Login, NO_CLIENT};

const JSON: &str = "application/json; charset=utf-8";

/// A client whose id and secret need both characters in which the alphabets differ, and padding.
const CLIENT: &str = "game?>~";
const SECRET: &str = "s?>~ecret>>>?>";

async fn world() -> World {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, SECRET.as_bytes());
    let secret: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let client = json!({
        "client_id": CLIENT, "secret_sha256": [secret], "grants": ["anon", "refresh", "client_credentials"],
        "permissions": [],
    });
    crate::scene::world_of(json!({ "clients": [client] })).await
}

fn basic() -> String {
    let encoded = URL_SAFE.encode(format!("{CLIENT}:{SECRET}"));
    assert!(encoded.contains('-') && encoded.contains('_') && encoded.ends_with('='), "{encoded}");
    format!("Basic {encoded}")
}

/// An object as Unreal prints it on Windows.
fn pretty(members: &[(&str, &str)]) -> String {
    let lines: Vec<_> = members.iter().map(|(name, value)| format!("\t\"{name}\": {value}")).collect();
    format!("{{\r\n{}\r\n}}", lines.join(",\r\n"))
}

fn login(id: &str) -> String {
    pretty(&[
        ("grant_type", "\"anon\""),
        ("portal_access_token", &format!("\"{id}\"")),
        ("portal_display_name", "\"Ada\""),
        ("include_refresh", "true"),
        ("accept_eula", "false"),
        ("accept_tos", "false"),
        ("accept_privacy_policy", "false"),
    ])
}

fn refresh(token: &str) -> String {
    let token = format!("\"{token}\"");
    pretty(&[("grant_type", "\"refresh\""), ("portal_access_token", &token), ("include_refresh", "true")])
}

async fn send(world: &World, body: String, address: Option<&str>) -> Answer {
    let authorization = basic();
    let mut headers =
        vec![("authorization", &*authorization), ("content-type", JSON), ("user-agent", "X-UnrealEngine-Agent")];
    headers.extend(address.map(|address| ("x-rh-client-addr", address)));
    world.send("POST", LOGIN, &headers, body).await
}

#[tokio::test]
async fn a_login_is_read_as_the_game_client_writes_it() {
    let world = world().await;
    let long = "2001:0db8:0000:0000:0000:ff00:0042:8329";
    assert_eq!(long.len(), 39);
    for address in [None, Some(""), Some("127.0.0.1"), Some(long)] {
        let login = Login::of(&world, send(&world, login("ada"), address).await).await;
        assert_eq!((login.text("display_name"), login.text("client_id")), ("Ada", CLIENT));
        Login::of(&world, send(&world, refresh(login.refresh()), address).await).await;
    }
}

#[tokio::test]
async fn a_game_server_logs_in_as_the_game_client_writes_it() {
    let world = world().await;
    let body = pretty(&[
        ("grant_type", "\"client_credentials\""),
        ("portal_access_token", "\"\""),
        ("include_refresh", "false"),
        ("accept_eula", "true"),
        ("accept_tos", "true"),
        ("accept_privacy_policy", "true"),
    ]);
    let login = Login::of(&world, send(&world, body, Some("")).await).await;
    assert_eq!(login.claims["sub"], CLIENT);
    for absent in ["active_player_uuid", "person_id", "portal_user_id", "refresh_token"] {
        assert_eq!(login.body.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_game_client_without_an_id_sends_no_credentials_and_is_refused() {
    let world = world().await;
    let answer = world.send("POST", LOGIN, &[("content-type", JSON)], login("ada")).await;
    assert_eq!((answer.status, answer.text.as_str()), (403, NO_CLIENT));
}

/// The game client refreshes when a call is refused with `auth_success` false, and then repeats the
/// call.
#[tokio::test]
async fn login_call_refusal_refresh_call_and_logout_follow_each_other() {
    let world = world().await;
    let first = Login::of(&world, send(&world, login("ada"), Some("")).await).await;
    let call = format!("/users/v2/player/{}/links", first.text("active_player_uuid"));
    assert_eq!(world.get(&call, first.access()).await.status, 200);
    world.advance(Duration::from_secs(3600 + 60));
    let refused = world.get(&call, first.access()).await;
    assert_eq!(refused.verdict(), (403, "auth_token_expired".to_owned()));
    assert_eq!(refused.json()["auth_success"], false);
    let second = Login::of(&world, send(&world, refresh(first.refresh()), None).await).await;
    assert_eq!(world.get(&call, second.access()).await.status, 200);
    let body = pretty(&[("refresh_token", &format!("\"{}\"", second.refresh()))]);
    let out = world.send("POST", LOGOUT, &[("content-type", JSON)], body).await;
    assert_eq!((out.status, out.text.as_str()), (200, "null"));
    let gone = send(&world, refresh(second.refresh()), None).await;
    assert_eq!(gone.verdict(), (403, "refresh_token_not_found".to_owned()));
    assert_eq!(gone.json()["auth_success"], true);
}

#[tokio::test]
async fn a_logout_without_a_refresh_token_is_invalid() {
    let world = world().await;
    for (body, kind) in [
        (pretty(&[("refresh_token", "\"\"")]), "value_error.any_str.min_length"),
        ("{\r\n}".to_owned(), "value_error.missing"),
    ] {
        let answer = world.send("POST", LOGOUT, &[("content-type", JSON)], body).await;
        let problem: Value = answer.json()["detail"][0]["type"].clone();
        assert_eq!((answer.status, problem), (422, json!(kind)));
    }
}
