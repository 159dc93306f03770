//! What can be broken in a world, so that the simulation shows that it finds it.

/// One broken rule of the tables or the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A creation takes a claim that somebody holds.
    ClaimOverwritten,
    /// A purge leaves the claims.
    ClaimsStay,
    /// A purge leaves no receipt.
    NoReceipt,
    /// A purge removes whatever is there by now.
    PurgeBlind,
    /// A repeat of an update counts as a new one.
    OperationsForgotten,
    /// A repeat of a transaction counts as a new one.
    TokensForgotten,
    /// A lease never ends.
    LeaseLosesPurge,
    /// A lease counts as a change of the person.
    LeaseTouchesVersion,
    /// A purge that came too early is not shown again.
    PostponeForgotten,
    /// A cancelled purge stays.
    CancelForgotten,
    /// Persons that wait for their purge are linked.
    LinkIgnoresPurge,
    /// A user that is not active proves a right.
    InactiveOwner,
    /// A player whose user is not active is made the active one.
    InactivePlayer,
    /// A person's own decision overwrites what came meanwhile.
    OwnPurgeBlind,
    /// A person with a deactivated user purges itself.
    BanIgnored,
    /// An update makes the person that it misses.
    UpdateCreates,
    /// A worker acknowledges what failed.
    AcknowledgedFailures,
}
