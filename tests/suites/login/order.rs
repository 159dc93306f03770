//! The order of checks: size, JSON, client, input, grant, configuration, proof, state, creation.

use serde_json::{Value, json};
use tests::{Answer, World};

use crate::{
    scene::{INTROSPECT, LOGIN, LOGOUT, REVOKE, TOKEN, anon, basic, change, enter, refresh, world_of},
    world_with,
};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(world: &World, path: &str, authorization: &str, kind: &str, body: impl Into<String>) -> Answer {
    let headers = [("authorization", authorization), ("content-type", kind)];
    world.send("POST", path, &headers, body.into()).await
}

/// The type of the first problem of a 422.
fn problem(answer: &Answer) -> String {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.json()["detail"][0]["type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_anything_else() {
    let world = world_of(json!({})).await;
    let large = "x".repeat(64 * 1024 + 1);
    for path in [LOGIN, LOGOUT, TOKEN, REVOKE, INTROSPECT] {
        let answer = send(&world, path, "Basic x", "application/json", large.clone()).await;
        assert_eq!(answer.verdict(), (413, "request_too_large".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn then_comes_what_is_no_json_and_then_the_client() {
    let world = world_of(json!({})).await;
    let (good, bad) = (basic("game"), basic("nobody"));
    for path in [LOGIN, TOKEN] {
        for authorization in [&good, &bad] {
            let answer = send(&world, path, authorization, "application/json", "{").await;
            assert_eq!(problem(&answer), "json_invalid", "{path}");
        }
        for body in ["{}", "[]", r#"{"grant_type":1}"#, ""] {
            let answer = send(&world, path, &bad, "application/json", body).await;
            assert_eq!(answer.verdict(), (403, "client_credentials_invalid".to_owned()), "{path} {body}");
        }
    }
    for path in [REVOKE, INTROSPECT] {
        for body in ["", "token=%", "token=x"] {
            let answer = send(&world, path, &bad, FORM, body).await;
            assert_eq!(answer.verdict(), (403, "client_credentials_invalid".to_owned()), "{path} {body}");
            let answer = send(&world, path, &good, FORM, body).await;
            assert_eq!(answer.verdict(), (403, "insufficient_permissions".to_owned()), "{path} {body}");
        }
    }
}

#[tokio::test]
async fn then_comes_the_input_and_then_the_grant() {
    let world = world_of(json!({})).await;
    let server = basic("server");
    let of = |grant: &str, more: Value| {
        let mut body = json!({ "grant_type": grant });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let wrong = send(&world, LOGIN, &server, "application/json", of("anon", json!({ "include_refresh": 2 }))).await;
    assert_eq!(problem(&wrong), "type_error.bool");
    for grant in ["anon", "refresh", "steam"] {
        let answer = send(&world, LOGIN, &server, "application/json", of(grant, json!({}))).await;
        assert_eq!(answer.verdict(), (403, "invalid_grant_type".to_owned()), "{grant}");
    }
    let disabled = send(&world, LOGIN, &basic("game"), "application/json", of("steam", json!({}))).await;
    assert_eq!(disabled.verdict(), (403, "steam_disabled".to_owned()));
    assert_eq!(world.operations("log-in"), Vec::<String>::new());
}

#[tokio::test]
async fn then_come_the_proof_the_state_of_the_user_and_its_creation() {
    let world = world_of(json!({})).await;
    let of_guest = async |id: &str| anon(&world, "guest", id).await.verdict();
    assert_eq!(of_guest("").await, (403, "anon_token_empty".to_owned()));
    assert_eq!(of_guest(&"x".repeat(2049)).await.0, 422);
    assert_eq!(of_guest("ada").await, (403, "create_new_user_not_allowed".to_owned()));
    let login = enter(&world, "ada").await;
    change(&world, login.player(), "deactivate").await;
    assert_eq!(of_guest("ada").await, (403, "user_auth_restricted".to_owned()));
}

/// A stranger learns that the session of a deactivated user is over from the user's state, as the
/// user itself does.
#[tokio::test]
async fn a_refresh_is_judged_by_the_state_of_the_user_before_its_session() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let of = async |client: &str| refresh(&world, client, login.refresh()).await.code();
    assert_eq!(of("guest").await, "refresh_token_client_id_mismatch");
    change(&world, login.player(), "lock").await;
    for client in ["game", "guest"] {
        assert_eq!(of(client).await, "user_auth_restricted");
    }
    change(&world, login.player(), "unlock").await;
    for client in ["game", "guest"] {
        assert_eq!(of(client).await, "refresh_token_not_found");
    }
}

#[tokio::test]
async fn where_login_is_off_nothing_is_found() {
    let off = ["LOGIN_ISSUER", "LOGIN_AUDIENCE", "LOGIN_KEYS", "LOGIN_SECRET"].map(|name| (name, ""));
    let world = world_with(&off).await;
    world.calls.forget();
    for path in [LOGIN, TOKEN] {
        let body = json!({ "grant_type": "client_credentials" }).to_string();
        for authorization in [basic("local"), "Basic x".to_owned()] {
            let answer = send(&world, path, &authorization, "application/json", body.clone()).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"not_found","desc":"Not Found"}"#);
            }
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    for path in [REVOKE, INTROSPECT] {
        let answer = send(&world, path, &basic("local"), FORM, "token=x").await;
        assert_eq!(answer.verdict(), (404, "not_found".to_owned()), "{path}");
    }
    let out = send(&world, LOGOUT, "", "application/json", r#"{"refresh_token":"x"}"#).await;
    assert_eq!(out.verdict(), (404, "not_found".to_owned()));
    assert_eq!(world.made().len(), 0);
}
