use std::{future::Future, sync::atomic::AtomicBool};

use super::DynamoStore;
use crate::{
    aws::CallError,
    dynamo::{Member, Transacted},
    identity::{IdentityKey, NewUser, PlatformUser},
    tables::{identities, persons, users},
};

/// The result of creating a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The user was created, alone in a new person.
    User(PlatformUser),
    /// A user already has this platform account.
    AlreadyExists,
}

/// Creates platform users.
pub trait CreateUsers: Send + Sync + 'static {
    /// Creates user, player, person and claim, and the session of a first login, in one transaction.
    fn create_user(&self, user: &NewUser) -> impl Future<Output = Result<Created, CallError>> + Send;
}

impl CreateUsers for DynamoStore {
    async fn create_user(&self, new: &NewUser) -> Result<Created, CallError> {
        let player_id = self.next_player_id().await?;
        let user = new.with_player_id(player_id);
        let identity = IdentityKey::of(user.platform, &user.platform_user_id);
        let writes = vec![
            identities::create(&self.tables, &identity, &user),
            persons::create(&self.tables, &user, &identity, new.operation),
            users::create(&self.tables, &user, new.first_login.as_ref(), new.operation),
        ];
        let may_come = AtomicBool::new(false);
        let transacted = self.dynamo.transact_watched(writes, new.operation, &may_come).await;
        if !may_come.into_inner() {
            self.return_player_id(player_id);
        }
        match transacted? {
            Transacted::Done => Ok(Created::User(user)),
            Transacted::Refused(members) => match members.first() {
                Some(Member::Failed(_)) => Ok(Created::AlreadyExists),
                _ => Err(CallError::Broken("a random uuid was taken".into())),
            },
        }
    }
}
