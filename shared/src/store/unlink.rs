use std::future::Future;

use super::{Changed, DynamoStore, Side, active_player::why_not_owner, link::side, unexplained};
use crate::{
    aws::CallError,
    dynamo::{Member, Transacted},
    identity::{Person, Unlink},
    tables::{identities, persons, users},
};

/// The result of unlinking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlinked {
    /// The user was moved to its new person.
    Done,
    /// The conditions on the person failed. Holds the person at that time.
    Refused(Option<Person>),
    /// The user or its claim has moved since it was read.
    Moved,
    /// The caller's user is not active.
    NotOwner,
}

/// Unlinks users.
pub trait UnlinkUsers: Send + Sync + 'static {
    /// Gives the user a person of its own, in one transaction.
    fn unlink(&self, unlink: &Unlink) -> impl Future<Output = Result<Unlinked, CallError>> + Send;
}

impl UnlinkUsers for DynamoStore {
    async fn unlink(&self, unlink: &Unlink) -> Result<Unlinked, CallError> {
        let claim = &unlink.claim;
        let owns_itself = unlink.owner.is_some_and(|owner| owner.player_uuid == claim.player_uuid);
        let mut writes = vec![
            persons::let_go(&self.tables, unlink),
            persons::create_for(&self.tables, unlink),
            users::move_to(&self.tables, claim, unlink.new_person, owns_itself, unlink.operation, unlink.now),
            identities::move_to(&self.tables, &unlink.key, claim, unlink.new_person),
        ];
        if let Some(owner) = unlink.owner.filter(|_| !owns_itself) {
            writes.push(users::check_owner(&self.tables, owner.player_uuid, claim.person_id));
        }
        match self.dynamo.transact(writes, unlink.operation).await? {
            Transacted::Done => Ok(Unlinked::Done),
            Transacted::Refused(members) => why_not_unlinked(unlink, members),
        }
    }
}

fn why_not_unlinked(unlink: &Unlink, members: Vec<Member>) -> Result<Unlinked, CallError> {
    let mut members = members.into_iter();
    let mut next = || members.next().unwrap_or_default();
    let (person, _new, user, identity, owner) = (next(), next(), next(), next(), next());
    if let Member::Failed(_) = identity {
        return Ok(Unlinked::Moved);
    }
    for user in [user, owner] {
        if let Member::Failed(user) = user {
            return Ok(match why_not_owner(unlink.claim.person_id, user.as_ref())? {
                Changed::NotOwner => Unlinked::NotOwner,
                _ => Unlinked::Moved,
            });
        }
    }
    let Side::Known(person) = side(person)? else { return Err(unexplained()) };
    let relied_on = [
        Some((unlink.platform, unlink.claim.player_uuid)),
        unlink.owner.map(|owner| (owner.platform, owner.player_uuid)),
    ];
    let has_all = |person: &Person| relied_on.iter().flatten().all(|(platform, user)| person.has(*platform, *user));
    if person.as_ref().is_some_and(has_all) { Ok(Unlinked::Refused(person)) } else { Ok(Unlinked::Moved) }
}
