use std::future::Future;

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::Updated,
    identity::{OperationId, PlatformUser, PlayerUuid, StateChange, Timestamp},
    tables::{operations, users},
};

/// The result of a change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateChanged {
    /// The change was applied. Holds the user after it.
    Done(PlatformUser),
    /// The user's state does not allow the change. Holds the current user.
    Refused(PlatformUser),
    /// The user does not exist.
    NoUser,
}

/// Changes the state of users.
pub trait ChangeUserState: Send + Sync + 'static {
    /// Changes the state, with one conditional write.
    fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> impl Future<Output = Result<StateChanged, CallError>> + Send;
}

impl ChangeUserState for DynamoStore {
    async fn change_user_state(
        &self,
        player_uuid: PlayerUuid,
        change: StateChange,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<StateChanged, CallError> {
        let write = users::change_state(&self.tables, player_uuid, change, operation, now);
        match self.dynamo.update(write).await? {
            Updated::Done(item) => users::decode(&item).map(StateChanged::Done),
            Updated::Refused(None) => Ok(StateChanged::NoUser),
            Updated::Refused(Some(item)) => {
                let user = users::decode(&item)?;
                Ok(match operations::since(&item, operation) {
                    None => StateChanged::Refused(user),
                    Some(0) => StateChanged::Done(user),
                    // Other requests have changed it since. Return the user as it was after this
                    // request.
                    Some(later) => StateChanged::Done(PlatformUser {
                        state: change.to(),
                        sequence: user.sequence.saturating_sub(later),
                        changed: now,
                        ..user
                    }),
                })
            }
        }
    }
}
