//! Logins and sessions.

use shared::identity::{MAX_SESSIONS, RefreshClaim, SessionId, UserState};

use super::{Person, Spec, Told, User, told};
use crate::{
    history::Entry,
    logins::{LOST_ANSWER, SETTINGS},
    tables::Logins,
};

/// A session of a user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    id: SessionId,
    n: u32,
    issued: i64,
    used: i64,
    client: usize,
}

/// The sessions in an item.
pub(super) fn sessions(logins: &Logins) -> Vec<Session> {
    let sessions = logins.sessions.iter().flat_map(|sessions| &sessions.0);
    // The worlds begin with sessions of the first client.
    sessions
        .map(|(id, kept)| Session {
            id: *id,
            n: kept.n,
            issued: kept.issued.as_millis(),
            used: kept.used.as_millis(),
            client: 0,
        })
        .collect()
}

impl Spec {
    pub(super) fn log_in(&mut self, entry: &Entry, account: usize, refresh: bool) -> Told {
        let session = entry.note.session.map(|id| Session { id, n: 1, issued: entry.now, used: entry.now, client: 0 });
        let session = session.filter(|_| refresh);
        let Some(user) = self.users.iter_mut().find(|user| user.account == account) else {
            let Some((player, id)) = entry.note.created else { return told(0, "") };
            let sessions = session.into_iter().collect();
            self.users.push(User { player, account, person: id, state: UserState::Active, sequence: 1, sessions });
            self.persons.push(Person { id, active: None, purge: None });
            return self.entered(account, session);
        };
        if user.state != UserState::Active {
            return told(403, "user_auth_restricted");
        }
        if let Some(session) = session {
            user.sessions.retain(|other| other.id != session.id);
            if user.sessions.len() == MAX_SESSIONS {
                // If others log in at the same time, the oldest one that was read may have gone.
                let oldest = user.sessions.iter().map(|other| (other.issued, other.id)).min();
                let oldest = oldest.map(|(_, id)| id).filter(|_| !entry.concurrent);
                let gone = oldest.or_else(|| entry.note.evicted.last().copied());
                user.sessions.retain(|other| Some(other.id) != gone);
            }
            user.sessions.push(session);
        }
        self.entered(account, session)
    }

    /// The answer of a login or refresh.
    fn entered(&self, account: usize, session: Option<Session>) -> Told {
        let Some(user) = self.user(account) else { return told(0, "") };
        let token = session.map(|Session { id, n, .. }| RefreshClaim { player_uuid: user.player, session: id, n });
        told(200, "")
            .with("/person_id", user.person)
            .with("/refresh_token", token.map_or_else(String::new, |token| SETTINGS.refresh_tokens.issue(&token)))
    }

    pub(super) fn refresh(&mut self, entry: &Entry, token: RefreshClaim, client: usize) -> Told {
        let Some(user) = self.users.iter_mut().find(|user| user.player == token.player_uuid) else {
            return told(403, "refresh_token_invalid_user");
        };
        if user.state != UserState::Active {
            return told(403, "user_auth_restricted");
        }
        let Some(session) = user.sessions.iter_mut().find(|session| session.id == token.session) else {
            return told(403, "refresh_token_not_found");
        };
        if session.client != client {
            return told(403, "refresh_token_client_id_mismatch");
        }
        let is_newest = token.n == session.n;
        let was_lost = token.n + 1 == session.n && entry.now - session.used <= LOST_ANSWER;
        if !is_newest && !was_lost {
            user.sessions.retain(|session| session.id != token.session);
            return told(403, "refresh_token_not_found");
        }
        if is_newest {
            session.n += 1;
            session.used = session.used.max(entry.now);
        }
        let (account, session) = (user.account, *session);
        self.entered(account, Some(session))
    }

    pub(super) fn log_out(&mut self, token: RefreshClaim) -> Told {
        if let Some(user) = self.users.iter_mut().find(|user| user.player == token.player_uuid) {
            user.sessions.retain(|session| session.id != token.session);
        }
        told(200, "")
    }
}
