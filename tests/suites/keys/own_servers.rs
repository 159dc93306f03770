//! Providers that a studio can run itself: the documented recipe for each, with an access token as
//! that provider writes it.

use roster_local::SigningKey;
use serde_json::{Value, json};
use tests::keys::Key;

use crate::{
    provider::{Provider, allowed, forbidden, refused, with, wrong_claim},
    server::{new_key, verdict, world},
};

#[tokio::test]
async fn zitadel() {
    let provider = Provider::start("zitadel", "https://game.zitadel.cloud", Key::rs256("287034")).await;
    let roles = |roles: &[&str]| {
        let organization = json!({ "287034000000000000": "game.zitadel.cloud" });
        let roles = roles.iter().map(|role| ((*role).to_owned(), organization.clone()));
        json!({
            "sub": "287034098765432109", "aud": ["287034055555555555@game", "287034012345678901"], "nbf": 1,
            "client_id": "c", "jti": "V2_1-at_2",
            "urn:zitadel:iam:org:project:roles": { "privacy": organization },
            "urn:zitadel:iam:org:project:287034012345678901:roles": Value::Object(roles.collect()),
        })
    };
    assert_eq!(provider.verdict(&roles(&["support", "other"])).await, allowed());
    for without in [&["privacy"][..], &["other"], &["user:*"], &[]] {
        assert_eq!(provider.verdict(&roles(without)).await, forbidden());
    }
    let purge = "/users/v1/person/00000000-0000-4000-8000-000000000000/purge";
    let answer = provider.world.get(purge, &provider.token(&roles(&["privacy"]))).await;
    assert_eq!(answer.verdict(), (404, "purge_not_found".into()));
    let mut listed = roles(&[]);
    listed["urn:zitadel:iam:org:project:287034012345678901:roles"] = json!(["support"]);
    assert_eq!(provider.verdict(&listed).await, wrong_claim());
}

#[tokio::test]
async fn keycloak() {
    let provider = Provider::start("keycloak", "https://sso.example.com/realms/game", Key::rs256("realm")).await;
    let claims = |typ: &str, roles: &[&str]| {
        json!({
            "sub": "s", "aud": ["roster", "account"], "typ": typ, "azp": "game-server", "sid": "i",
            "realm_access": { "roles": roles }, "resource_access": { "account": { "roles": ["support"] } },
            "scope": "email profile",
        })
    };
    assert_eq!(provider.verdict(&claims("Bearer", &["offline_access", "support"])).await, allowed());
    assert_eq!(provider.verdict(&claims("Bearer", &["offline_access"])).await, forbidden());
    for typ in ["Refresh", "Offline", "ID", "Logout"] {
        let refusal = provider.verdict(&claims(typ, &["support"])).await;
        assert_eq!(refusal, refused("auth_token_invalid_type"));
    }
    let mut without = claims("Bearer", &[]);
    without.as_object_mut().unwrap().remove("realm_access");
    assert_eq!(provider.verdict(&without).await, forbidden());
}

#[tokio::test]
async fn logto() {
    let provider = Provider::start("logto", "https://game.logto.app/oidc", Key::es384("logto")).await;
    let provider = provider.with_header(json!({ "typ": "at+jwt" }));
    let claims = json!({
        "jti": "j", "sub": "user", "aud": "https://roster.example.com", "client_id": "c",
        "scope": "user:platform:read other",
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    assert_eq!(provider.verdict(&with(&claims, &json!({ "scope": null }))).await, forbidden());
    assert_eq!(provider.verdict(&with(&claims, &json!({ "aud": "https://game.logto.app/api" }))).await, wrong_claim());
}

#[tokio::test]
async fn dex() {
    let provider = Provider::start("dex", "https://dex.example.com", Key::rs256("dex")).await;
    let user = provider.world.create("Steam", "42").await;
    let claims = json!({
        "sub": "CgI0MhIFc3RlYW0", "aud": "roster", "at_hash": "yT3YPoXRBDywYpHlYm9xhA", "name": "",
        "groups": ["support"], "federated_claims": { "connector_id": "steam", "user_id": "42" },
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    assert!(provider.is_player(&user, &with(&claims, &json!({ "groups": [] }))).await);
    let by_ldap = json!({ "groups": null, "federated_claims": { "connector_id": "ldap", "user_id": "42" } });
    assert!(!provider.is_player(&user, &with(&claims, &by_ldap)).await, "a connector that is not listed");
    assert_eq!(provider.verdict(&with(&claims, &json!({ "c_hash": "x" }))).await, refused("auth_token_invalid_type"));
}

#[tokio::test]
async fn supertokens() {
    let provider = Provider::start("supertokens", "https://api.example.com/auth", Key::rs256("d-1"))
        .await
        .with_header(json!({ "version": "5" }));
    let claims = json!({
        "sub": "u", "rsub": "u", "tId": "public", "sessionHandle": "h", "refreshTokenHash1": "r",
        "parentRefreshTokenHash1": null, "antiCsrfToken": null, "st-perm": { "t": 1, "v": ["user:platform:read"] },
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    for tenant in [json!(null), json!("other")] {
        assert_eq!(provider.verdict(&with(&claims, &json!({ "tId": tenant }))).await, wrong_claim());
    }
}

#[tokio::test]
async fn several_providers_at_once_are_told_apart() {
    let (a, b) = (new_key(), new_key());
    let issuer = |name: &str, key: &SigningKey| {
        let jwks: Value = serde_json::from_str(&key.public_jwks()).unwrap();
        json!({ "issuer": name, "audience": name, "jwks": jwks })
    };
    let world = world(&json!([issuer("a", &a), issuer("b", &b)])).await;
    let token = |key: &SigningKey, iss: &str, aud: &str| {
        let claims = json!({
            "iss": iss, "aud": aud, "sub": "s", "exp": world.now() + 60, "permissions": ["user:*"],
        });
        key.sign(&claims).unwrap()
    };
    assert_eq!(verdict(&world, &token(&a, "a", "a")).await, allowed());
    assert_eq!(verdict(&world, &token(&b, "b", "b")).await, allowed());
    assert_eq!(verdict(&world, &token(&a, "b", "b")).await, refused("auth_invalid_key_id"));
    assert_eq!(verdict(&world, &token(&a, "a", "b")).await, wrong_claim());
    assert_eq!(verdict(&world, &token(&a, "c", "a")).await, wrong_claim());
}
