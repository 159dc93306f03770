use std::future::Future;

use super::{Changed, DynamoStore, active_player::why_not_owner, unexplained};
use crate::{
    aws::CallError,
    dynamo::{Item, Member, Transacted, Updated},
    identity::{Cancellation, OperationId, OwnPurgeChange, Owner, Person, PersonId, Purge, QueuePurge, UserState},
    tables::{operations, persons, users},
};

/// The result of queueing a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// The purge is queued with the requested time.
    Set(Purge),
    /// A purge is already queued, and stays as it is.
    Standing(Purge),
    /// The person does not exist.
    NoPerson,
}

/// Queues purges.
pub trait QueuePurges: Send + Sync + 'static {
    /// Queues a purge, or changes its time, with one conditional write.
    fn queue_purge(&self, purge: &QueuePurge) -> impl Future<Output = Result<Queued, CallError>> + Send;
}

/// The result of cancelling a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// The purge was removed. The person stays.
    Done,
    /// No purge is queued.
    NoPurge,
    /// The purge is in progress.
    Started,
    /// The person does not exist.
    NoPerson,
}

/// Cancels purges.
pub trait CancelPurges: Send + Sync + 'static {
    /// Cancels a purge, with one conditional write.
    fn cancel_purge(
        &self,
        person_id: PersonId,
        operation: OperationId,
    ) -> impl Future<Output = Result<Cancelled, CallError>> + Send;
}

/// The result of a person's request to purge itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// The request was applied.
    Done,
    /// A user of the person is deactivated.
    Deactivated,
    /// The caller's user is not active.
    NotOwner,
    /// The person or its users have changed since they were read.
    Moved,
}

/// Lets persons change their own purge.
pub trait OwnPurges: Send + Sync + 'static {
    /// Changes the person's purge if it is unchanged since it was read, and the owner is active and
    /// belongs to the person.
    fn change_own_purge(
        &self,
        person: &Person,
        change: OwnPurgeChange<'_>,
        owner: Owner,
        operation: OperationId,
    ) -> impl Future<Output = Result<Changed, CallError>> + Send;

    /// The same, if also no user of the person is deactivated at the time of the write.
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
                    // Other requests have changed or cancelled it since. Return the purge as it was
                    // after this request.
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

/// The reason in the first user that does not allow the request. The owner is checked first.
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
