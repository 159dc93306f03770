//! A row of the table: an outcome, the way to reach it, and its cost.

/// The outcome of a success.
pub(crate) const DONE: &str = "done";

/// One outcome of one operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The `operationId` in the OpenAPI document.
    pub(crate) operation: &'static str,
    /// [`DONE`], or the code of the refusal in the OpenAPI document.
    pub(crate) outcome: &'static str,
    /// The case, which distinguishes rows of the same outcome. The documented table uses it too.
    pub(crate) case: &'static str,
    /// The steps before the request.
    pub(crate) given: &'static [Given],
    /// The caller.
    pub(crate) who: Who,
    /// The form of the request.
    pub(crate) ask: Ask,
    /// Write units, as the engine reports them.
    pub(crate) writes: f64,
    /// Read units, as the engine reports them.
    pub(crate) reads: f64,
    /// Write units of refused writes, by AWS's rules, since the engine does not report them.
    pub(crate) refused: f64,
    /// The calls to AWS in order, with `!` after a refused write.
    pub(crate) calls: &'static str,
}

/// A step before the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The user does not exist.
    Nobody,
    /// Another user was created, so that the process has leased player ids.
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
    /// This change of state was made to the user.
    Changed(&'static str),
    /// This change of state was made to the other user.
    OtherChanged(&'static str),
    /// A purge of the user's person is queued, and not due soon.
    Queued,
    /// A purge of the other user's person is queued.
    OtherQueued,
    /// The queued purge has begun.
    Begun,
    /// The user's person was purged.
    Purged,
    /// The hour of the purge is sealed.
    Sealed,
    /// The same caller sent the same request before.
    Asked,
}

/// The caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// A service with every permission.
    Admin,
    /// A service without a permission.
    Service,
    /// The user, without a permission.
    User,
    /// The user with this permission.
    UserMay(&'static str),
    /// The other user, without a permission.
    Other,
    /// The other user with this permission.
    OtherMay(&'static str),
}

/// The form of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Names the user by platform and id, or in the path.
    Named,
    /// Uses the endpoint's other form: names the `person_id`, or gives a time.
    Otherwise,
    /// Asks for a purge now.
    Now,
    /// Names nobody.
    Unnamed,
    /// Names the other user.
    Other,
    /// Names the same user as leader and follower.
    Same,
    /// Proves the leader by a token in the body. The caller is the follower.
    ByTokens,
    /// Sends a `userId` that is not a uuid.
    Odd,
}
