//! The login of a deployment: its settings, the requests of its clients, and their tokens.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use shared::{
    identity::{ClientId, PersonId, PlayerUuid, RefreshClaim},
    login::{AccessTokens, Login, LoginIssuer, LoginSettings},
};

use super::{
    callers::id_of,
    flaws::Flaw,
    history::{Op, Response},
    kms,
    sim::Sim,
};

/// The clients. A session belongs to one of them.
pub const CLIENTS: [&str; 2] = ["game", "companion"];

/// The time in which a refresh token that was used counts as the sign of a lost answer, in
/// milliseconds.
pub const LOST_ANSWER: i64 = 300_000;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let hash: String = digest(&SHA256, b"secret").as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let client = |id| json!({ "client_id": id, "secret_sha256": hash, "grants": ["anon", "refresh"] });
    let keys = json!([{ "id": 1, "secret": STANDARD.encode([7; 32]) }]);
    let refresh = json!({ "lost_answer": "5m", "keys": keys });
    json!({ "clients": CLIENTS.map(client), "refresh": refresh, "platforms": { "anon": {} } }).to_string()
});

/// The settings, for the rules.
pub static SETTINGS: LazyLock<LoginSettings> = LazyLock::new(settings);

fn settings() -> LoginSettings {
    LoginSettings::from_json(&DOCUMENT).expect("settings")
}

/// The id of a client.
pub fn client(index: usize) -> ClientId {
    ClientId::new(CLIENTS[index].to_owned()).expect("an id")
}

/// The login of a function with this error of its clock.
pub fn login(sim: &Sim, skew: i64) -> Login {
    let issuer = LoginIssuer {
        issuer: "https://api.test".to_owned(),
        audience: "game".to_owned(),
        keys: vec![kms::KEY.to_owned()],
    };
    let tokens = AccessTokens::new(issuer, Duration::from_hours(1), Arc::clone(&kms::KEYS), sim.ambient(skew));
    Login { settings: settings(), tokens }
}

/// The error of the clock that a function uses. One flaw makes it larger than the rules know.
pub fn clock(sim: &Sim, op: Op, skew: i64) -> i64 {
    let is_ahead =
        matches!(op, Op::LogIn { .. } | Op::Refresh { .. }) && sim.state().tables.flaw == Some(Flaw::TokenAhead);
    if is_ahead { skew + 20_000 } else { skew }
}

/// The path, the credentials and the body of a request.
pub fn request(op: Op) -> (&'static str, Option<String>, Value) {
    let basic = |index: usize| Some(format!("Basic {}", STANDARD.encode(format!("{}:secret", CLIENTS[index]))));
    match op {
        Op::LogIn { account, refresh } => {
            let body =
                json!({ "grant_type": "anon", "portal_access_token": id_of(account), "include_refresh": refresh });
            ("/users/v1/login", basic(0), body)
        }
        Op::Refresh { token, client } => {
            let token = SETTINGS.refresh_tokens.issue(&token);
            ("/users/v1/login", basic(client), json!({ "grant_type": "refresh", "portal_access_token": token }))
        }
        Op::LogOut(token) => {
            ("/users/v1/logout", None, json!({ "refresh_token": SETTINGS.refresh_tokens.issue(&token) }))
        }
        _ => panic!("{op:?} is no login"),
    }
}

/// The refresh token of an answer.
pub fn refresh_token(answer: &Response) -> Option<RefreshClaim> {
    SETTINGS.refresh_tokens.read(answer.body["refresh_token"].as_str()?)
}

/// The claims of an access token that the rules read.
#[derive(Debug, Clone, Copy)]
pub struct Claims {
    pub player: PlayerUuid,
    pub person: PersonId,
    pub active: PlayerUuid,
    /// In seconds since the Unix epoch.
    pub iat: i64,
}

/// The claims of the access token of an answer.
pub fn claims(answer: &Response) -> Option<Claims> {
    let part = answer.body["access_token"].as_str()?.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    let uuid = |name: &str| claims[name].as_str()?.parse().ok();
    Some(Claims {
        player: PlayerUuid(uuid("player_uuid")?),
        person: PersonId(uuid("person_id")?),
        active: PlayerUuid(uuid("active_player_uuid")?),
        iat: claims["iat"].as_i64()?,
    })
}
