//! Sessions of users, and the rules of refresh tokens.
//!
//! Every rule is a pure function that returns the write as data. `store` writes it, and asks again
//! if the item has changed. One session from its login to a theft, at times in minutes, with a
//! refresh token written `(session, n)`:
//!
//! 1. A login at 0 is written as [`LoginWrite`] `{ opening: Beside, naming: Unknown }`. The item has
//!    `a3… → { n: 1, issued: 0, used: 0 }`, and the client has `(a3…, 1)`.
//! 2. A refresh at 50 presents `(a3…, 1)`. It is [`Presented::Good`], a [`SessionUse`] from
//!    `{ n: 1, used: 0 }` to `{ n: 2, used: 50 }`. The answer has `(a3…, 2)`, and is lost.
//! 3. The client presents `(a3…, 1)` again, at 51. One behind, and a minute after `used`: a use from
//!    `{ n: 2, used: 50 }` to itself. The answer has `(a3…, 2)` again.
//! 4. A thief has copied `(a3…, 2)` and presents it at 80. The item has `{ n: 3, used: 80 }`.
//! 5. The player presents `(a3…, 2)` at 100. One behind, but 20 minutes after `used`: it is
//!    [`Presented::Reused`], and the session ends. Now `(a3…, 3)` is [`Presented::NotFound`].

mod login;
mod opening;
mod refresh;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, time::Duration};

use uuid::Uuid;

pub use login::{FirstLogin, Login, LoginOrder, LoginState, LoginStep, LoginWrite, Naming};
pub use opening::{NewSession, Opening};
pub use refresh::{Presented, RefreshClaim, SessionUse};

use super::Timestamp;

/// The largest number of sessions of one user.
pub const MAX_SESSIONS: usize = 8;

/// The random id of a session. Written as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

impl SessionId {
    /// The session with exactly this name: 32 hex digits, in lower case.
    pub fn from_name(name: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(name).ok()?);
        (id.to_string() == name).then_some(id)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl serde::Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The name of a client of the login, such as a game or a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// The largest length. Eight sessions hold it, in an item that is billed by its size.
    pub const MAX_CHARS: usize = 64;

    /// `None` unless the text has 1 to 64 visible ASCII characters and no colon. HTTP Basic
    /// authentication ends the name at the first colon (RFC 7617, section 2).
    pub fn new(text: String) -> Option<Self> {
        let is_good = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        ((1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(is_good)).then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One session of a user, from a login with a refresh token until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Session {
    /// The number of the newest refresh token, from 1.
    pub n: u32,
    /// The client to which the session is bound.
    pub client: ClientId,
    /// The time of the login.
    pub issued: Timestamp,
    /// The time of the login or of the newest refresh. It never goes back.
    pub used: Timestamp,
    /// The time at which the session ends, unless it is used before. The login and each refresh set
    /// it by the policy of that moment.
    pub ends: Timestamp,
}

impl Session {
    /// Whether the session has reached its end.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends
    }
}

/// The sessions of one user, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions(pub BTreeMap<SessionId, Session>);

/// The treatment of a refresh token by a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshMode {
    /// Each refresh token can be used once. The answer has its successor.
    Rotate,
    /// The refresh token stays the same.
    Stable,
}

/// The rules of sessions that an operator sets. A session keeps the end that its login or newest
/// refresh gave it. So a change of `idle` or `absolute` applies to it from its next refresh on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicy {
    /// The treatment of refresh tokens.
    pub mode: RefreshMode,
    /// The time after its last use at which a session ends.
    pub idle: Duration,
    /// The time after its login at which a session ends.
    pub absolute: Duration,
    /// The time in which the last refresh token but one counts as the sign of a lost answer.
    pub lost_answer: Duration,
    /// Whether a login that opens a session ends all others.
    pub single: bool,
}

impl SessionPolicy {
    /// The end of a session with these times of login and of last use.
    pub fn end(&self, issued: Timestamp, used: Timestamp) -> Timestamp {
        used.plus(self.idle).min(issued.plus(self.absolute))
    }
}
