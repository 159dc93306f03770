use super::{NewSession, Opening, Session, SessionId, SessionPolicy, Sessions};
use crate::identity::{DisplayName, OperationId, PersonId, PlatformUser, PlayerUuid, Timestamp, UserState};

/// A user, with what its item holds about logins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginState {
    /// The user.
    pub user: PlatformUser,
    /// The sessions. `None` if the item is older than sessions and has no map for them.
    pub sessions: Option<Sessions>,
    /// The time of the last login: the latest time, in whatever order the logins were written.
    pub last_login: Option<Timestamp>,
    /// The time at which all sessions ended last: by a deactivation, a lock or a request.
    pub sessions_ended: Option<Timestamp>,
    /// The time of the last login that was written before that end.
    pub ended_login: Option<Timestamp>,
}

impl LoginState {
    /// One session, also if it is over.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.as_ref()?.0.get(&id)
    }

    /// The sessions that are not over.
    pub fn live_sessions(&self, now: Timestamp) -> impl Iterator<Item = (SessionId, &Session)> {
        let all = self.sessions.iter().flat_map(|Sessions(sessions)| sessions);
        all.filter(move |(_, session)| !session.is_over(now)).map(|(id, session)| (*id, session))
    }

    /// Whether an access token of this user is still good, apart from its own end.
    ///
    /// A token of a session is good while the session is there and not over, because a deactivation
    /// or lock ends all sessions. A token without a session must be from after the end of all
    /// sessions, and from after each login that was written before that end. Such a login may bear a
    /// later time than the end, if the write of the end was delayed or its clock was slow.
    pub fn honours(&self, session: Option<SessionId>, issued: Timestamp, now: Timestamp) -> bool {
        let is_good = match session {
            Some(id) => self.session(id).is_some_and(|session| !session.is_over(now)),
            None => self.sessions_ended.max(self.ended_login).is_none_or(|ended| issued > ended),
        };
        is_good && self.user.state == UserState::Active
    }
}

/// The first login of a user, which is created with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstLogin {
    /// The session to open. `None` for a login without a refresh token.
    pub session: Option<NewSession>,
}

/// A login of a known user.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user, as its claim names it.
    pub player_uuid: PlayerUuid,
    /// The user's person, as the claim names it.
    pub person_id: PersonId,
    /// The name that the platform or client reports. `None` leaves the name as it is.
    pub display_name: Option<DisplayName>,
    /// The session to open. `None` for a login without a refresh token.
    pub session: Option<NewSession>,
    /// The operation id of this write.
    pub operation: OperationId,
    /// The time of the request.
    pub now: Timestamp,
}

/// The effect of a login on the user's display name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The login reports no name.
    Unknown,
    /// The user must already have this name. So a login that changes nothing counts as no change.
    Same,
    /// The user gets this name.
    New,
}

/// The place of a login among those that were written before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginOrder {
    /// None of them has a later time, so this is the last login.
    Last,
    /// One of them has a later time, and stays the last login.
    Overtaken,
}

/// A way to write a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginWrite {
    /// The place of the new session. `None` for a login without a refresh token.
    pub opening: Option<Opening>,
    /// The effect on the display name.
    pub naming: Naming,
    /// The place among the logins before it.
    pub order: LoginOrder,
}

/// The next step of a login whose write was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// Write it this way.
    Write(LoginWrite),
    /// An earlier attempt was applied.
    Done,
    /// The user is not active.
    Restricted,
    /// The user belongs to another person by now.
    Moved,
}

impl Login {
    /// The way to write it while nothing is known of the item. It is right for most logins.
    pub fn first_write(&self, policy: &SessionPolicy) -> LoginWrite {
        LoginWrite {
            opening: self.session.as_ref().map(|_| Opening::at_first(policy)),
            naming: if self.display_name.is_some() { Naming::Same } else { Naming::Unknown },
            order: LoginOrder::Last,
        }
    }

    /// The next step after a write was refused by this item. `is_noted` says whether the item has
    /// noted the login's operation.
    pub fn after_refusal(&self, seen: &LoginState, is_noted: bool, policy: &SessionPolicy) -> LoginStep {
        if seen.user.state != UserState::Active {
            return LoginStep::Restricted;
        }
        if seen.user.person_id != self.person_id {
            return LoginStep::Moved;
        }
        let is_open = self.session.as_ref().is_some_and(|session| seen.session(session.id).is_some());
        if is_noted || is_open {
            return LoginStep::Done;
        }
        let place = |_: &NewSession| Opening::among(seen.sessions.as_ref(), policy, self.now);
        let naming = match &self.display_name {
            None => Naming::Unknown,
            name if *name == seen.user.display_name => Naming::Same,
            Some(_) => Naming::New,
        };
        let order = if seen.last_login > Some(self.now) { LoginOrder::Overtaken } else { LoginOrder::Last };
        LoginStep::Write(LoginWrite { opening: self.session.as_ref().map(place), naming, order })
    }
}
