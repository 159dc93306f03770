//! The rules of logins and sessions.

use std::collections::BTreeMap;

use shared::identity::{MAX_SESSIONS, PersonId, PlayerUuid, Session, SessionId, StateChange, UserState};

use super::Violation;
use crate::{
    history::{Entry, Op},
    logins,
    sim::State,
    tables::Tables,
};

/// The latest time after its session write that a token may have as its `iat`, in milliseconds.
const IAT: i64 = 8_000;

/// The users and persons as they are from some moment on.
#[derive(Debug, Clone)]
pub struct Past {
    from: usize,
    users: BTreeMap<PlayerUuid, (PersonId, UserState)>,
    active: BTreeMap<PersonId, Option<PlayerUuid>>,
}

impl Past {
    /// The state of the tables from this moment on.
    pub fn of(tables: &Tables, from: usize) -> Self {
        let users = tables.users.iter().map(|(player, row)| (*player, (row.item.person_id, row.item.state)));
        let active = tables.persons.iter().map(|(person, row)| (*person, row.item.active_player));
        Self { from, users: users.collect(), active: active.collect() }
    }
}

/// Checks a change of the tables.
pub fn after_write(state: &mut State, name: &'static str, before: &Tables) {
    if state.tables.users != before.users || state.tables.persons != before.persons {
        let past = Past::of(&state.tables, state.moment);
        state.past.push(past);
    }
    if state.tables.logins == before.logins && state.tables.users == before.users {
        return;
    }
    let own = state.note().session;
    let found: Vec<_> = [
        at_most_eight(name, before, &state.tables),
        restricted(&state.tables),
        orphans(&state.tables),
        comebacks(state, own, before),
        backwards(own, before, &state.tables),
        earlier(before, &state.tables),
    ]
    .into_iter()
    .flatten()
    .collect();
    let gone: Vec<_> =
        sessions(before).filter(|(id, _)| find(&state.tables, *id).is_none()).map(|(id, _)| id).collect();
    if name == "log_in" {
        state.note().evicted.extend(&gone);
    }
    state.ended.extend(gone);
    found.into_iter().for_each(|violation| state.violate(violation));
}

fn sessions(tables: &Tables) -> impl Iterator<Item = (SessionId, &Session)> {
    let maps = tables.logins.values().filter_map(|logins| logins.sessions.as_ref());
    maps.flat_map(|sessions| sessions.0.iter().map(|(id, session)| (*id, session)))
}

fn find(tables: &Tables, id: SessionId) -> Option<&Session> {
    tables.logins.values().find_map(|logins| logins.sessions.as_ref()?.0.get(&id))
}

/// A user has at most eight sessions. A login ends at most one other session.
fn at_most_eight(name: &str, before: &Tables, after: &Tables) -> Option<Violation> {
    after.logins.iter().find_map(|(player, logins)| {
        let wrong = |text: String| Some(Violation::new("at-most-eight-sessions", text));
        if logins.len() > MAX_SESSIONS {
            return wrong(format!("{player} has {} sessions", logins.len()));
        }
        let earlier = before.logins.get(player).and_then(|logins| logins.sessions.as_ref())?;
        let gone = earlier.0.keys().filter(|id| find(after, **id).is_none()).count();
        if name == "log_in" && gone > 1 {
            return wrong(format!("a login of {player} ended {gone} of {} sessions", earlier.0.len()));
        }
        None
    })
}

/// A user that is not active has no session.
fn restricted(tables: &Tables) -> Option<Violation> {
    tables.logins.iter().find_map(|(player, logins)| {
        let user = tables.users.get(player).map(|row| &row.item)?;
        let is_wrong = user.state != UserState::Active && logins.len() > 0;
        is_wrong.then(|| Violation::new("no-session-while-restricted", format!("{player} is {:?}", user.state)))
    })
}

/// Sessions are deleted with their user.
fn orphans(tables: &Tables) -> Option<Violation> {
    let orphan = tables.logins.keys().find(|player| !tables.users.contains_key(player));
    orphan.map(|player| Violation::new("nothing-left", format!("{player} has a login and no user")))
}

/// A session that has ended never comes back. Only the login that opens it may write it twice,
/// before anybody has its token.
fn comebacks(state: &State, own: Option<SessionId>, before: &Tables) -> Option<Violation> {
    let new = sessions(&state.tables).map(|(id, _)| id).filter(|id| find(before, *id).is_none() && Some(*id) != own);
    let mut back = new.filter(|id| state.ended.contains(id));
    back.next().map(|id| Violation::new("no-session-comeback", format!("session {id} came back")))
}

/// The number and the time of use of a session only grow.
fn backwards(own: Option<SessionId>, before: &Tables, after: &Tables) -> Option<Violation> {
    let mut pairs =
        sessions(before).filter(|(id, _)| Some(*id) != own).filter_map(|(id, old)| Some((id, old, find(after, id)?)));
    let wrong = pairs.find(|(_, old, new)| new.n < old.n || new.used < old.used || new.issued != old.issued);
    wrong.map(|(id, old, new)| {
        Violation::new("sessions-only-grow", format!("session {id} went from {old:?} to {new:?}"))
    })
}

