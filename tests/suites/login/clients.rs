//! Tokens of clients themselves.

use serde_json::{Value, json};
use tests::{Answer, World};

use crate::scene::{LOGIN, NO_CLIENT, TOKEN, ask, basic, masked, send_form, verified, world_of};

fn grant() -> Value {
    json!({ "grant_type": "client_credentials" })
}

/// Fails unless the answer's token is one of this client, with these permissions.
async fn holds_token(world: &World, answer: &Answer, client: &str, permissions: &[&str]) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let headers = [answer.header("content-type"), answer.header("cache-control")];
    assert_eq!(headers, [Some("application/json"), Some("no-store")]);
    let claims = verified(world, answer.json()["access_token"].as_str().expect("a token")).await;
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "permissions", "sub", "token_type", "ver"]);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(client), &json!(client)));
    assert_eq!(claims["permissions"], json!(permissions));
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own_by_login() {
    let world = world_of(json!({})).await;
    // As a game server sends it.
    let body = json!({
        "grant_type": "client_credentials", "include_refresh": false, "accept_eula": true, "accept_tos": true,
        "accept_privacy_policy": true,
    });
    let answer = ask(&world, LOGIN, "server", body).await;
    insta::assert_snapshot!(masked(&answer.text), @r#"{"access_token":"[jwt]","permissions":["user:platform:read"],"restrictions":[],"client_id":"server","token_type":"Bearer","expires_in":3600,"publisher_uuid":"[uuid]","tenant_uuid":"[uuid]","config_elector_uuid":"[uuid]","client_uuid":"[uuid]","role_custom_data":{}}"#);
    holds_token(&world, &answer, "server", &["user:platform:read"]).await;
    let refreshable = json!({ "grant_type": "client_credentials", "include_refresh": true });
    let answer = ask(&world, LOGIN, "server", refreshable).await;
    assert_eq!(answer.json().get("refresh_token"), None, "a client has no session");
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own_by_json_and_by_a_form() {
    let world = world_of(json!({})).await;
    let by_json = ask(&world, TOKEN, "server", grant()).await;
    insta::assert_snapshot!(masked(&by_json.text), @r#"{"access_token":"[jwt]","token_type":"Bearer","expires_in":3600}"#);
    let forms =
        ["grant_type=client_credentials", "grant_type=client%5Fcredentials&scope=x&grant_type=client_credentials"];
    for form in forms {
        let answer = send_form(&world, TOKEN, "server", form).await;
        assert_eq!(masked(&answer.text), masked(&by_json.text));
        holds_token(&world, &answer, "server", &["user:platform:read"]).await;
    }
    holds_token(&world, &by_json, "server", &["user:platform:read"]).await;
}

#[tokio::test]
async fn the_token_of_a_client_permits_what_the_settings_say() {
    let world = world_of(json!({})).await;
    world.create("Steam", "42").await;
    let answer = ask(&world, TOKEN, "server", grant()).await.json();
    let token = answer["access_token"].as_str().unwrap();
    let found = world.get("/users/v1/platform-user?platform=Steam&platform_user_id=42", token).await;
    assert_eq!(found.status, 200, "{}", found.text);
    let body = json!({ "platform": "Steam", "platform_user_id": "43" });
    let refused = world.post("/users/v1/platform-user", token, body).await;
    assert_eq!(refused.verdict(), (403, "insufficient_permissions".to_owned()));
}

#[tokio::test]
async fn only_the_grant_of_clients_is_read() {
    let world = world_of(json!({})).await;
    let wrong = ask(&world, TOKEN, "server", json!({ "grant_type": "password" })).await;
    assert_eq!(wrong.status, 422);
    insta::assert_snapshot!(wrong.text, @r#"{"detail":[{"loc":["body","grant_type"],"msg":"value is not a valid enumeration member; permitted: 'client_credentials'","type":"type_error.enum","ctx":{"enum_values":["client_credentials"]}}]}"#);
    let by_form = send_form(&world, TOKEN, "server", "grant_type=password").await;
    assert_eq!((by_form.status, by_form.text), (422, wrong.text));
    for (missing, form) in [(json!({}), ""), (json!({ "scope": "x" }), "scope=x")] {
        let [by_json, by_form] =
            [ask(&world, TOKEN, "server", missing).await, send_form(&world, TOKEN, "server", form).await];
        assert_eq!((by_json.status, by_form.status), (422, 422));
        assert!(by_json.text.contains("value_error.missing") && by_form.text.contains("value_error.missing"));
    }
}

#[tokio::test]
async fn a_client_without_the_grant_gets_no_token() {
    let world = world_of(json!({})).await;
    for path in [LOGIN, TOKEN] {
        let answer = ask(&world, path, "game", grant()).await;
        assert_eq!(answer.status, 403);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"{"auth_success":true,"error_code":"invalid_grant_type","desc":"Grant Type client_credentials is not supported","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
        }
    }
}

#[tokio::test]
async fn what_proves_no_client_is_refused_with_all_members() {
    let world = world_of(json!({})).await;
    let wrong = format!("Basic {}", "c2VydmVyOng=");
    let bearer = format!("Bearer {}", world.admin());
    for path in [LOGIN, TOKEN] {
        for authorization in [None, Some(wrong.as_str()), Some(bearer.as_str()), Some(""), Some("Basic")] {
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(authorization.map(|value| ("authorization", value)));
            let answer = world.send("POST", path, &headers, grant().to_string()).await;
            assert_eq!((answer.status, answer.text.as_str()), (403, NO_CLIENT), "{path} {authorization:?}");
        }
        let lower = basic("server").replacen("Basic", "basic", 1);
        let headers = [("content-type", "application/json"), ("authorization", &*lower)];
        assert_eq!(world.send("POST", path, &headers, grant().to_string()).await.status, 200);
    }
}
