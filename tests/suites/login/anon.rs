//! Anonymous logins.

use serde_json::{Value, json};
use tests::World;

use crate::scene::{LOGIN, Login, anon, ask, enter, masked, world_of};

/// A login by id and name through `game`, without a session.
async fn named(world: &World, id: &str, name: &str) -> Login {
    let body = json!({ "grant_type": "anon", "portal_access_token": id, "portal_display_name": name });
    Login::of(world, ask(world, LOGIN, "game", body).await).await
}

#[tokio::test]
async fn the_first_login_creates_the_user_and_shows_it() {
    let world = world_of(json!({})).await;
    let body = json!({
        "grant_type": "anon", "portal_access_token": "ada", "portal_display_name": "Ada", "include_refresh": true,
        "portal_parent_access_token": "x", "accept_eula": true, "accept_tos": true, "accept_privacy_policy": true,
    });
    let answer = ask(&world, LOGIN, "game", body).await;
    insta::assert_snapshot!(masked(&answer.text), @r#"{"access_token":"[jwt]","refresh_token":"[refresh]","active_player_uuid":"[uuid]","active_player_id":1,"person_id":"[uuid]","platform":"Anon","portal_id":2,"portal_user_id":"ada","display_name":"Ada","permissions":["purge:person:self","user:restriction:read:self","user:audit:self"],"restrictions":[],"client_id":"game","token_type":"Bearer","expires_in":3600,"publisher_uuid":"[uuid]","tenant_uuid":"[uuid]","config_elector_uuid":"[uuid]","client_uuid":"[uuid]","role_custom_data":{}}"#);
    let login = Login::of(&world, answer).await;
    let found = world.get("/users/v1/platform-user?platform=Anon&platform_user_id=ada", &world.admin()).await.json();
    let ids = ["player_uuid", "person_id", "display_name"].map(|name| found[name].as_str().unwrap());
    assert_eq!(ids, [login.player(), login.text("person_id"), "Ada"]);
}

#[tokio::test]
async fn the_token_names_player_person_and_session_and_no_account() {
    let world = world_of(json!({})).await;
    let Login { body, claims } = enter(&world, "zoe").await;
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec![
        "iss",
        "aud",
        "sub",
        "client_id",
        "iat",
        "exp",
        "jti",
        "ver",
        "token_type",
        "sid",
        "permissions",
        "player_uuid",
        "person_id",
        "active_player_uuid",
    ];
    expected.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    for name in ["sub", "player_uuid", "active_player_uuid"] {
        assert_eq!(claims[name], body["active_player_uuid"], "{name}");
    }
    assert_eq!(claims["person_id"], body["person_id"]);
    assert_eq!(
        (&claims["client_id"], &claims["ver"], &claims["token_type"]),
        (&json!("game"), &json!(1), &json!("access"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert_eq!(claims["permissions"], body["permissions"]);
    // No hex digits, which a uuid could have by chance.
    assert!(!claims.to_string().contains("zoe"), "{claims}");
}

#[tokio::test]
async fn a_known_user_stays_itself_and_takes_a_new_name() {
    let world = world_of(json!({})).await;
    let first = named(&world, "ada", "Ada").await;
    for (name, shown) in [("", "Ada"), ("Ada", "Ada"), ("Lovelace", "Lovelace")] {
        let again = named(&world, "ada", name).await;
        assert_eq!((again.player(), again.text("person_id")), (first.player(), first.text("person_id")));
        assert_eq!(again.text("display_name"), shown);
        assert_ne!(again.claims["jti"], first.claims["jti"]);
    }
    let nameless = named(&world, "eve", "").await;
    assert_eq!(nameless.body.get("display_name"), None);
    assert_ne!(nameless.player(), first.player());
}

#[tokio::test]
async fn a_session_is_opened_only_for_who_wants_to_refresh() {
    let world = world_of(json!({})).await;
    for expected in ["first", "again"] {
        let login = named(&world, "ada", "").await;
        assert_eq!((login.body.get("refresh_token"), login.claims.get("sid")), (None, None), "{expected}");
    }
    let login = enter(&world, "ada").await;
    assert!(login.claims["sid"].as_str().is_some_and(|sid| sid.len() == 32));
    assert_eq!(login.refresh().len(), 72);
}

#[tokio::test]
async fn a_name_is_cut_to_256_characters() {
    let world = world_of(json!({})).await;
    for (id, chars, kept) in [("a", 256, 256), ("b", 257, 256), ("c", 5000, 256)] {
        let login = named(&world, id, &"é".repeat(chars)).await;
        assert_eq!(login.text("display_name"), "é".repeat(kept));
    }
}

#[tokio::test]
async fn an_id_is_needed_and_has_at_most_2048_characters() {
    let world = world_of(json!({})).await;
    let empty = anon(&world, "game", "").await;
    assert_eq!(empty.verdict(), (403, "anon_token_empty".to_owned()));
    let absent = ask(&world, LOGIN, "game", json!({ "grant_type": "anon" })).await;
    insta::assert_snapshot!(absent.text, @r#"{"auth_success":true,"error_code":"anon_token_empty","desc":"Anon access token is empty","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
    let long = anon(&world, "game", &"é".repeat(2049)).await;
    assert_eq!(long.status, 422);
    insta::assert_snapshot!(long.text, @r#"{"detail":[{"loc":["body","portal_access_token"],"msg":"ensure this value has at most 2048 characters","type":"value_error.any_str.max_length","ctx":{"limit_value":2048}}]}"#);
    Login::of(&world, anon(&world, "game", &"é".repeat(2048)).await).await;
    // As pydantic reads a text.
    let number = ask(&world, LOGIN, "game", json!({ "grant_type": "anon", "portal_access_token": 42 })).await;
    assert_eq!(Login::of(&world, number).await.text("portal_user_id"), "42");
}

#[tokio::test]
async fn a_client_that_may_not_create_users_logs_known_ones_in() {
    let world = world_of(json!({})).await;
    let refused = anon(&world, "guest", "ada").await;
    assert_eq!(refused.status, 403);
    insta::assert_snapshot!(refused.text, @r#"{"auth_success":true,"error_code":"create_new_user_not_allowed","desc":"Cannot create the requested new user from this context.  This usually indicates that the user needs to login to the game before attempting an OAuth login","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#);
    assert_eq!(world.items("UsersTable").await.len(), 0);
    let known = enter(&world, "ada").await;
    let login = Login::of(&world, anon(&world, "guest", "ada").await).await;
    assert_eq!((login.player(), &login.claims["client_id"]), (known.player(), &json!("guest")));
}

#[tokio::test]
async fn two_first_logins_at_once_are_one_user() {
    let world = world_of(json!({})).await;
    let logins = futures_util::future::join_all((0..8).map(|_| enter(&world, "ada"))).await;
    let players: std::collections::BTreeSet<_> = logins.iter().map(Login::player).collect();
    assert_eq!(players.len(), 1);
    for login in &logins {
        let claims = crate::scene::refreshed(&world, login.refresh()).await.claims;
        assert_eq!(claims["sid"], login.claims["sid"]);
    }
}

#[tokio::test]
async fn the_settings_say_what_a_token_of_a_player_permits_and_how_long_it_lasts() {
    let members = json!({ "player_permissions": ["user:platform:read:self"], "access_token_lifetime": "6h" });
    let world = world_of(members).await;
    let login = enter(&world, "ada").await;
    assert_eq!(login.body["permissions"], json!(["user:platform:read:self"]));
    assert_eq!(login.body["expires_in"], 21600);
    assert_eq!(login.claims["exp"].as_i64().unwrap() - login.claims["iat"].as_i64().unwrap(), 21600);
}

#[tokio::test]
async fn a_login_proves_the_own_person() {
    let world = world_of(json!({})).await;
    let (login, other) = (enter(&world, "ada").await, enter(&world, "eve").await);
    let links = |of: &str| format!("/users/v2/player/{of}/links");
    let own = world.get(&links(login.player()), login.access()).await;
    assert_eq!((own.status, &own.json()["player"]["person_id"]), (200, &login.body["person_id"]), "{}", own.text);
    assert_eq!(world.get(&links(login.player()), other.access()).await.status, 403);
    let enabled = world.post("/users/v1/cross-progression/enable", login.access(), Value::Null).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
    let queued = world.post(&tests::world::purge_path(login.text("person_id")), login.access(), json!({})).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
}
