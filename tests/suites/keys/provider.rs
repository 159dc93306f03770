//! A provider of tokens, and a bundle that trusts it as docs/tokens.md says.

use serde_json::{Value, json};
use tests::{
    User, World,
    docs::{fences, page},
    keys::Key,
    site::Response,
};

use crate::server::{KeyServer, verdict, world};

/// A provider with its key, and a bundle with the recipe for it.
pub struct Provider {
    pub world: World,
    pub settings: Value,
    iss: String,
    key: Key,
    /// Members that the provider writes into every header.
    header: Value,
    _server: KeyServer,
}

impl Provider {
    /// Starts a provider whose tokens have this `iss` and this key. The recipe must allow both.
    pub async fn start(name: &str, iss: &str, key: Key) -> Self {
        let server = KeyServer::start(Response::Json(json!({ "keys": [key.jwk()] }).to_string())).await;
        let settings = recipe(name);
        let mut local = settings.clone();
        local["jwks_url"] = json!(server.url);
        let world = world(&json!([local])).await;
        Self { world, settings, iss: iss.to_owned(), key, header: json!({}), _server: server }
    }

    /// The same provider with these members in its headers, in addition to or instead of the usual
    /// ones.
    pub fn with_header(self, header: Value) -> Self {
        Self { header, ..self }
    }

    /// A token with these claims, and the claims that every provider sets.
    pub fn token(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        let now = self.world.now();
        for (name, value) in [("iss", json!(self.iss)), ("iat", json!(now)), ("exp", json!(now + 3600))] {
            claims.as_object_mut().unwrap().entry(name).or_insert(value);
        }
        let header = with(&self.key.header(), &self.header);
        self.key.sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// The answer to a caller with these claims that looks for a user.
    pub async fn verdict(&self, claims: &Value) -> (u16, String) {
        verdict(&self.world, &self.token(claims)).await
    }

    /// Whether a caller with these claims is this player. Only the player itself may see its links.
    pub async fn is_player(&self, user: &User, claims: &Value) -> bool {
        let path = format!("/users/v2/player/{}/links", user.player_uuid);
        self.world.get(&path, &self.token(claims)).await.status == 200
    }
}

/// The page's block with this name.
fn recipe(name: &str) -> Value {
    let recipes = fences(&page("tokens").text);
    let (_, recipe) =
        recipes.iter().find(|(head, _)| *head == format!("json issuer={name}")).expect("the page has this recipe");
    serde_json::from_str(recipe).unwrap()
}

/// Adds or replaces claims. `null` removes a claim.
pub fn with(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    claims
}

pub fn allowed() -> (u16, String) {
    (404, "user_not_found".into())
}

pub fn forbidden() -> (u16, String) {
    (403, "insufficient_permissions".into())
}

pub fn refused(code: &str) -> (u16, String) {
    (403, code.into())
}

/// The answer to a claim that does not match the settings.
pub fn wrong_claim() -> (u16, String) {
    refused("auth_token_invalid_claim")
}
