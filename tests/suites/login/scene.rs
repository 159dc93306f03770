//! Clients, their requests, and what their answers hold.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use regex_lite::Regex;
use roster_local::Options;
use serde_json::{Value, json};
use tests::{Answer, World};

pub(crate) const LOGIN: &str = "/users/v1/login";
pub(crate) const LOGOUT: &str = "/users/v1/logout";
pub(crate) const TOKEN: &str = "/users/v2/oauth/token";
pub(crate) const REVOKE: &str = "/users/v2/oauth/revoke";
pub(crate) const INTROSPECT: &str = "/users/v2/oauth/introspect";

/// The answer to credentials that prove no client.
pub(crate) const NO_CLIENT: &str = r#"{"auth_success":true,"error_code":"client_credentials_invalid","desc":"Client Credentials provided to authentication attempt were invalid","needs_eula":false,"needs_tos":false,"needs_privacy_policy":false,"restrictions":[]}"#;

/// The client `game` may log players in, and `server` only itself. `local` may do everything.
/// `guest` creates no users.
fn settings() -> Value {
    json!({
        "refresh": { "keys": [{ "id": 1, "secret": STANDARD.encode([7; 32]) }] },
        "clients": [
            client("local", &["anon", "refresh", "client_credentials"], &["user:*", "token:introspect"], true),
            client("game", &["anon", "refresh", "steam"], &[], true),
            client("server", &["client_credentials"], &["user:platform:read"], true),
            client("guest", &["anon", "refresh"], &[], false),
        ],
        "platforms": { "anon": {} },
    })
}

/// The settings of a client whose secret is its id.
pub(crate) fn client(id: &str, grants: &[&str], permissions: &[&str], create: bool) -> Value {
    let hash = digest(&SHA256, id.as_bytes());
    let secret: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "client_id": id, "secret_sha256": [secret], "grants": grants, "permissions": permissions, "create": create,
    })
}

/// A world with several clients, and with these members of the settings. `null` removes
/// one.
pub(crate) async fn world_of(members: Value) -> World {
    let mut settings = settings();
    for (name, value) in members.as_object().expect("members") {
        match (settings[name].as_object_mut(), value) {
            (Some(known), Value::Object(more)) => known.extend(more.clone()),
            (_, Value::Null) => drop(settings.as_object_mut().expect("members").remove(name)),
            _ => settings[name] = value.clone(),
        }
    }
    let login_settings = Some(settings.to_string());
    let world = World::start_with(Options { login_settings, ..Options::default() }).await;
    // Functions read their secrets at the start.
    world.calls.forget();
    world
}

/// The `Authorization` header of a client whose secret is its id.
pub(crate) fn basic(client: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{client}")))
}

/// Sends JSON as a client.
pub(crate) async fn ask(world: &World, path: &str, client: &str, body: Value) -> Answer {
    let headers = [("authorization", &*basic(client)), ("content-type", "application/json")];
    world.send("POST", path, &headers, body.to_string()).await
}

/// Sends a form as a client.
pub(crate) async fn send_form(world: &World, path: &str, client: &str, form: &str) -> Answer {
    let headers = [("authorization", &*basic(client)), ("content-type", "application/x-www-form-urlencoded")];
    world.send("POST", path, &headers, form.to_owned()).await
}

/// A login that must succeed.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The answer's body.
    pub(crate) body: Value,
    /// The claims of its access token.
    pub(crate) claims: Value,
}

impl Login {
    /// Reads an answer. Fails unless it is a login whose token the published keys verify.
    pub(crate) async fn of(world: &World, answer: Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let headers = [answer.header("content-type"), answer.header("cache-control")];
        assert_eq!(headers, [Some("application/json"), Some("no-store")]);
        let body = answer.json();
        let claims = verified(world, body["access_token"].as_str().expect("a token")).await;
        Self { body, claims }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("{} has no {name}", self.body))
    }

    pub(crate) fn access(&self) -> &str {
        self.text("access_token")
    }

    pub(crate) fn refresh(&self) -> &str {
        self.text("refresh_token")
    }

    /// The user that logged in.
    pub(crate) fn player(&self) -> &str {
        self.claims["player_uuid"].as_str().expect("a player")
    }
}

/// Logs an anonymous player in through `game`, with a session.
pub(crate) async fn enter(world: &World, id: &str) -> Login {
    Login::of(world, anon(world, "game", id).await).await
}

/// The answer to an anonymous login with a session.
pub(crate) async fn anon(world: &World, client: &str, id: &str) -> Answer {
    ask(world, LOGIN, client, json!({ "grant_type": "anon", "portal_access_token": id, "include_refresh": true })).await
}

/// The answer to a refresh, as the game client sends it.
pub(crate) async fn refresh(world: &World, client: &str, token: &str) -> Answer {
    let body = json!({ "grant_type": "refresh", "portal_access_token": token, "include_refresh": true });
    ask(world, LOGIN, client, body).await
}

/// A refresh through `game` that must succeed.
pub(crate) async fn refreshed(world: &World, token: &str) -> Login {
    Login::of(world, refresh(world, "game", token).await).await
}

/// Calls a state change of ZITADEL's dialect, such as `deactivate`.
pub(crate) async fn change(world: &World, player_uuid: &str, change: &str) {
    let answer = world.post(&format!("/v2/users/{player_uuid}/{change}"), &world.admin(), json!({})).await;
    assert_eq!(answer.status, 200, "{change}: {}", answer.text);
}

/// Purges the person of a login.
pub(crate) async fn purge(world: &World, login: &Login) {
    let person_id = login.text("person_id");
    let queued = world.purge_now(person_id).await;
    assert!(queued.status < 300, "{}", queued.text);
    world.purged(person_id).await;
}

/// The claims of a token. Fails unless a published key verifies it as RFC 9068 asks.
pub(crate) async fn verified(world: &World, token: &str) -> Value {
    let header = decode_header(token).expect("a header");
    assert_eq!((header.typ.as_deref(), header.alg), (Some("at+jwt"), Algorithm::RS256));
    let kid = header.kid.expect("a key id");
    let published = world.send("GET", &format!("/users/v1/publickeys/{kid}"), &[], "").await;
    assert_eq!(published.status, 200, "{}", published.text);
    let key = published.json();
    let [n, e] = ["n", "e"].map(|name| key[name].as_str().expect("a text"));
    // RFC 7638, section 3.
    let hashed = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    assert_eq!(kid, URL_SAFE_NO_PAD.encode(digest(&SHA256, hashed.as_bytes())));
    let variables = world.bundle.environment("log-in").expect("its variables");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[&variables["LOGIN_AUDIENCE"]]);
    validation.set_issuer(&[&variables["LOGIN_ISSUER"]]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // The time is that of the functions' clock, which tests move.
    validation.validate_exp = false;
    let key = DecodingKey::from_rsa_components(n, e).expect("a key");
    let claims = decode::<Value>(token, &key, &validation).expect("a good token").claims;
    let (iat, exp) = (claims["iat"].as_i64().expect("iat"), claims["exp"].as_i64().expect("exp"));
    assert!((world.now() - 60..=world.now() + 1).contains(&iat) && iat < exp, "{claims}");
    claims
}

/// A text with every id and token replaced by its kind.
pub(crate) fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, kind) in [
        (r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[jwt]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uuid]"),
        (r#""[0-9a-f]{32}""#, r#""[sid]""#),
        (r#""AQ[\w-]{70}""#, r#""[refresh]""#),
        (r"http://127\.0\.0\.1:\d+", "[url]"),
        (r"\b1[789]\d{8}\b", "[time]"),
    ] {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, kind).into_owned();
    }
    text
}