/// The time of the last login only grows, so the end of all sessions covers each login before it.
fn earlier(before: &Tables, after: &Tables) -> Option<Violation> {
    let mut pairs = before.logins.iter().filter_map(|(player, old)| Some((player, old, after.logins.get(player)?)));
    let (player, old, new) = pairs.find(|(_, old, new)| new.last_login < old.last_login)?;
    let text = format!("{player} went from {:?} to {:?}", old.last_login, new.last_login);
    Some(Violation::new("last-login-is-the-latest", text))
}

/// Checks the access token of an answer. `skew` is the error of the clock that dated it.
pub fn answered(state: &mut State, entry: &Entry, skew: i64) {
    let Some(claims) = entry.answer.as_ref().and_then(logins::claims) else { return };
    let during = |(index, past): &(usize, &Past)| {
        let until = state.past.get(index + 1).map_or(usize::MAX, |next| next.from);
        past.from <= entry.returned && until >= entry.called
    };
    let during: Vec<_> = state.past.iter().enumerate().filter(during).map(|(_, past)| past).collect();
    let user = |past: &Past| past.users.get(&claims.active).copied();
    let is_its = during.iter().any(|past| user(past).is_some_and(|(person, _)| person == claims.person));
    let is_active = during.iter().any(|past| user(past).is_some_and(|(_, state)| state == UserState::Active));
    let is_chosen = claims.active == claims.player
        || during.iter().any(|past| past.active.get(&claims.person) == Some(&Some(claims.active)));
    if !(is_its && is_active && is_chosen) {
        let text = format!("{:?} lets {} play {}", entry.op, claims.player, claims.active);
        state.violate(Violation::new("plays-an-active-player-of-its-own", text));
    }
    let Some(written) = entry.note.entered else {
        state.violate(Violation::new("written-before-signed", format!("{:?} has a token and wrote nothing", entry.op)));
        return;
    };
    let late = claims.iat * 1000 - skew - written;
    if late > IAT {
        state
            .violate(Violation::new("iat-near-its-write", format!("{:?} has a token dated {late} ms later", entry.op)));
    }
}

/// Checks all answers of a schedule.
pub fn told(history: &[Entry]) -> Option<Violation> {
    history.iter().find_map(|entry| restricted_at_once(entry, history).or_else(|| stays_refused(entry, history)))
}

fn code(entry: &Entry) -> Option<(u16, &str)> {
    let answer = entry.answer.as_ref()?;
    Some((answer.status, answer.body["error_code"].as_str().unwrap_or_default()))
}

/// A login or refresh that begins after the answer of a deactivation or lock is refused, until the
/// user is active again.
fn restricted_at_once(entry: &Entry, history: &[Entry]) -> Option<Violation> {
    let (status, code) = code(entry)?;
    let player = match entry.op {
        Op::LogIn { .. } => entry.answer.as_ref().and_then(logins::claims)?.player,
        Op::Refresh { token, .. } => token.player_uuid,
        _ => return None,
    };
    let of = |other: &Entry| match other.op {
        Op::State(of, change) if of == player => Some(change),
        _ => None,
    };
    let ends = |change: StateChange| matches!(change, StateChange::Deactivate | StateChange::Lock);
    let is_done = |other: &&Entry| self::code(other).is_some_and(|(status, _)| status == 200);
    let restrictions = history.iter().filter(|other| of(other).is_some_and(ends)).filter(is_done);
    let mut standing = restrictions.filter(|done| done.returned < entry.called).filter(|done| {
        let mut freed = history.iter().filter(|other| of(other).is_some_and(|change| !ends(change)));
        !freed.any(|other| other.called < entry.returned && other.returned > done.called)
    });
    let is_right = status == 403 && matches!(code, "user_auth_restricted" | "refresh_token_invalid_user");
    let done = standing.next().filter(|_| !is_right)?;
    let text = format!("{:?} was answered {status} {code} after {:?}", entry.op, done.op);
    Some(Violation::new("restricted-at-once", text))
}

/// Once a token of a session was refused, none of its tokens is good again.
fn stays_refused(entry: &Entry, history: &[Entry]) -> Option<Violation> {
    let session = |entry: &Entry| match entry.op {
        Op::Refresh { token, .. } => Some(token.session),
        _ => None,
    };
    let own = session(entry)?;
    if code(entry)? != (403, "refresh_token_not_found") {
        return None;
    }
    let mut later = history.iter().filter(|other| session(other) == Some(own) && other.called > entry.returned);
    let good = later.find(|other| code(other).is_some_and(|(status, _)| status == 200))?;
    Some(Violation::new("refused-stays-refused", format!("{:?} was good after a refusal of its session", good.op)))
}
