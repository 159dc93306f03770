//! Flaws: planted mistakes that show that the simulation finds them.

/// A mistake in the tables or the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A creation overwrites a claim of another user.
    ClaimOverwritten,
    /// A purge leaves the claims.
    ClaimsStay,
    /// A purge leaves no receipt.
    NoReceipt,
    /// A purge does not check that the person is as it was read.
    PurgeBlind,
    /// A repeat of an update counts as a new one.
    OperationsForgotten,
    /// A repeat of a transaction counts as a new one.
    TokensForgotten,
    /// A lease never ends.
    LeaseLosesPurge,
    /// A lease counts as a change of the person.
    LeaseTouchesVersion,
    /// A purge that came too early is not listed in the index again.
    PostponeForgotten,
    /// A cancelled purge stays.
    CancelForgotten,
    /// A person with a queued purge can be linked.
    LinkIgnoresPurge,
    /// An inactive user proves a right.
    InactiveOwner,
    /// A player with an inactive user is made the active one.
    InactivePlayer,
    /// A person's own change of its purge overwrites another change that came first.
    OwnPurgeBlind,
    /// A person with a deactivated user can purge itself.
    BanIgnored,
    /// An update creates a person that does not exist.
    UpdateCreates,
    /// A worker acknowledges messages that failed.
    AcknowledgedFailures,
    /// A user that is not active can log in.
    AnyStateLogsIn,
    /// A deactivation or lock leaves the sessions.
    SessionsStay,
    /// A refresh judges the session before the user's state.
    SessionBeforeState,
    /// A use of a session does not check its number.
    UseBlind,
    /// The end of one session is not written.
    SessionStays,
    /// A ninth session is opened beside eight others.
    NinthSession,
    /// A login with an earlier time than the last one replaces it.
    EarlierLoginWins,
    /// The state of the player to play is not read.
    PlayerStateUnread,
    /// A token is dated by a clock that is ahead.
    TokenAhead,
}

impl Flaw {
    /// Whether it shows only where callers log in.
    pub fn is_of_logins(self) -> bool {
        matches!(
            self,
            Self::AnyStateLogsIn
                | Self::SessionsStay
                | Self::SessionBeforeState
                | Self::UseBlind
                | Self::SessionStays
                | Self::NinthSession
                | Self::EarlierLoginWins
                | Self::PlayerStateUnread
                | Self::TokenAhead
        )
    }
}
