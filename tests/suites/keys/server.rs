//! An issuer on this machine that publishes its keys, or fails to.

use roster_local::{Options, SigningKey};
use serde_json::{Value, json};
use tests::{
    World,
    site::{Response, Site},
};

pub const ISSUER: &str = "https://issuer.test";
pub const AUDIENCE: &str = "roster";

/// A server of an issuer's key set.
pub struct KeyServer {
    pub url: String,
    site: Site,
}

impl KeyServer {
    pub async fn start(publishes: Response) -> Self {
        let site = Site::start(publishes).await;
        Self { url: site.url("/keys"), site }
    }

    /// A server that publishes these keys.
    pub async fn with_keys(keys: &[&SigningKey]) -> Self {
        Self::start(Response::Json(key_set(keys))).await
    }

    pub fn publish(&self, publishes: Response) {
        self.site.answer(publishes);
    }

    pub fn publish_keys(&self, keys: &[&SigningKey]) {
        self.publish(Response::Json(key_set(keys)));
    }

    /// The number of requests so far. Each must be a plain request for the keys.
    pub fn requests(&self) -> usize {
        let heard = self.site.heard();
        for request in &heard {
            assert_eq!((&*request.method, &*request.target), ("GET", "/keys"));
            assert!(request.body.is_empty() && !request.headers.contains_key("authorization"), "{request:?}");
        }
        heard.len()
    }

    /// A bundle that trusts this issuer.
    pub async fn world(&self) -> World {
        let issuer = json!({ "issuer": ISSUER, "audience": AUDIENCE, "jwks_url": self.url });
        world(&json!([issuer])).await
    }
}

/// A bundle that trusts these issuers.
pub async fn world(issuers: &Value) -> World {
    let environment = [("AUTH_ISSUERS".to_owned(), issuers.to_string())].into();
    World::start_with(Options { environment, ..Options::default() }).await
}

pub fn new_key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap().0).unwrap()
}

pub fn key_set(keys: &[&SigningKey]) -> String {
    let keys = keys.iter().map(|key| {
        let mut set: Value = serde_json::from_str(&key.public_jwks()).unwrap();
        set["keys"][0].take()
    });
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

/// A token of the issuer with the permission to read users. It is valid for two days of the
/// functions' clock.
pub fn token(world: &World, key: &SigningKey) -> String {
    let (iat, exp) = (world.now(), world.now() + 2 * 86_400);
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "iat": iat, "exp": exp, "permissions": ["user:*"],
    });
    key.sign(&claims).unwrap()
}

/// The answer of find-platform-user to this token. A 404 means that the token is accepted.
pub async fn verdict(world: &World, token: &str) -> (u16, String) {
    world.get("/users/v1/platform-user?platform=Steam&platform_user_id=nobody", token).await.verdict()
}

pub fn known() -> (u16, String) {
    (404, "user_not_found".into())
}

pub fn unknown_key() -> (u16, String) {
    (403, "auth_invalid_key_id".into())
}

pub fn unavailable() -> (u16, String) {
    (503, "unavailable".into())
}
