//! Logins and sessions in the items of users.

use super::Tables;
use crate::flaws::Flaw;
use shared::{
    identity::{
        Login, LoginOrder, LoginState, LoginStep, LoginWrite, MAX_SESSIONS, Naming, Opening, PersonId, PlayerUuid,
        SessionId, SessionPolicy, SessionUse, Sessions, Timestamp, UserState,
    },
    store::{EndedAll, LoggedIn, SessionEnded, SessionUsed},
};

/// The part of a user's item that is about logins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logins {
    pub sessions: Option<Sessions>,
    pub last_login: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub ended_login: Option<Timestamp>,
}

impl Logins {
    /// The number of sessions.
    pub fn len(&self) -> usize {
        self.sessions.as_ref().map_or(0, |sessions| sessions.0.len())
    }

    /// Ends all sessions.
    pub fn end(&mut self, now: Timestamp) {
        self.sessions = Some(Sessions::default());
        self.ended = Some(now);
        self.ended_login = Some(self.last_login.unwrap_or(Timestamp::from_millis(0)));
    }

    /// Whether a session can be opened at this place.
    fn has_room(&self, opening: &Opening, flawed: bool) -> bool {
        let used = |id| self.sessions.as_ref().and_then(|sessions| sessions.0.get(id)).map(|session| session.used);
        match opening {
            Opening::First => self.sessions.is_none(),
            Opening::Only => true,
            Opening::Beside => self.sessions.is_some() && (self.len() < MAX_SESSIONS || flawed),
            Opening::InPlaceOf(ended) => {
                self.len() < MAX_SESSIONS + ended.len() && ended.iter().all(|(id, time)| used(id) == Some(*time))
            }
        }
    }
}

/// A login that was not written: the item, and whether it has noted the login's operation. `None`
/// if there is no item.
pub type NotWritten = Option<Box<(LoginState, bool)>>;

impl Tables {
    pub fn login_state(&self, player_uuid: PlayerUuid) -> Option<LoginState> {
        let user = self.user(player_uuid)?;
        let Logins { sessions, last_login, ended: sessions_ended, ended_login } =
            self.logins.get(&player_uuid).cloned().unwrap_or_default();
        Some(LoginState { user, sessions, last_login, sessions_ended, ended_login })
    }

    /// The user as a refresh reads it.
    pub fn read_login_state(&self, player_uuid: PlayerUuid) -> Option<LoginState> {
        let mut read = self.login_state(player_uuid)?;
        if self.has(Flaw::SessionBeforeState) {
            read.user.state = UserState::Active;
        }
        Some(read)
    }

    /// Whether the user may log in and belongs to this person.
    fn may_enter(&self, player_uuid: PlayerUuid, person_id: PersonId) -> bool {
        let user = self.users.get(&player_uuid).map(|row| &row.item);
        let active = |state| state == UserState::Active || self.has(Flaw::AnyStateLogsIn);
        user.is_some_and(|user| active(user.state) && user.person_id == person_id)
    }

