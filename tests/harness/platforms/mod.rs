//! The platforms of players, played by servers on loopback that a test fully controls.

pub mod days;
mod kinds;
pub mod steam;
pub mod verifier;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::login::Grant;

pub use kinds::{
    APPLE, CUSTOM, DISCORD, EPIC, EPIC_CONNECT, EPIC_V1, GAME, GOOGLE, KINDS, Kind, NINTENDO, NINTENDO_ACCOUNT, TWITCH,
    USER, another_rsa, ec, rsa,
};

use crate::site::{Response, Site};

/// Every platform, on a good day.
pub struct Platforms {
    /// The key sets, by the name of the kind.
    keys: BTreeMap<&'static str, Site>,
    /// The web API of Steam.
    pub steam: Site,
    /// The studio's own verifier, with a path for each grant.
    pub verifier: Site,
}

impl Platforms {
    /// Starts all of them. Steam and the verifier accept every proof.
    pub async fn start() -> Self {
        let sites = KINDS.iter().map(async |kind| (kind.name, Site::start(kind.key_set()).await));
        let keys = join_all(sites).await.into_iter().collect();
        let steam = Site::start(steam::good("42")).await;
        Self { keys, steam, verifier: Site::start(verifier::good("42")).await }
    }

    /// The server with the keys of this kind.
    pub fn keys(&self, kind: &Kind) -> &Site {
        &self.keys[kind.name]
    }

    /// Publishes these keys, and no others, for this kind.
    pub fn publish(&self, kind: &Kind, keys: &[Value]) {
        self.keys(kind).answer(Response::of(&json!({ "keys": keys })));
    }

    /// Every server.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.keys.values().chain([&self.steam, &self.verifier])
    }

    /// The member `platforms` of a settings document in which every grant is configured. Epic takes
    /// tokens of accounts, and the grant `xboxlive` is an issuer that a studio runs.
    pub fn settings(&self) -> Value {
        let url = |kind: &Kind| self.keys(kind).url("/keys");
        let of_oidc = |kind: &Kind| json!({ "grant": kind.grant, "audiences": kind.audiences, "keys_url": url(kind) });
        let mut twitch = of_oidc(&TWITCH);
        twitch["display_name"] = json!("preferred_username");
        let mut custom = of_oidc(&CUSTOM);
        for (name, value) in
            [("issuer", CUSTOM.iss), ("algorithm", "ES256"), ("user_id", CUSTOM.user_id), ("display_name", "gamertag")]
        {
            custom[name] = json!(value);
        }
        json!({
            "anon": {},
            "google": { "audiences": GOOGLE.audiences, "keys_url": url(&GOOGLE), "display_name": "name" },
            "apple": { "audiences": APPLE.audiences, "keys_url": url(&APPLE) },
            "epic": { "audiences": EPIC.audiences, "keys_url": url(&EPIC), "old_keys_url": url(&EPIC_V1) },
            "nintendo_switch": {
                "games": [GAME], "keys_url": url(&NINTENDO),
                "accounts": { "audiences": NINTENDO_ACCOUNT.audiences, "keys_url": url(&NINTENDO_ACCOUNT) },
            },
            "steam": { "app_id": steam::APP, "key": steam::KEY, "url": self.steam.url(steam::PATH) },
            "oidc": [of_oidc(&DISCORD), twitch, custom],
            "http": verifier::entries(&self.verifier, &verifier::GRANTS[1..]),
        })
    }

    /// A settings document with these platforms and the client `local`, which may use every grant.
    pub fn document(&self) -> Value {
        let hash = digest(&SHA256, b"local");
        let secret: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({
            "refresh": { "keys": [{ "id": 1, "secret": STANDARD.encode([7; 32]) }] },
            "clients": [{ "client_id": "local", "secret_sha256": secret, "grants": Grant::NAMES }],
            "platforms": self.settings(),
        })
    }

    /// The member `platforms` in which Epic takes tokens of EOS Connect.
    pub fn settings_of_connect(&self) -> Value {
        let keys_url = self.keys(&EPIC_CONNECT).url("/keys");
        json!({ "epic": { "tokens": "connect", "audiences": EPIC_CONNECT.audiences, "keys_url": keys_url } })
    }

    /// The member `platforms` in which the verifier has all its grants, and no others are
    /// configured.
    pub fn settings_of_verifier(&self) -> Value {
        json!({ "http": verifier::entries(&self.verifier, &verifier::GRANTS) })
    }
}
