//! Introspection.

use std::time::Duration;

use serde_json::{Value, json};
use tests::World;

use crate::scene::{
    INTROSPECT, LOGIN, LOGOUT, Login, NO_CLIENT, TOKEN, ask, change, enter, masked, purge, refreshed, send_form,
    world_of,
};

const INACTIVE: &str = r#"{"active":false}"#;

/// The body of an introspection.
async fn shown(world: &World, token: &str) -> String {
    let answer = send_form(world, INTROSPECT, "local", &format!("token={token}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.text);
    answer.text
}

#[tokio::test]
async fn a_good_token_of_a_player_is_shown_with_its_claims() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let text = shown(&world, login.access()).await;
    insta::assert_snapshot!(masked(&text), @r#"{"active":true,"iss":"[url]","aud":"roster","sub":"[uuid]","client_id":"game","scope":"purge:person:self user:restriction:read:self user:audit:self","token_type":"Bearer","exp":[time],"iat":[time],"jti":"[uuid]","sid":"[sid]","player_uuid":"[uuid]","person_id":"[uuid]","active_player_uuid":"[uuid]"}"#);
    let body: Value = serde_json::from_str(&text).unwrap();
    for name in
        ["iss", "aud", "sub", "client_id", "exp", "iat", "jti", "sid", "player_uuid", "person_id", "active_player_uuid"]
    {
        assert_eq!(body[name], login.claims[name], "{name}");
    }
}

#[tokio::test]
async fn a_good_token_of_a_client_is_shown_with_its_claims() {
    let world = world_of(json!({})).await;
    let answer = ask(&world, TOKEN, "local", json!({ "grant_type": "client_credentials" })).await.json();
    let text = shown(&world, answer["access_token"].as_str().unwrap()).await;
    insta::assert_snapshot!(masked(&text), @r#"{"active":true,"iss":"[url]","aud":"roster","sub":"local","client_id":"local","scope":"user:* token:introspect","token_type":"Bearer","exp":[time],"iat":[time],"jti":"[uuid]"}"#);
}

#[tokio::test]
async fn whatever_is_not_good_is_inactive_and_nothing_else() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let access = login.access();
    let (message, signature) = access.rsplit_once('.').unwrap();
    let forged = format!("{message}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    for token in ["x", "e30.e30.e30", login.refresh(), &forged, &world.admin(), &format!("{access}x")] {
        assert_eq!(shown(&world, token).await, INACTIVE, "{token}");
    }
    assert_ne!(shown(&world, access).await, INACTIVE);
    world.advance(Duration::from_secs(3600 + 60));
    assert_eq!(shown(&world, access).await, INACTIVE, "expired");
}

#[tokio::test]
async fn the_tokens_of_a_user_that_may_not_log_in_are_inactive_and_stay_so() {
    let world = world_of(json!({})).await;
    for (away, back) in [("deactivate", "reactivate"), ("lock", "unlock")] {
        let sessionless = json!({ "grant_type": "anon", "portal_access_token": "ada" });
        let logins =
            [enter(&world, "ada").await, Login::of(&world, ask(&world, LOGIN, "game", sessionless).await).await];
        for login in &logins {
            assert_ne!(shown(&world, login.access()).await, INACTIVE);
        }
        change(&world, logins[0].player(), away).await;
        for login in &logins {
            assert_eq!(shown(&world, login.access()).await, INACTIVE, "{away}");
        }
        // Times are compared in seconds.
        world.advance(Duration::from_secs(2));
        change(&world, logins[0].player(), back).await;
        for login in &logins {
            assert_eq!(shown(&world, login.access()).await, INACTIVE, "{back}");
        }
        assert_ne!(shown(&world, enter(&world, "ada").await.access()).await, INACTIVE);
    }
}

#[tokio::test]
async fn the_tokens_of_a_session_that_has_ended_and_of_a_purged_user_are_inactive() {
    let world = world_of(json!({})).await;
    let (out, purged) = (enter(&world, "ada").await, enter(&world, "eve").await);
    let next = refreshed(&world, out.refresh()).await;
    let body = json!({ "refresh_token": next.refresh() }).to_string();
    let answer = world.send("POST", LOGOUT, &[("content-type", "application/json")], body).await;
    assert_eq!(answer.status, 200);
    for login in [&out, &next] {
        assert_eq!(shown(&world, login.access()).await, INACTIVE);
    }
    assert_ne!(shown(&world, purged.access()).await, INACTIVE);
    purge(&world, &purged).await;
    assert_eq!(shown(&world, purged.access()).await, INACTIVE);
}

#[tokio::test]
async fn an_introspection_needs_a_client_with_the_permission_and_a_form() {
    let world = world_of(json!({})).await;
    let login = enter(&world, "ada").await;
    let form = format!("token={}", login.access());
    for client in ["game", "server"] {
        let refused = send_form(&world, INTROSPECT, client, &form).await;
        assert_eq!(refused.verdict(), (403, "insufficient_permissions".to_owned()));
    }
    let unknown = send_form(&world, INTROSPECT, "nobody", &form).await;
    assert_eq!((unknown.status, unknown.text.as_str()), (403, NO_CLIENT));
    let bearer = format!("Bearer {}", world.admin());
    let headers = [("authorization", &*bearer), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(world.send("POST", INTROSPECT, &headers, form).await.text, NO_CLIENT);
    // FastAPI reads an empty value of a form as none.
    for form in ["", "token", "token=", "token_type_hint=x"] {
        let missing = send_form(&world, INTROSPECT, "local", form).await;
        assert_eq!(missing.status, 422);
        insta::allow_duplicates! {
            insta::assert_snapshot!(missing.text, @r#"{"detail":[{"loc":["body","token"],"msg":"field required","type":"value_error.missing"}]}"#);
        }
    }
}
