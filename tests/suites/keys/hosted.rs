//! Hosted providers: the documented recipe for each, with an access token as that provider writes
//! it.

use serde_json::{Value, json};
use tests::keys::Key;

use crate::provider::{Provider, allowed, forbidden, refused, with, wrong_claim};

#[tokio::test]
async fn cognito() {
    let provider =
        Provider::start("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example", Key::rs256("pool"))
            .await;
    let claims = json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["support"], "version": 2,
        "client_id": "2example34567890", "origin_jti": "o", "event_id": "e", "token_use": "access",
        "scope": "openid roster/user:platform:read", "auth_time": 1, "jti": "j", "username": "u",
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    assert_eq!(
        provider.verdict(&with(&claims, &json!({ "scope": "openid user:platform:read user:*" }))).await,
        forbidden()
    );
    for client in [json!("another"), json!(null), json!([]), json!(["another"])] {
        assert_eq!(provider.verdict(&with(&claims, &json!({ "client_id": client }))).await, wrong_claim());
    }
    let id_token = json!({ "sub": "s", "aud": "2example34567890", "token_use": "id", "cognito:username": "u" });
    assert_eq!(provider.verdict(&id_token).await, refused("auth_token_invalid_type"));
    let nobodys = json!({ "sub": "s", "aud": "2example34567890", "scope": "roster/user:*" });
    assert_eq!(provider.verdict(&nobodys).await, wrong_claim());
}

