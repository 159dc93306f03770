use uuid::Uuid;

use super::{caller::Caller, error::TokenProblem};
use crate::{
    identity::{PersonId, PlayerUuid, SessionId, Timestamp},
    json::{Members, Mistyped},
};

/// The claims of a token that this deployment issued. `Debug` shows nothing of it.
pub struct OwnToken {
    /// The caller that it proves.
    pub caller: Caller,
    /// Its subject: a player, or the client itself.
    pub sub: String,
    /// The client that got it.
    pub client_id: String,
    /// Its own id.
    pub jti: String,
    /// The time at which it was issued, to the millisecond if its id tells.
    pub issued: Timestamp,
    /// The claim `iat`, in seconds since the Unix epoch.
    pub iat: i64,
    /// The claim `exp`, in seconds since the Unix epoch.
    pub exp: i64,
    /// The session of its refresh token.
    pub session: Option<SessionId>,
    /// The person of its player when it was issued.
    pub person_id: Option<PersonId>,
    /// The player to play when it was issued.
    pub active_player_uuid: Option<PlayerUuid>,
}

impl OwnToken {
    pub(super) fn read(claims: &Members<'_>, caller: Caller) -> Result<Self, TokenProblem> {
        let text = |name: &'static str| {
            let text = claims.text(name).ok().flatten();
            text.map(std::borrow::Cow::into_owned).ok_or(TokenProblem::InvalidClaim(name))
        };
        let seconds = |name: &'static str| claims.read(name).ok().flatten().ok_or(TokenProblem::InvalidClaim(name));
        let uuid = |name: &'static str| claims.read::<Uuid>(name).map_err(|Mistyped| TokenProblem::InvalidClaim(name));
        let (iat, jti) = (seconds("iat")?, text("jti")?);
        Ok(Self {
            caller,
            sub: text("sub")?,
            client_id: text("client_id")?,
            issued: issued(&jti).unwrap_or_else(|| Timestamp::from_millis(1000_i64.saturating_mul(iat))),
            jti,
            iat,
            exp: seconds("exp")?,
            session: uuid("sid")?.map(SessionId),
            person_id: uuid("person_id")?.map(PersonId),
            active_player_uuid: uuid("active_player_uuid")?.map(PlayerUuid),
        })
    }

    /// The player for whom it was issued.
    pub fn player_uuid(&self) -> Option<PlayerUuid> {
        self.caller.player_uuid()
    }
}

/// The milliseconds in a UUID of version 7 (RFC 9562 section 5.7).
fn issued(jti: &str) -> Option<Timestamp> {
    let id = Uuid::parse_str(jti).ok().filter(|id| id.get_version_num() == 7)?;
    i64::try_from(id.as_u128() >> 80).ok().map(Timestamp::from_millis)
}

impl std::fmt::Debug for OwnToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnToken")
    }
}
