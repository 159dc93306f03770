use std::future::Future;

use super::{Changed, DynamoStore, active_player::why_not_owner, unexplained};
use crate::{
    aws::CallError,
    dynamo::{Item, Member, Transacted, Updated},
    identity::{Cancellation, OperationId, OwnPurgeChange, Owner, Person, PersonId, Purge, QueuePurge, UserState},
    tables::{operations, persons, users},
};

/// What came of queueing a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// It is queued with the time that was asked for.
    Set(Purge),
    /// One stands already and stays as it is.
    Standing(Purge),
    /// There is no such person.
    NoPerson,
}

/// Queues purges.
pub trait QueuePurges: Send + Sync + 'static {
    /// Queues or re-times, with one conditional write.
    fn queue_purge(&self, purge: &QueuePurge) -> impl Future<Output = Result<Queued, CallError>> + Send;
}

/// What came of cancelling a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It is gone, the person stays.
    Done,
    /// None is queued.
    NoPurge,
    /// It has begun.
    Started,
    /// There is no such person.
    NoPerson,
}

/// Cancels purges.
pub trait CancelPurges: Send + Sync + 'static {
    /// Cancels, with one conditional write.
    fn cancel_purge(
        &self,
        person_id: PersonId,
        operation: OperationId,
    ) -> impl Future<Output = Result<Cancelled, CallError>> + Send;
}

/// What came of a person's request for its own purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// It is done.
    Done,
    /// A user of the person is deactivated.
    Deactivated,
    /// The caller's user is not active.
    NotOwner,
    /// The person, or whom it consists of, is not as it was read.
    Moved,
}

/// Lets persons decide about their own purge.
pub trait OwnPurges: Send + Sync + 'static {
    /// Changes the purge of the person if it is as it was read, the person still is the owner's, and the owner is active.
    fn change_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> impl Future<Output = Result<Changed, CallError>> + Send;

    /// The same on request of the person, if none of its users is deactivated at the moment of the write.
    fn request_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> impl Future<Output = Result<Requested, CallError>> + Send;
}

impl QueuePurges for DynamoStore {
    async fn queue_purge(&self, purge: &QueuePurge) -> Result<Queued, CallError> {
        match self.dynamo.update(persons::queue_purge(&self.tables, purge)).await? {
            Updated::Done(item) => queued_purge(&item).map(Queued::Set),
            Updated::Refused(None) => Ok(Queued::NoPerson),
            Updated::Refused(Some(item)) => {
                let standing = persons::decode(&item)?.purge;
                match (operations::since(&item, purge.operation), standing) {
                    (None, Some(standing)) => Ok(Queued::Standing(standing)),
                    (None, None) => Err(unexplained()),
                    (Some(0), Some(standing)) => Ok(Queued::Set(standing)),
                    // Others have changed or cancelled it since; this is what it was after this request.
                    (Some(_), standing) => {
                        let ours = purge.applied_to(standing.as_ref()).or_else(|| purge.applied_to(None));
                        ours.map(Queued::Set).ok_or_else(unexplained)
                    }
                }
            }
        }
    }
}

fn queued_purge(item: &Item) -> Result<Purge, CallError> {
    persons::decode(item)?.purge.ok_or_else(unexplained)
}

impl CancelPurges for DynamoStore {
    async fn cancel_purge(&self, person_id: PersonId, operation: OperationId) -> Result<Cancelled, CallError> {
        let item = match self.dynamo.update(persons::cancel_purge(&self.tables, person_id, operation)).await? {
            Updated::Done(_) => return Ok(Cancelled::Done),
            Updated::Refused(None) => return Ok(Cancelled::NoPerson),
            Updated::Refused(Some(item)) => item,
        };
        if operations::since(&item, operation).is_some() {
            return Ok(Cancelled::Done);
        }
        match Cancellation::of(persons::decode(&item)?.purge.as_ref()) {
            Cancellation::NoPurge => Ok(Cancelled::NoPurge),
            Cancellation::Started => Ok(Cancelled::Started),
            Cancellation::Forget => Err(unexplained()),
        }
    }
}

impl OwnPurges for DynamoStore {
    async fn change_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Result<Changed, CallError> {
        let write = persons::change_own_purge(&self.tables, person, change, owner, operation);
        let check = users::check_owner(&self.tables, owner.player_uuid, person.person_id);
        match self.dynamo.transact(vec![write, check], operation).await? {
            Transacted::Done => Ok(Changed::Done),
            Transacted::Refused(members) => match <[Member; 2]>::try_from(members) {
                Ok([_, Member::Failed(user)]) => why_not_owner(person.person_id, user.as_ref()),
                _ => Ok(Changed::Moved),
            },
        }
    }

    async fn request_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> Result<Requested, CallError> {
        let write = persons::change_own_purge(&self.tables, person, change, owner, operation);
        let mut members = vec![
            persons::and_nobody_joined(write, person),
            users::check_owner(&self.tables, owner.player_uuid, person.person_id),
        ];
        let others = person.users.values().filter(|user| user.player_uuid != owner.player_uuid);
        members.extend(
            others.map(|user| users::check_is_not_deactivated(&self.tables, user.player_uuid, person.person_id)),
        );
        match self.dynamo.transact(members, operation).await? {
            Transacted::Done => Ok(Requested::Done),
            Transacted::Refused(members) => why_not_requested(person.person_id, &members),
        }
    }
}

/// What the first user says that does not allow the request; the owner is the first of them.
fn why_not_requested(person_id: PersonId, members: &[Member]) -> Result<Requested, CallError> {
    let failed = members.iter().skip(1).find_map(|member| match member {
        Member::Failed(item) => Some(item.as_ref()),
        Member::Held => None,
    });
    let Some(user) = failed.flatten().map(users::decode).transpose()? else { return Ok(Requested::Moved) };
    Ok(match user.state {
        _ if user.person_id != person_id => Requested::Moved,
        UserState::Inactive => Requested::Deactivated,
        UserState::Active | UserState::Locked => Requested::NotOwner,
    })
}
