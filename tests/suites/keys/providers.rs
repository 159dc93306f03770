//! The README's example for each provider, with an access token as that provider writes it.

use std::{fs, path::Path};

use roster_local::SigningKey;
use serde_json::{Value, json};
use tests::{User, World};

use crate::server::{KeyServer, new_key, verdict, world};

/// A provider, its key, and a bundle that is configured as the README says.
struct Provider {
    key: SigningKey,
    world: World,
    settings: Value,
    _server: KeyServer,
}

impl Provider {
    async fn start(name: &str) -> Self {
        let key = new_key();
        let server = KeyServer::with_keys(&[&key]).await;
        let settings = example(name);
        let mut local = settings.clone();
        local["jwks_url"] = json!(server.url);
        // The test's keys are all Ed25519.
        local.as_object_mut().unwrap().remove("algorithms");
        let world = world(&json!([local])).await;
        Self { key, world, settings, _server: server }
    }

    /// A token of these claims, and those that every provider sets.
    fn token(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        let now = self.world.now();
        for (name, value) in [("iss", self.settings["issuer"].clone()), ("iat", json!(now)), ("exp", json!(now + 3600))]
        {
            claims.as_object_mut().unwrap().entry(name).or_insert(value);
        }
        self.key.sign(&claims).unwrap()
    }

    async fn verdict(&self, claims: &Value) -> (u16, String) {
        verdict(&self.world, &self.token(claims)).await
    }
}

/// The README's block with this name.
fn example(name: &str) -> Value {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("```json issuer={name}\n")).expect("the README has this example");
    serde_json::from_str(rest.split_once("```").unwrap().0).unwrap()
}

fn allowed() -> (u16, String) {
    (404, "user_not_found".into())
}

fn forbidden() -> (u16, String) {
    (403, "insufficient_permissions".into())
}

fn refused(code: &str) -> (u16, String) {
    (403, code.into())
}

#[tokio::test]
async fn cognito() {
    let provider = Provider::start("cognito").await;
    let claims = json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["support"], "version": 2,
        "client_id": "2example34567890", "origin_jti": "o", "event_id": "e", "token_use": "access",
        "scope": "openid roster/user:platform:read", "auth_time": 1, "jti": "j", "username": "u",
    });
    assert_eq!(provider.verdict(&claims).await, allowed());
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    assert_eq!(provider.verdict(&with("scope", json!("openid user:platform:read user:*"))).await, forbidden());
    for client in [json!("another"), json!(null), json!(["2example34567890"])] {
        let refusal = provider.verdict(&with("client_id", client)).await;
        assert_eq!(refusal, refused("auth_token_invalid_claim"));
    }
    let id_token = json!({ "sub": "s", "aud": "2example34567890", "token_use": "id", "cognito:username": "u" });
    assert_eq!(provider.verdict(&id_token).await, refused("auth_token_invalid_type"));
    let nobodys = json!({ "sub": "s", "aud": "2example34567890", "scope": "roster/user:*" });
    assert_eq!(provider.verdict(&nobodys).await, refused("auth_token_invalid_claim"));
}

#[tokio::test]
async fn auth0() {
    let provider = Provider::start("auth0").await;
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
    assert_eq!(links(&provider, &user, &player).await, 200);
    let mut unnamed = player.clone();
    unnamed["platform"] = json!("Steam");
    unnamed["platform_user_id"] = json!("42");
    for name in ["https://roster.example.com/platform", "https://roster.example.com/platform_user_id"] {
        unnamed.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(links(&provider, &user, &unnamed).await, 403, "the usual names mean nothing here");
}

/// The status of the player's links for the bearer of these claims.
async fn links(provider: &Provider, user: &User, claims: &Value) -> u16 {
    let path = format!("/users/v2/player/{}/links", user.player_uuid);
    provider.world.get(&path, &provider.token(claims)).await.status
}

#[tokio::test]
async fn zitadel() {
    let provider = Provider::start("zitadel").await;
    let roles = |roles: &[&str]| {
        let organization = json!({ "287034000000000000": "game.zitadel.cloud" });
        let roles = roles.iter().map(|role| ((*role).to_owned(), organization.clone()));
        json!({
            "sub": "287034098765432109", "aud": ["287034055555555555@game", "287034012345678901"], "nbf": 1,
            "client_id": "c", "jti": "V2_1-at_2",
            "urn:zitadel:iam:org:project:roles": Value::Object(roles.collect()),
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
    listed["urn:zitadel:iam:org:project:roles"] = json!(["support"]);
    assert_eq!(provider.verdict(&listed).await, refused("auth_token_invalid_claim"));
}

#[tokio::test]
async fn keycloak() {
    let provider = Provider::start("keycloak").await;
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
    assert_eq!(verdict(&world, &token(&a, "a", "b")).await, refused("auth_token_invalid_claim"));
    assert_eq!(verdict(&world, &token(&a, "c", "a")).await, refused("auth_token_invalid_claim"));
}
