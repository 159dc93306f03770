//! A line of the table: an outcome, how to get there, and what it costs.

/// The outcome that is no refusal.
pub(crate) const DONE: &str = "done";

/// One outcome of one operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The operation's id in the description of the API.
    pub(crate) operation: &'static str,
    /// [`DONE`], or the refusal as the description names it.
    pub(crate) outcome: &'static str,
    /// What tells it from others of the same outcome; docs/costs.md says so, too.
    pub(crate) case: &'static str,
    /// What happened before.
    pub(crate) given: &'static [Given],
    /// Who asks.
    pub(crate) who: Who,
    /// How it asks.
    pub(crate) ask: Ask,
    /// Write units, as the engine says.
    pub(crate) writes: f64,
    /// Read units, as the engine says.
    pub(crate) reads: f64,
    /// Write units of what was refused, by rule: the engine says nothing of them.
    pub(crate) refused: f64,
    /// The calls to AWS in order; `!` behind a write that was refused.
    pub(crate) calls: &'static str,
}

/// What happened to the target before it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nobody is there.
    Nobody,
    /// Somebody else was created, so that ids are at hand.
    Ids,
    /// The other user was never created.
    NoOther,
    /// The other user is on this platform.
    OtherOn(&'static str),
    /// The other user joined the user's person.
    Linked,
    /// The other user joined the person of a third.
    OtherLinked,
    /// The user's player is the active one.
    Enabled,
    /// The other user's player is the active one.
    OtherEnabled,
    /// The user's state was changed so.
    Changed(&'static str),
    /// The other user's state was changed so.
    OtherChanged(&'static str),
    /// A purge of the user's person is queued, not due for long.
    Queued,
    /// The same of the other user's person.
    OtherQueued,
    /// The queued purge has begun.
    Begun,
    /// The user's person was purged.
    Purged,
    /// The hour of the purge is sealed.
    Sealed,
    /// The same was asked before, by the same caller.
    Asked,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// A service with every permission.
    Admin,
    /// A service without any.
    Service,
    /// The user, without permission.
    User,
    /// The user with this permission.
    UserMay(&'static str),
    /// The other user, without permission.
    Other,
    /// The other user with this permission.
    OtherMay(&'static str),
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The user is named by platform and id, or by the path.
    Named,
    /// The other way that there is: by `person_id`, or with a time.
    Otherwise,
    /// For now.
    Now,
    /// Nobody is named.
    Unnamed,
    /// The other user is named.
    Other,
    /// Leader and follower are the same.
    Same,
    /// The leader is proven by its token, the follower is the caller.
    ByTokens,
    /// The `userId` is no id of ours.
    Odd,
}
