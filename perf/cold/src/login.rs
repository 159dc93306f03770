//! The login of the deployment: its variables, the settings in its secret, and its tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use shared::{
    identity::{PlayerUuid, RefreshClaim, SessionId},
    login::LoginSettings,
    signing::PublishedKey,
};
use uuid::{Builder, Uuid};

use crate::{
    failure::{Context, Failure},
    records::{PERSON, PLAYER},
    token::LIFETIME,
};

pub(crate) const ISSUER: &str = "https://api.example.com";
pub(crate) const AUDIENCE: &str = "game";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1f0e9d8c-7b6a-4958-8473-625140fedcba";
pub(crate) const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:roster/login-d4e5f6";
pub(crate) const SESSION: &str = "0d9d3c2e7a4b4c558f6a1b2c3d4e5f60";

/// The settings of login. The client's secret is `local`, as in the bundle.
pub(crate) const SETTINGS: &str = r#"{
    "access_token_lifetime": "1h",
    "refresh": {
        "mode": "rotate", "idle": "30d", "absolute": "90d", "lost_answer": "5m",
        "keys": [{ "id": 1, "secret": "YlgyVDlrUTJtWjdjVjFuTDZwUjhzRDNmRzVoSjB5VWI=" }]
    },
    "clients": [{
        "client_id": "local",
        "secret_sha256": ["25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6"],
        "grants": ["anon", "refresh", "client_credentials"],
        "permissions": ["user:*", "token:introspect"]
    }],
    "platforms": { "anon": {} }
}"#;

/// An access token of the deployment's own issuer, and the public key for it.
#[derive(Debug, Clone)]
pub struct OwnToken {
    /// The token of a player that may do everything.
    pub token: String,
    /// The public key as KMS gives it, in base64.
    pub public_key: String,
}

/// A token that this key signs, as a login issues it.
pub(crate) fn own_token(public_key: &[u8], private: &EncodingKey) -> Result<OwnToken, Failure> {
    let kid = PublishedKey::from_der(public_key).context("an RSA key")?.kid;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock")?;
    let millis = u64::try_from(now.as_millis()).context("the clock")?;
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": PLAYER, "client_id": "local", "iat": now.as_secs(),
        "exp": (now + LIFETIME).as_secs(), "jti": Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid(),
        "ver": 1, "token_type": "access", "sid": SESSION, "permissions": ["user:*"],
        "player_uuid": PLAYER, "person_id": PERSON, "active_player_uuid": PLAYER,
    });
    let header = Header { typ: Some("at+jwt".into()), kid: Some(kid), ..Header::new(jsonwebtoken::Algorithm::RS256) };
    let token = encode(&header, &claims, private).context("a token")?;
    Ok(OwnToken { token, public_key: STANDARD.encode(public_key) })
}

/// The refresh token of the session in the tables.
pub(crate) fn refresh_token() -> String {
    let uuid = |text: &str| Uuid::try_parse(text).unwrap_or_default();
    let claim = RefreshClaim { player_uuid: PlayerUuid(uuid(PLAYER)), session: SessionId(uuid(SESSION)), n: 1 };
    LoginSettings::from_json(SETTINGS).map(|settings| settings.refresh_tokens.issue(&claim)).unwrap_or_default()
}
