use std::future::Future;

use super::{DynamoStore, unexplained};
use crate::{
    aws::CallError,
    dynamo::Updated,
    identity::{DisplayName, OperationId, PlatformUser, PlayerUuid, Timestamp},
    tables::{operations, users},
};

/// Changes the display names of users.
pub trait RenameUsers: Send + Sync + 'static {
    /// Sets the name, with one conditional write. The user after it; `None` where there is no such user.
    fn rename_user(
        &self,
        player_uuid: PlayerUuid,
        display_name: &DisplayName,
        operation: OperationId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<PlatformUser>, CallError>> + Send;
}

impl RenameUsers for DynamoStore {
    async fn rename_user(
        &self,
        player_uuid: PlayerUuid,
        display_name: &DisplayName,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<Option<PlatformUser>, CallError> {
        let write = users::rename(&self.tables, player_uuid, display_name, operation, now);
        match self.dynamo.update(write).await? {
            Updated::Done(item) => users::decode(&item).map(Some),
            Updated::Refused(None) => Ok(None),
            Updated::Refused(Some(item)) => {
                // Others may have changed it since its first try; the name is what it was after this request.
                operations::since(&item, operation).ok_or_else(unexplained)?;
                let user = users::decode(&item)?;
                Ok(Some(PlatformUser { display_name: Some(display_name.clone()), ..user }))
            }
        }
    }
}
