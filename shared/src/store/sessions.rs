use std::future::Future;

use super::DynamoStore;
use crate::{
    aws::{Attempts, CallError},
    dynamo::Updated,
    identity::{
        Login, LoginState, LoginStep, PersonId, PlatformUser, PlayerUuid, SessionId, SessionPolicy, SessionUse,
        Timestamp, UserState,
    },
    tables::{operations, users},
};

/// The result of a login of a known user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedIn {
    /// The login was written. Holds the user after it.
    Done(LoginState),
    /// The user is not active.
    Restricted(PlatformUser),
    /// The user was purged or moved to another person since its claim was read.
    Moved,
}

/// The result of a use of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionUsed {
    /// The use was written. Holds the user after it.
    Done(LoginState),
    /// The user or its session has changed since it was read. Holds the current user, if there is
    /// one, on which the token is to be judged again.
    Changed(Option<LoginState>),
}

/// The result of ending one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnded {
    /// The session was ended.
    Done,
    /// There is no such session, or no such user.
    Gone,
}

/// The result of ending all sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndedAll {
    /// All sessions were ended. Holds the user.
    Done(PlatformUser),
    /// The user belongs to another person.
    Moved,
    /// The user does not exist.
    NoUser,
}

/// Logs known users in.
pub trait LogIn: Send + Sync + 'static {
    /// Writes the login, with its session if it opens one, if the user is active and still belongs
    /// to the person of the login. Two round trips and writes if the user has [`MAX_SESSIONS`]
    /// sessions already, gets another display name, is older than sessions and has no map for them,
    /// or has a login with a later time.
    ///
    /// [`MAX_SESSIONS`]: crate::identity::MAX_SESSIONS
    fn log_in(&self, login: &Login, policy: &SessionPolicy)
    -> impl Future<Output = Result<LoggedIn, CallError>> + Send;
}

/// Reads users with what their items hold about logins.
pub trait ReadLogins: Send + Sync + 'static {
    /// The user, read with strong consistency.
    fn login_state(
        &self,
        player_uuid: PlayerUuid,
    ) -> impl Future<Output = Result<Option<LoginState>, CallError>> + Send;
}

/// Writes the uses of sessions.
pub trait UseSessions: Send + Sync + 'static {
    /// Writes a use, if the user is active and the session is as it was read.
    fn use_session(&self, used: &SessionUse) -> impl Future<Output = Result<SessionUsed, CallError>> + Send;
}

/// Ends single sessions.
pub trait EndSessions: Send + Sync + 'static {
    /// Ends a session.
    fn end_session(
        &self,
        player_uuid: PlayerUuid,
        session: SessionId,
    ) -> impl Future<Output = Result<SessionEnded, CallError>> + Send;
}

/// Ends all sessions of a user.
pub trait EndAllSessions: Send + Sync + 'static {
    /// Ends all sessions and notes the time, so that access tokens without a session end too. If a
    /// person is given, the user must belong to it.
    fn end_all_sessions(
        &self,
        player_uuid: PlayerUuid,
        person_id: Option<PersonId>,
        now: Timestamp,
    ) -> impl Future<Output = Result<EndedAll, CallError>> + Send;
}

impl LogIn for DynamoStore {
    async fn log_in(&self, login: &Login, policy: &SessionPolicy) -> Result<LoggedIn, CallError> {
        let mut write = login.first_write(policy);
        // The second write is no repeat, and waits for nothing.
        let mut repeats = Attempts::new(self.dynamo.ambient());
        loop {
            let item = match self.dynamo.update(users::log_in(&self.tables, login, &write)).await? {
                Updated::Done(item) => return users::decode_login(&item).map(LoggedIn::Done),
                Updated::Refused(None) => return Ok(LoggedIn::Moved),
                Updated::Refused(Some(item)) => item,
            };
            let seen = users::decode_login(&item)?;
            let is_noted = operations::since(&item, login.operation).is_some();
            write = match login.after_refusal(&seen, is_noted, policy) {
                LoginStep::Write(write) => write,
                LoginStep::Done => return Ok(LoggedIn::Done(seen)),
                LoginStep::Restricted => return Ok(LoggedIn::Restricted(seen.user)),
                LoginStep::Moved => return Ok(LoggedIn::Moved),
            };
            if !repeats.next().await {
                return Err(CallError::Contended);
            }
        }
    }
}

impl ReadLogins for DynamoStore {
    async fn login_state(&self, player_uuid: PlayerUuid) -> Result<Option<LoginState>, CallError> {
        let item = self.dynamo.get(&self.tables.users, users::key(player_uuid)).await?;
        item.as_ref().map(users::decode_login).transpose()
    }
}

impl UseSessions for DynamoStore {
    async fn use_session(&self, used: &SessionUse) -> Result<SessionUsed, CallError> {
        let item = match self.dynamo.update(users::use_session(&self.tables, used)).await? {
            Updated::Done(item) => return users::decode_login(&item).map(SessionUsed::Done),
            Updated::Refused(item) => item,
        };
        let Some(item) = item else { return Ok(SessionUsed::Changed(None)) };
        let seen = users::decode_login(&item)?;
        // An earlier attempt was applied, or an equal use. Both have the same successor.
        let is_written = seen.session(used.session) == Some(&used.after);
        let is_in = seen.user.state == UserState::Active && seen.user.person_id == used.person_id;
        Ok(if is_written && is_in { SessionUsed::Done(seen) } else { SessionUsed::Changed(Some(seen)) })
    }
}

impl EndSessions for DynamoStore {
    async fn end_session(&self, player_uuid: PlayerUuid, session: SessionId) -> Result<SessionEnded, CallError> {
        Ok(match self.dynamo.update(users::end_session(&self.tables, player_uuid, session)).await? {
            Updated::Done(_) => SessionEnded::Done,
            Updated::Refused(_) => SessionEnded::Gone,
        })
    }
}

impl EndAllSessions for DynamoStore {
    async fn end_all_sessions(
        &self,
        player_uuid: PlayerUuid,
        person_id: Option<PersonId>,
        now: Timestamp,
    ) -> Result<EndedAll, CallError> {
        match self.dynamo.update(users::end_all_sessions(&self.tables, player_uuid, person_id, now)).await? {
            Updated::Done(item) => users::decode(&item).map(EndedAll::Done),
            Updated::Refused(None) => Ok(EndedAll::NoUser),
            Updated::Refused(Some(_)) => Ok(EndedAll::Moved),
        }
    }
}
