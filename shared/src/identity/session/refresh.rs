use super::{ClientId, LoginState, RefreshMode, Session, SessionId, SessionPolicy};
use crate::identity::{PersonId, PlayerUuid, Timestamp, UserState};

/// The content of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshClaim {
    /// The user that logged in.
    pub player_uuid: PlayerUuid,
    /// The session.
    pub session: SessionId,
    /// The number of the token within its session.
    pub n: u32,
}

/// The judgement on a genuine refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// The token is good, if this use can be written.
    Good(SessionUse),
    /// The user is in this state, and not active.
    Restricted(UserState),
    /// The session has ended, or never had such a token.
    NotFound,
    /// The session is bound to another client.
    OtherClient,
    /// The token was replaced, too long ago for a lost answer. Two parties hold tokens of this
    /// session, so it must end.
    ///
    /// A write that ends it needs no condition on the session. Numbers and times of use only grow,
    /// so a token that was reused once can never be good again.
    Reused,
}

/// One use of a session, to be written if the session is still as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionUse {
    /// The user of the session.
    pub player_uuid: PlayerUuid,
    /// The user's person, as it was read.
    pub person_id: PersonId,
    /// The session.
    pub session: SessionId,
    /// The session as it was read.
    pub before: Session,
    /// The session after the use.
    pub after: Session,
}

impl SessionUse {
    /// The refresh token for the answer.
    pub fn successor(&self) -> RefreshClaim {
        RefreshClaim { player_uuid: self.player_uuid, session: self.session, n: self.after.n }
    }
}

impl LoginState {
    /// Judges a refresh token whose signature is good. The user's state has precedence over its
    /// session.
    ///
    /// A token that is one behind, within `lost_answer` after the session's last use, is the retry
    /// of a refresh whose answer was lost. It gets the same successor again. Its use is written too,
    /// so that it fails after a deactivation, and leaves the session as it is: if it moved `used`,
    /// a thief could keep the window open for ever.
    pub fn present(
        &self,
        token: &RefreshClaim,
        client: &ClientId,
        policy: &SessionPolicy,
        now: Timestamp,
    ) -> Presented {
        if self.user.state != UserState::Active {
            return Presented::Restricted(self.user.state);
        }
        let Some(before) = self.session(token.session).filter(|session| !session.is_over(now)) else {
            return Presented::NotFound;
        };
        if before.client != *client {
            return Presented::OtherClient;
        }
        if token.n > before.n {
            return Presented::NotFound;
        }
        let Some(after) = after(before, token.n, policy, now) else { return Presented::Reused };
        // The policy has become stricter since the last use.
        if after.is_over(now) {
            return Presented::NotFound;
        }
        Presented::Good(SessionUse {
            player_uuid: self.user.player_uuid,
            person_id: self.user.person_id,
            session: token.session,
            before: before.clone(),
            after,
        })
    }
}

/// The session after a use of token `n`, which is at most the session's. `None` if that is a reuse.
fn after(before: &Session, n: u32, policy: &SessionPolicy, now: Timestamp) -> Option<Session> {
    let used = before.used.max(now);
    let ends = policy.end(before.issued, used);
    match policy.mode {
        RefreshMode::Stable if n == before.n => Some(Session { used, ends, ..before.clone() }),
        // Only a mode that was `rotate` before leaves older tokens. `used` does not show when they
        // were replaced.
        RefreshMode::Stable => None,
        RefreshMode::Rotate if n == before.n => Some(Session { n: n.checked_add(1)?, used, ends, ..before.clone() }),
        RefreshMode::Rotate => {
            let is_one_behind = n.checked_add(1) == Some(before.n);
            let was_lost = is_one_behind && before.used.until(now) <= policy.lost_answer;
            was_lost.then(|| before.clone())
        }
    }
}
