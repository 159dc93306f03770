use std::future::Future;

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::Updated,
    identity::{DisplayName, OperationId, PersonId, PlatformUser, PlayerUuid, Timestamp},
    tables::{operations, users},
};

/// Changes the display names of users.
pub trait RenameUsers: Send + Sync + 'static {
    /// Sets the name, with one conditional write, and returns the user after it. `None` if the
    /// person has no such user.
    fn rename_user(
        &self,
        player_uuid: PlayerUuid,
        person_id: PersonId,
        display_name: &DisplayName,
        operation: OperationId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<PlatformUser>, CallError>> + Send;
}

impl RenameUsers for DynamoStore {
    async fn rename_user(
        &self,
        player_uuid: PlayerUuid,
        person_id: PersonId,
        display_name: &DisplayName,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<Option<PlatformUser>, CallError> {
        let write = users::rename(&self.tables, player_uuid, person_id, display_name, operation, now);
        match self.dynamo.update(write).await? {
            Updated::Done(item) => users::decode(&item).map(Some),
            Updated::Refused(Some(item)) if operations::since(&item, operation).is_some() => {
                // Other requests may have changed it since the first attempt. Return the name as it
                // was after this request.
                let user = users::decode(&item)?;
                Ok(Some(PlatformUser { display_name: Some(display_name.clone()), ..user }))
            }
            Updated::Refused(_) => Ok(None),
        }
    }
}