#[tokio::test]
async fn auth0() {
    let provider = Provider::start("auth0", "https://game.eu.auth0.com/", Key::rs256("tenant")).await;
    let user = provider.world.create("Steam", "42").await;
    let claims = json!({
        "sub": "client@clients", "aud": ["https://roster.example.com", "https://game.eu.auth0.com/userinfo"],
        "azp": "a", "scope": "openid profile", "permissions": ["user:platform:read"],
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    let player = json!({
        "sub": "auth0|1", "aud": "https://roster.example.com", "permissions": [],
        "https://roster.example.com/platform": "Steam", "https://roster.example.com/platform_user_id": "42",
    });
    assert_eq!(provider.verdict(&player).await, forbidden());
    assert!(provider.is_player(&user, &player).await);
    let mut unnamed = player.clone();
    unnamed["platform"] = json!("Steam");
    unnamed["platform_user_id"] = json!("42");
    for name in ["https://roster.example.com/platform", "https://roster.example.com/platform_user_id"] {
        unnamed.as_object_mut().unwrap().remove(name);
    }
    assert!(!provider.is_player(&user, &unnamed).await, "the usual names mean nothing here");
}

#[tokio::test]
async fn okta() {
    let provider = Provider::start("okta", "https://game.okta.com/oauth2/default", Key::rs256("okta")).await;
    let claims = json!({
        "ver": 1, "jti": "AT.1", "aud": "api://default", "cid": "0oa1", "uid": "00u1",
        "scp": ["openid", "user:platform:read"], "auth_time": 1, "sub": "ada@example.com",
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    for scp in [json!(["openid"]), json!([]), json!("openid")] {
        assert_eq!(provider.verdict(&with(&claims, &json!({ "scp": scp }))).await, forbidden());
    }
    let of_the_org = json!({ "aud": "https://game.okta.com", "iss": "https://game.okta.com" });
    assert_eq!(provider.verdict(&with(&claims, &of_the_org)).await, wrong_claim());
    let id_token = json!({ "aud": "0oa1", "at_hash": "preyLkMlxF1oXy" });
    assert_eq!(provider.verdict(&with(&claims, &id_token)).await, refused("auth_token_invalid_type"));
}

#[tokio::test]
async fn entra() {
    let tenant = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    for (name, version, iss) in [
        ("entra", "2.0", format!("https://login.microsoftonline.com/{tenant}/v2.0")),
        ("entra-v1", "1.0", format!("https://sts.windows.net/{tenant}/")),
    ] {
        let provider = Provider::start(name, &iss, Key::rs256("nOo3ZDrODXEK1jKWhXslHR_KXEg")).await;
        let header = json!({ "typ": "JWT", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg" });
        let provider = provider.with_header(header);
        let claims = json!({
            "aud": provider.settings["audience"], "nbf": provider.world.now() + 200, "aio": "a", "azp": "c",
            "azpacr": "1", "oid": "o", "rh": "r", "roles": ["Roster.Support", "Other"], "sub": "s",
            "tid": tenant, "uti": "u", "ver": version,
        });
        assert_eq!(provider.verdict(&claims).await, allowed(), "{name}");
        assert_eq!(provider.verdict(&with(&claims, &json!({ "roles": "Roster.Support" }))).await, allowed(), "{name}");
        for roles in [json!(["Other"]), json!(null)] {
            assert_eq!(provider.verdict(&with(&claims, &json!({ "roles": roles }))).await, forbidden(), "{name}");
        }
        for version in [json!(2), json!("3.0"), json!("")] {
            let refusal = provider.verdict(&with(&claims, &json!({ "ver": version }))).await;
            assert_eq!(refusal, refused("auth_invalid_version"), "{name}");
        }
    }
}

#[tokio::test]
async fn firebase() {
    let provider =
        Provider::start("firebase", "https://securetoken.google.com/game-1a2b3", Key::rs256("firebase")).await;
    let user = provider.world.create("GooglePlay", "a_42").await;
    let claims = |by: &str, identities: Value| {
        json!({
            "aud": "game-1a2b3", "auth_time": provider.world.now(), "user_id": "uid", "sub": "uid",
            "firebase": { "identities": identities, "sign_in_provider": by },
        })
    };
    let both = json!({ "playgames.google.com": ["a_42"], "google.com": ["118"], "email": ["ada@example.com"] });
    let by_play_games = claims("playgames.google.com", both.clone());
    assert_eq!(provider.verdict(&by_play_games).await, forbidden());
    assert!(provider.is_player(&user, &by_play_games).await);
    assert!(!provider.is_player(&user, &claims("google.com", both.clone())).await, "another account");
    for (by, identities) in
        [("password", json!({ "email": ["a@example.com"] })), ("anonymous", json!({})), ("custom", both)]
    {
        assert_eq!(provider.verdict(&claims(by, identities)).await, forbidden(), "{by}: nobody's player");
    }
    for identities in [json!({}), json!({ "playgames.google.com": ["a_42", "a_43"] }), json!("a_42 or so"), json!(7)] {
        let claims = claims("playgames.google.com", identities.clone());
        let expected = if identities.is_string() { forbidden() } else { wrong_claim() };
        assert_eq!(provider.verdict(&claims).await, expected, "{identities}");
    }
    let support = with(&by_play_games, &json!({ "permissions": ["user:platform:read"] }));
    assert_eq!(provider.verdict(&support).await, allowed());
    let long = json!({ "permissions": ["user:*"], "exp": provider.world.now() + 3601 });
    assert_eq!(provider.verdict(&with(&by_play_games, &long)).await, wrong_claim());
}

#[tokio::test]
async fn supabase() {
    let provider =
        Provider::start("supabase", "https://abcdefghijklmnopqrst.supabase.co/auth/v1", Key::es256("supabase")).await;
    let user = provider.world.create("Steam", "42").await;
    let player = json!({
        "aud": "authenticated", "sub": "5f1c", "role": "authenticated", "aal": "aal1", "session_id": "s",
        "amr": [{ "method": "oauth", "timestamp": 1 }], "email": "", "phone": "", "is_anonymous": false,
        "app_metadata": { "provider": "steam", "platform": "Steam", "platform_user_id": "42" },
        "user_metadata": { "permissions": ["user:*"], "platform_user_id": "43" },
    });
    assert_eq!(provider.verdict(&player).await, forbidden());
    assert!(provider.is_player(&user, &player).await);
    let support = json!({ "app_metadata": { "permissions": ["user:platform:read"] } });
    assert_eq!(provider.verdict(&with(&player, &support)).await, allowed());
}

#[tokio::test]
async fn clerk() {
    let provider = Provider::start("clerk", "https://clerk.game.example.com", Key::rs256("ins_2")).await;
    let provider = provider.with_header(json!({ "cat": "cl_B7d4PD111AAA", "typ": "JWT" }));
    let claims = json!({
        "azp": "https://support.game.example.com", "fva": [7, -1], "jti": "j", "nbf": provider.world.now() - 10,
        "sid": "sess_1", "sts": "active", "sub": "user_1", "v": 2, "pla": "o:pro", "fea": "o:roster,o:teams",
        "o": { "id": "org_1", "rol": "admin", "slg": "game", "per": "manage,read_players", "fpm": "3,1" },
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    for per in ["manage", "", "read", "read_players_not"] {
        assert_eq!(provider.verdict(&with(&claims, &json!({ "o": { "per": per } }))).await, forbidden(), "{per}");
    }
    assert_eq!(provider.verdict(&with(&claims, &json!({ "o": null }))).await, forbidden(), "no organization");
    for azp in [json!(null), json!("https://game.example.com"), json!(""), json!([]), json!(1)] {
        let refusal = provider.verdict(&with(&claims, &json!({ "azp": azp }))).await;
        assert_eq!(refusal, wrong_claim(), "{azp}");
    }
    let elsewhere = json!({ "azp": null, "aud": "https://support.game.example.com" });
    assert_eq!(provider.verdict(&with(&claims, &elsewhere)).await, wrong_claim());
}

#[tokio::test]
async fn workos() {
    let provider = Provider::start(
        "workos",
        "https://api.workos.com/user_management/client_01EXAMPLE",
        Key::rs256("sso_oidc_key_pair_1"),
    )
    .await;
    let claims = json!({
        "sub": "user_1", "sid": "session_1", "jti": "j", "org_id": "org_1", "role": "member",
        "permissions": ["user:platform:read"], "client_id": "client_01EXAMPLE",
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    for client in [json!(null), json!("client_01OTHER")] {
        assert_eq!(provider.verdict(&with(&claims, &json!({ "client_id": client }))).await, wrong_claim());
    }
}
