use std::future::Future;

use super::{DynamoStore, unexplained};
use crate::{
    aws::CallError,
    dynamo::{Item, Member, Transacted, Updated},
    identity::{ActivePlayerChange, PersonId},
    tables::{operations, persons, users},
};

/// The result of a write on a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The write was applied.
    Done,
    /// The person already had this value.
    Already,
    /// The person does not exist.
    Gone,
    /// A user that the write depends on belongs to another person by now.
    Moved,
    /// A user that must be active is not: the caller's, or the one whose player is to become the
    /// active one.
    NotOwner,
}

/// Changes active players.
pub trait SetActivePlayer: Send + Sync + 'static {
    /// Sets or clears the active player of a person.
    fn set_active_player(&self, change: &ActivePlayerChange)
    -> impl Future<Output = Result<Changed, CallError>> + Send;
}

impl SetActivePlayer for DynamoStore {
    async fn set_active_player(&self, change: &ActivePlayerChange) -> Result<Changed, CallError> {
        let write = persons::set_active_player(&self.tables, change);
        let owner = change.owner.map(|owner| owner.player_uuid);
        // The owner and the player may be the same user, and a transaction must not name an item
        // twice.
        let player = change.to.filter(|player| owner != Some(*player));
        let check = |player| users::check_owner(&self.tables, player, change.person_id);
        let checks: Vec<_> = owner.into_iter().chain(player).map(check).collect();
        if checks.is_empty() {
            return match self.dynamo.update(write).await? {
                Updated::Done(_) => Ok(Changed::Done),
                Updated::Refused(item) => why_not_set(change, item.as_ref()),
            };
        }
        let writes = std::iter::once(write).chain(checks).collect();
        match self.dynamo.transact(writes, change.operation).await? {
            Transacted::Done => Ok(Changed::Done),
            Transacted::Refused(members) => why_refused(change, members),
        }
    }
}

/// The reason for a refused change. An inactive user has precedence over any reason in the person.
fn why_refused(change: &ActivePlayerChange, members: Vec<Member>) -> Result<Changed, CallError> {
    let mut members = members.into_iter();
    let person = members.next();
    for user in members {
        if let Member::Failed(user) = user {
            return why_not_owner(change.person_id, user.as_ref());
        }
    }
    match person {
        Some(Member::Failed(person)) => why_not_set(change, person.as_ref()),
        _ => Err(unexplained()),
    }
}

fn why_not_set(change: &ActivePlayerChange, item: Option<&Item>) -> Result<Changed, CallError> {
    let Some(item) = item else { return Ok(Changed::Gone) };
    if operations::since(item, change.operation).is_some() {
        return Ok(Changed::Done);
    }
    let person = persons::decode(item)?;
    let relied_on = change.member.into_iter().chain(change.owner.map(|owner| (owner.platform, owner.player_uuid)));
    let mut moved = relied_on.filter(|(platform, player_uuid)| !person.has(*platform, *player_uuid));
    Ok(if moved.next().is_some() { Changed::Moved } else { Changed::Already })
}

/// The reason why a user does not prove a right to this person.
pub(super) fn why_not_owner(person_id: PersonId, item: Option<&Item>) -> Result<Changed, CallError> {
    let Some(item) = item else { return Ok(Changed::Moved) };
    let user = users::decode(item)?;
    Ok(if user.person_id == person_id { Changed::NotOwner } else { Changed::Moved })
}
