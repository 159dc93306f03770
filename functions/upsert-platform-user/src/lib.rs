//! `PUT /users/v1/platform-user`

mod describe;

use shared::{
    access::{self, LookedUp, Seen},
    ambient::Ambient,
    aws::{Attempts, CallError},
    http::rallyhere::PlatformUserBody,
    identity::{DisplayName, NewUser, PersonId, Platform, PlatformUserId, PlayerUuid, Timestamp},
    prelude::rallyhere::*,
    store::{CreateUsers, Created, ReadClaims, ReadRecords, RenameUsers},
    validation::Account,
};

refusals! {
    /// This endpoint refuses nothing besides 403 and 422 (reference/lifecycle.md, section 1).
    pub enum UpsertRefusal: ApiError {}
}

request! {
    /// The query.
    pub struct UpsertQuery {
        platform: Platform,
        platform_user_id: PlatformUserId,
        display_name: DisplayName,
    }
}

/// Creates a platform user, or gives the one that is there its display name.
#[derive(Debug)]
pub struct UpsertPlatformUser;

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<UpsertPlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(UpsertPlatformUser))
}

impl<S: ReadClaims + ReadRecords + CreateUsers + RenameUsers> Rule<S> for UpsertPlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Permitted(&Permission::CREATE_USER);
    type Refusal = UpsertRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        _: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = app.ambient.now();
        let query = request.query::<UpsertQuery>()?;
        let account = Account::new(query.platform, &query.platform_user_id);
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let (status, seen) = match access::look_up(&app.store, &account).await? {
                LookedUp::Missing => match app.store.create_user(&query.user(&app.ambient, now)).await? {
                    Created::User(user) => (201, Seen { user, active: None }),
                    Created::AlreadyExists => continue,
                },
                LookedUp::Found(seen) if seen.user.display_name.as_ref() == Some(&query.display_name) => (200, seen),
                LookedUp::Found(Seen { user, active }) => {
                    let operation = app.ambient.operation();
                    match app.store.rename_user(user.player_uuid, &query.display_name, operation, now).await? {
                        Some(renamed) if renamed.person_id == user.person_id => (200, Seen { user: renamed, active }),
                        // It was unlinked, linked or purged meanwhile: what was read with it is not true any more.
                        _ => continue,
                    }
                }
                LookedUp::Moving => continue,
            };
            audit.set_subject(seen.user.player_uuid);
            audit.set_person(seen.user.person_id);
            return Ok(Reply::json(status, &PlatformUserBody::of(&seen.user, seen.active.as_ref())));
        }
        Err(CallError::Contended.into())
    }
}

impl UpsertQuery {
    /// The user that is created where there is none.
    fn user(&self, ambient: &Ambient, now: Timestamp) -> NewUser {
        NewUser {
            platform: self.platform,
            platform_user_id: self.platform_user_id.clone(),
            display_name: Some(self.display_name.clone()),
            player_uuid: PlayerUuid(ambient.uuid()),
            person_id: PersonId(ambient.uuid()),
            operation: ambient.operation(),
            now,
        }
    }
}
