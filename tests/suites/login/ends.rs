//! Logout and revocation.

use serde_json::json;
use tests::{Answer, World};

use crate::scene::{LOGOUT, Login, NO_CLIENT, REVOKE, ask, enter, purge, refresh, refreshed, send_form, world_of};

/// Logs out, without credentials.
async fn log_out(world: &World, token: &str) -> Answer {
    let body = json!({ "refresh_token": token }).to_string();
    world.send("POST", LOGOUT, &[("content-type", "application/json")], body).await
}

async fn is_over(world: &World, login: &Login) -> bool {
    refresh(world, "game", login.refresh()).await.verdict() == (403, "refresh_token_not_found".to_owned())
}

#[tokio::test]
async fn a_logout_needs_no_credentials_and_ends_one_session() {
    let world = world_of(json!({})).await;
    let (login, other) = (enter(&world, "ada").await, enter(&world, "ada").await);
    for _ in 0..2 {
        let answer = log_out(&world, login.refresh()).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "null"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    assert!(is_over(&world, &login).await);
    refreshed(&world, other.refresh()).await;
}

#[tokio::test]
async fn any_refresh_token_of_a_session_ends_it() {
    let world = world_of(json!({})).await;
    let first = enter(&world, "ada").await;
    let second = refreshed(&world, first.refresh()).await;
    let third = refreshed(&world, second.refresh()).await;
    assert_eq!(log_out(&world, first.refresh()).await.status, 200);
    assert!(is_over(&world, &third).await);
}

#[tokio::test]
async fn an_unknown_token_is_no_error_and_costs_no_call() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    for token in ["x", login.access(), &login.refresh()[1..]] {
        let answer = log_out(&world, token).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "null"));
        let answer = send_form(&world, REVOKE, "local", &format!("token={}", &token[..1])).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }
    assert_eq!(world.operations("log-out"), Vec::<String>::new());
    refreshed(&world, login.refresh()).await;
    purge(&world, &login).await;
    assert_eq!(log_out(&world, login.refresh()).await.status, 200);
    assert_eq!(world.items("UsersTable").await.len(), 0, "a logout of a purged user writes no item");
}

#[tokio::test]
async fn a_revocation_takes_a_refresh_token_and_an_access_token() {
    let world = world_of(json!({})).await;
    for hint in ["", "&token_type_hint=refresh_token", "&token_type_hint=x"] {
        let logins = [enter(&world, "ada").await, enter(&world, "ada").await];
        for (login, token) in logins.iter().zip([logins[0].refresh(), logins[1].access()]) {
            let answer = send_form(&world, REVOKE, "local", &format!("token={token}{hint}")).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
            assert_eq!(answer.header("content-type"), None);
            assert!(is_over(&world, login).await);
        }
    }
}

#[tokio::test]
async fn tokens_without_a_session_and_tokens_of_others_are_revoked_without_effect() {
    let world = world_of(json!({})).await;
    let body = json!({ "grant_type": "anon", "portal_access_token": "ada" });
    let login = Login::of(&world, ask(&world, crate::scene::LOGIN, "game", body).await).await;
    let session = enter(&world, "ada").await;
    for token in [login.access(), &world.admin(), "e30.e30.e30"] {
        assert_eq!(send_form(&world, REVOKE, "local", &format!("token={token}")).await.status, 200);
    }
    refreshed(&world, session.refresh()).await;
}

#[tokio::test]
async fn a_revocation_needs_a_client_with_the_permission_and_a_form() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let form = format!("token={}", login.refresh());
    let refused = send_form(&world, REVOKE, "game", &form).await;
    assert_eq!(refused.status, 403);
    insta::assert_snapshot!(refused.text, @r#"{"auth_success":true,"error_code":"insufficient_permissions","desc":"Insufficient Permissions - Expected any of: token:introspect"}"#);
    let unknown = send_form(&world, REVOKE, "nobody", &form).await;
    assert_eq!((unknown.status, unknown.text.as_str()), (403, NO_CLIENT));
    let empty = send_form(&world, REVOKE, "local", "token_type_hint=x").await;
    assert_eq!(empty.status, 422);
    insta::assert_snapshot!(empty.text, @r#"{"detail":[{"loc":["body","token"],"msg":"field required","type":"value_error.missing"}]}"#);
    refreshed(&world, login.refresh()).await;
}
