use super::{ClientId, MAX_SESSIONS, Session, SessionId, SessionPolicy, Sessions};
use crate::identity::Timestamp;

/// A session to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The id, drawn once for the request.
    pub id: SessionId,
    /// The client that asks for it.
    pub client: ClientId,
    /// The time at which it ends, unless it is used before.
    pub ends: Timestamp,
}

impl NewSession {
    /// A session of a login at this time.
    pub fn new(id: SessionId, client: ClientId, policy: &SessionPolicy, now: Timestamp) -> Self {
        Self { id, client, ends: policy.end(now, now) }
    }

    /// The session after the login at this time.
    pub fn opened(&self, now: Timestamp) -> Session {
        Session { n: 1, client: self.client.clone(), issued: now, used: now, ends: self.ends }
    }
}

/// The place of a new session among those of its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Beside the others, if there are fewer than [`MAX_SESSIONS`].
    Beside,
    /// In an item that has no map of sessions yet.
    First,
    /// In place of all others.
    Only,
    /// In place of these sessions, if each was last used at this time.
    InPlaceOf(Vec<(SessionId, Timestamp)>),
}

impl Opening {
    /// The place to try while nothing is known of the other sessions.
    pub fn at_first(policy: &SessionPolicy) -> Self {
        if policy.single { Self::Only } else { Self::Beside }
    }

    /// The place among these sessions. `None` stands for an item without a map. A full map loses
    /// its expired sessions, or else the one of the oldest login.
    pub fn among(sessions: Option<&Sessions>, policy: &SessionPolicy, now: Timestamp) -> Self {
        if policy.single {
            return Self::Only;
        }
        let Some(Sessions(sessions)) = sessions else { return Self::First };
        if sessions.len() < MAX_SESSIONS {
            return Self::Beside;
        }
        let mut ended: Vec<_> = sessions.iter().map(|(id, session)| (!session.is_over(now), *id, session)).collect();
        ended.sort_by_key(|(is_live, id, session)| (*is_live, session.issued, *id));
        let expired = ended.iter().filter(|(is_live, ..)| !is_live).count();
        let excess = sessions.len() + 1 - MAX_SESSIONS;
        let ended = ended.into_iter().take(expired.max(excess)).map(|(_, id, session)| (id, session.used));
        Self::InPlaceOf(ended.collect())
    }
}