    /// Makes one attempt to write a login, in this way.
    pub fn write_login(&mut self, login: &Login, write: &LoginWrite) -> Result<LoginState, NotWritten> {
        let player = login.player_uuid;
        let Some(seen) = self.login_state(player) else { return Err(None) };
        let is_noted = self.users.get(&player).is_some_and(|row| row.since(login.operation).is_some());
        let ninth = self.has(Flaw::NinthSession);
        let logins = self.logins.entry(player).or_default();
        let has_room = write.opening.as_ref().is_none_or(|opening| logins.has_room(opening, ninth));
        let same_name = login.display_name.is_some() && login.display_name == seen.user.display_name;
        let is_named = match write.naming {
            Naming::Unknown => true,
            Naming::Same => same_name,
            Naming::New => !is_noted && !same_name,
        };
        let is_overtaken = seen.last_login > Some(login.now);
        let is_ordered = is_overtaken == (write.order == LoginOrder::Overtaken) || self.has(Flaw::EarlierLoginWins);
        if !self.may_enter(player, login.person_id) || !has_room || !is_named || !is_ordered {
            return Err(Some(Box::new((seen, is_noted))));
        }
        let logins = self.logins.entry(player).or_default();
        if write.order == LoginOrder::Last {
            logins.last_login = Some(login.now);
        }
        if let (Some(opening), Some(new)) = (&write.opening, &login.session) {
            let sessions = logins.sessions.get_or_insert_default();
            match opening {
                Opening::First | Opening::Only => sessions.0.clear(),
                Opening::Beside => {}
                Opening::InPlaceOf(ended) => ended.iter().for_each(|(id, _)| drop(sessions.0.remove(id))),
            }
            sessions.0.insert(new.id, new.opened(login.now));
        }
        if write.naming == Naming::New
            && let Some(row) = self.users.get_mut(&player)
        {
            row.item.display_name.clone_from(&login.display_name);
            row.item.sequence += 1;
            row.item.changed = login.now;
            row.note(login.operation);
        }
        self.login_state(player).ok_or(None)
    }

    /// Writes a login, in as many attempts as it needs.
    pub fn log_in(&mut self, login: &Login, policy: &SessionPolicy) -> LoggedIn {
        let mut write = login.first_write(policy);
        loop {
            let (seen, is_noted) = match self.write_login(login, &write) {
                Ok(state) => return LoggedIn::Done(state),
                Err(None) => return LoggedIn::Moved,
                Err(Some(refused)) => *refused,
            };
            write = match login.after_refusal(&seen, is_noted, policy) {
                LoginStep::Write(write) => write,
                LoginStep::Done => return LoggedIn::Done(seen),
                LoginStep::Restricted => return LoggedIn::Restricted(seen.user),
                LoginStep::Moved => return LoggedIn::Moved,
            };
        }
    }

    pub fn use_session(&mut self, used: &SessionUse) -> SessionUsed {
        let player = used.player_uuid;
        let may_enter = self.may_enter(player, used.person_id);
        let blind = self.has(Flaw::UseBlind);
        let sessions = self.logins.get_mut(&player).and_then(|logins| logins.sessions.as_mut());
        let session = sessions.and_then(|sessions| sessions.0.get_mut(&used.session)).filter(|_| may_enter);
        let fresh = session.filter(|kept| (kept.n == used.before.n || blind) && kept.used <= used.after.used);
        let is_done = fresh.is_some();
        if let Some(session) = fresh {
            (session.n, session.used, session.ends) = (used.after.n, used.after.used, used.after.ends);
        }
        let Some(seen) = self.login_state(player) else { return SessionUsed::Changed(None) };
        let is_written = may_enter && seen.session(used.session) == Some(&used.after);
        if is_done || is_written { SessionUsed::Done(seen) } else { SessionUsed::Changed(Some(seen)) }
    }

    pub fn end_session(&mut self, player: PlayerUuid, session: SessionId) -> SessionEnded {
        let stays = self.has(Flaw::SessionStays);
        let sessions = self.logins.get_mut(&player).and_then(|logins| logins.sessions.as_mut());
        let Some(sessions) = sessions else { return SessionEnded::Gone };
        if !sessions.0.contains_key(&session) {
            return SessionEnded::Gone;
        }
        if !stays {
            sessions.0.remove(&session);
        }
        SessionEnded::Done
    }

    pub fn end_all_sessions(&mut self, player: PlayerUuid, person_id: Option<PersonId>, now: Timestamp) -> EndedAll {
        let Some(user) = self.user(player) else { return EndedAll::NoUser };
        if person_id.is_some_and(|person_id| person_id != user.person_id) {
            return EndedAll::Moved;
        }
        self.logins.entry(player).or_default().end(now);
        EndedAll::Done(user)
    }

    /// Makes a user's item as old as from before there were sessions.
    pub fn age(&mut self, player: PlayerUuid) {
        if let Some(logins) = self.logins.get_mut(&player) {
            logins.sessions = None;
        }
    }
}
