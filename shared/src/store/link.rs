use std::future::Future;

use super::{Changed, DynamoStore, active_player::why_not_owner};
use crate::{
    aws::CallError,
    dynamo::{Member, Transacted},
    identity::{Link, Person},
    tables::{identities, persons, users},
};

/// The part of a refused link that concerns one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The conditions on the person held, or were not checked.
    Unknown,
    /// The conditions on the person failed. Holds the person at that time; `None` if it does not
    /// exist.
    Known(Option<Person>),
}

/// The result of linking.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linked {
    /// The follower was moved.
    Done,
    /// A condition on a person failed.
    Refused {
        /// The leader's side.
        leader: Side,
        /// The follower's side.
        follower: Side,
    },
    /// A user or claim has moved since it was read.
    Moved,
    /// The leader's user is not active.
    LeaderNotOwner,
    /// The follower's user is not active.
    FollowerNotOwner,
}

/// Links users.
pub trait LinkUsers: Send + Sync + 'static {
    /// Moves the follower and deletes its empty person, in one transaction.
    fn link(&self, link: &Link) -> impl Future<Output = Result<Linked, CallError>> + Send;
}

impl LinkUsers for DynamoStore {
    async fn link(&self, link: &Link) -> Result<Linked, CallError> {
        let to = link.leader;
        let mut writes = vec![
            persons::take_in(&self.tables, link),
            persons::dissolve(&self.tables, link),
            users::move_to(&self.tables, &link.follower, to, link.follower_is_owner, link.operation, link.now),
            identities::move_to(&self.tables, &link.follower_key, &link.follower, to),
        ];
        if let Some((_, leader_user)) = link.leader_user.filter(|_| link.leader_is_owner) {
            writes.push(users::check_owner(&self.tables, leader_user, to));
        }
        match self.dynamo.transact(writes, link.operation).await? {
            Transacted::Done => Ok(Linked::Done),
            Transacted::Refused(members) => why_not_linked(link, members),
        }
    }
}

fn why_not_linked(link: &Link, members: Vec<Member>) -> Result<Linked, CallError> {
    let mut members = members.into_iter();
    let mut next = || members.next().unwrap_or_default();
    let (leader, follower, user, identity, leader_user) = (next(), next(), next(), next(), next());
    if let Member::Failed(_) = identity {
        return Ok(Linked::Moved);
    }
    if let Member::Failed(user) = leader_user {
        return Ok(match why_not_owner(link.leader, user.as_ref())? {
            Changed::NotOwner => Linked::LeaderNotOwner,
            _ => Linked::Moved,
        });
    }
    if let Member::Failed(user) = user {
        let from = link.follower.person_id;
        return Ok(match why_not_owner(from, user.as_ref())? {
            Changed::NotOwner => Linked::FollowerNotOwner,
            _ => Linked::Moved,
        });
    }
    let (leader, follower) = (side(leader)?, side(follower)?);
    let lost = |side: &Side, (platform, player_uuid)| match side {
        Side::Unknown => false,
        Side::Known(person) => !person.as_ref().is_some_and(|person| person.has(platform, player_uuid)),
    };
    let leader_lost = link.leader_user.is_some_and(|user| lost(&leader, user));
    if leader_lost || lost(&follower, (link.platform, link.follower.player_uuid)) {
        return Ok(Linked::Moved);
    }
    Ok(Linked::Refused { leader, follower })
}

/// One person's side of a refused transaction.
pub(super) fn side(member: Member) -> Result<Side, CallError> {
    match member {
        Member::Held => Ok(Side::Unknown),
        Member::Failed(item) => Ok(Side::Known(item.as_ref().map(persons::decode).transpose()?)),
    }
}
