//! Logins, the uses of sessions, and the signatures of tokens.

use super::{Actor, FAILED_ATTEMPTS, Fate};
use crate::sim::pause;
use shared::{
    aws::CallError,
    identity::{Login, LoginState, LoginStep, PersonId, PlayerUuid, SessionId, SessionPolicy, SessionUse, Timestamp},
    store::{
        EndAllSessions, EndSessions, EndedAll, LogIn, LoggedIn, ReadLogins, SessionEnded, SessionUsed, UseSessions,
    },
};

impl LogIn for Actor {
    async fn log_in(&self, login: &Login, policy: &SessionPolicy) -> Result<LoggedIn, CallError> {
        self.0.state().note().session = login.session.as_ref().map(|session| session.id);
        let mut write = login.first_write(policy);
        for _ in 0..FAILED_ATTEMPTS {
            let made = self.call("log_in", |state| {
                let made = state.write("log_in", |tables| tables.write_login(login, &write));
                state.note_entry(made.is_ok());
                made
            });
            let (seen, is_noted) = match made.await? {
                Ok(state) => return Ok(LoggedIn::Done(state)),
                Err(None) => return Ok(LoggedIn::Moved),
                Err(Some(refused)) => *refused,
            };
            write = match login.after_refusal(&seen, is_noted, policy) {
                LoginStep::Write(write) => write,
                LoginStep::Done => return Ok(LoggedIn::Done(seen)),
                LoginStep::Restricted => return Ok(LoggedIn::Restricted(seen.user)),
                LoginStep::Moved => return Ok(LoggedIn::Moved),
            };
        }
        Err(CallError::Contended)
    }
}

impl ReadLogins for Actor {
    async fn login_state(&self, player_uuid: PlayerUuid) -> Result<Option<LoginState>, CallError> {
        self.read("login_state", |tables| tables.read_login_state(player_uuid)).await
    }
}

impl UseSessions for Actor {
    async fn use_session(&self, used: &SessionUse) -> Result<SessionUsed, CallError> {
        self.call("use_session", |state| {
            let made = state.write("use_session", |tables| tables.use_session(used));
            state.note_entry(matches!(made, SessionUsed::Done(_)));
            made
        })
        .await
    }
}

impl EndSessions for Actor {
    async fn end_session(&self, player_uuid: PlayerUuid, session: SessionId) -> Result<SessionEnded, CallError> {
        self.write("end_session", |tables| tables.end_session(player_uuid, session)).await
    }
}

impl EndAllSessions for Actor {
    async fn end_all_sessions(
        &self,
        player_uuid: PlayerUuid,
        person_id: Option<PersonId>,
        now: Timestamp,
    ) -> Result<EndedAll, CallError> {
        self.write("end_all_sessions", |tables| tables.end_all_sessions(player_uuid, person_id, now)).await
    }
}

impl Actor {
    /// One call to KMS for a signature. Returns whether it is answered.
    pub async fn sign(&self) -> bool {
        pause().await;
        if self.0.state().note().kms_is_away {
            return false;
        }
        match self.fate("sign") {
            Fate::Answered => {
                pause().await;
                true
            }
            Fate::NotDone | Fate::Lost => false,
            Fate::GivenUp(_) => {
                self.0.state().note().kms_is_away = true;
                false
            }
            Fate::CrashBefore | Fate::CrashAfter => {
                self.0.state().note().crashed = true;
                std::future::pending().await
            }
        }
    }
}
