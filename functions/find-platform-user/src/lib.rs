//! `GET /users/v1/platform-user`

mod describe;

use shared::{
    access::{self, LookedUp, Seen},
    aws::{Attempts, CallError},
    http::rallyhere::PlatformUserBody,
    identity::Platform,
    prelude::rallyhere::*,
    store::{ReadClaims, ReadRecords},
    validation::{Account, PossiblyEmptyId},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum FindRefusal: ApiError { UserNotFound = ApiError::USER_NOT_FOUND }
}

request! {
    /// The query parameters. An empty id is read as `None`: it names an account that does not
    /// exist.
    pub struct FindQuery {
        platform: Platform,
        platform_user_id: PossiblyEmptyId,
    }
}

/// Finds a platform user by its platform and its id there.
#[derive(Debug)]
pub struct FindPlatformUser;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<FindPlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(FindPlatformUser))
}

impl<S: ReadClaims + ReadRecords> Rule<S> for FindPlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Permitted(&Permission::READ_USER);
    type Refusal = FindRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        _: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let query = request.query::<FindQuery>()?;
        let id = query.platform_user_id.0.ok_or(FindRefusal::UserNotFound)?;
        let account = Account::new(query.platform, &id);
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            match access::look_up(&app.store, &account).await? {
                LookedUp::Found(Seen { user, active }) => {
                    audit.set_subject(user.player_uuid);
                    return Ok(Reply::json(200, &PlatformUserBody::of(&user, active.as_ref())));
                }
                LookedUp::Missing => return Err(FindRefusal::UserNotFound.into()),
                // A link, an unlink or a purge may have come between the reads.
                LookedUp::Moving => {}
            }
        }
        Err(CallError::Contended.into())
    }
}
