use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use uuid::{Builder, Uuid};

use super::LoginIssuer;
use crate::{
    ambient::Ambient,
    aws::CallError,
    identity::{ClientId, PersonId, PlayerUuid, SessionId, Timestamp},
    signing::LoginKeys,
};

/// Issues access tokens (RFC 9068), signed by KMS.
#[derive(Debug)]
pub struct AccessTokens {
    issuer: LoginIssuer,
    lifetime: Duration,
    keys: Arc<LoginKeys>,
    ambient: Ambient,
}

/// The holder of a token.
#[derive(Debug, Clone, Copy)]
pub enum Bearer<'a> {
    /// The client itself.
    Client,
    /// A player that logged in through the client.
    Player(Player<'a>),
}

/// The player of a token.
#[derive(Debug, Clone, Copy)]
pub struct Player<'a> {
    /// The user that logged in.
    pub player_uuid: PlayerUuid,
    /// The person to which the user belongs now.
    pub person_id: PersonId,
    /// The player to play.
    pub active_player_uuid: PlayerUuid,
    /// The session, if there is a refresh token.
    pub session: Option<SessionId>,
    /// The types of the restrictions that the person has.
    pub restrictions: &'a [&'static str],
}

/// A new token. `Debug` shows nothing of it.
pub struct IssuedToken {
    /// The token in the compact form.
    pub text: String,
    /// Its lifetime in seconds.
    pub expires_in: u64,
}

/// The claims (RFC 9068 section 2.2, and those of RallyHere's tokens).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    client_id: &'a str,
    iat: i64,
    exp: i64,
    jti: Uuid,
    ver: u8,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    permissions: &'a [String],
    #[serde(flatten)]
    player: Option<PlayerClaims<'a>>,
}

#[derive(Serialize)]
struct PlayerClaims<'a> {
    player_uuid: PlayerUuid,
    person_id: PersonId,
    active_player_uuid: PlayerUuid,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    restrictions: &'a [&'static str],
}

impl AccessTokens {
    /// Tokens of this issuer with this lifetime.
    pub fn new(issuer: LoginIssuer, lifetime: Duration, keys: Arc<LoginKeys>, ambient: Ambient) -> Self {
        Self { issuer, lifetime, keys, ambient }
    }

    /// The issuer.
    pub fn issuer(&self) -> &LoginIssuer {
        &self.issuer
    }

    /// A new token, with one call to KMS.
    pub async fn issue(
        &self,
        client_id: &ClientId,
        permissions: &[String],
        bearer: Bearer<'_>,
        now: Timestamp,
    ) -> Result<IssuedToken, CallError> {
        let (client_id, subject) = (client_id.as_str(), bearer.subject(client_id));
        let player = match bearer {
            Bearer::Client => None,
            Bearer::Player(player) => Some(player),
        };
        let claims = Claims {
            iss: &self.issuer.issuer,
            aud: &self.issuer.audience,
            sub: &subject,
            client_id,
            iat: now.round_down().as_unix(),
            exp: now.plus(self.lifetime).round_down().as_unix(),
            jti: token_id(now, self.ambient.uuid()),
            ver: 1,
            token_type: "access",
            sid: player.and_then(|player| player.session),
            permissions,
            player: player.map(|player| PlayerClaims {
                player_uuid: player.player_uuid,
                person_id: player.person_id,
                active_player_uuid: player.active_player_uuid,
                restrictions: player.restrictions,
            }),
        };
        let text = self.sign(&claims).await?;
        Ok(IssuedToken { text, expires_in: self.lifetime.as_secs() })
    }

    async fn sign(&self, claims: &Claims<'_>) -> Result<String, CallError> {
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(self.keys.signing_kid().await?.to_owned()),
            ..Header::new(Algorithm::RS256)
        };
        let message = format!("{}.{}", part(&header)?, part(claims)?);
        let signature = self.keys.sign(message.as_bytes()).await?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Bearer<'_> {
    /// The `sub` of the token: the user that logged in, or the client.
    fn subject(self, client_id: &ClientId) -> String {
        match self {
            Self::Client => client_id.as_str().to_owned(),
            Self::Player(player) => player.player_uuid.to_string(),
        }
    }
}

/// The id of a token: a UUID of version 7 (RFC 9562 section 5.7). Its milliseconds tell whether the
/// token is older than the end of all sessions, also within the second of `iat`.
fn token_id(now: Timestamp, random: Uuid) -> Uuid {
    let mut bytes = [0; 10];
    bytes.iter_mut().zip(random.as_bytes()).for_each(|(byte, random)| *byte = *random);
    let millis = u64::try_from(now.as_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// A part of a token: JSON in base64url.
fn part(content: &impl Serialize) -> Result<String, CallError> {
    let json = serde_json::to_vec(content).map_err(|_| CallError::Broken("a token is not JSON".into()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedToken")
    }
}
