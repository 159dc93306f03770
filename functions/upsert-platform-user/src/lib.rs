//! `PUT /users/v1/platform-user`

mod describe;

use shared::{
    access::{self, LookedUp, Seen},
    ambient::Ambient,
    aws::{Attempts, CallError},
    http::rallyhere::PlatformUserBody,
    identity::{DisplayName, NewUser, PersonId, Platform, PlatformUser, PlatformUserId, PlayerUuid, Timestamp},
    prelude::rallyhere::*,
    store::{CreateUsers, Created, ReadClaims, ReadRecords, RenameUsers},
    validation::Account,
};

refusals! {
    /// This endpoint refuses nothing besides 403 and 422.
    pub enum UpsertRefusal: ApiError {}
}

request! {
    /// The query parameters.
    pub struct UpsertQuery {
        platform: Platform,
        platform_user_id: PlatformUserId,
        display_name: DisplayName,
    }
}

/// Creates a platform user, or changes the display name of an existing one.
#[derive(Debug)]
pub struct UpsertPlatformUser;

/// Builds the function from its settings.
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
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let query = request.query::<UpsertQuery>()?;
        let account = Account::new(query.platform, &query.platform_user_id);
        let mut note = |user: &PlatformUser| {
            audit.set_subject(user.player_uuid);
            audit.set_person(user.person_id);
        };
        // A name that was written once is not written again, because another request may have
        // renamed the user since.
        let mut is_named = false;
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            match access::look_up(&app.store, &account).await? {
                LookedUp::Missing => {
                    if let Created::User(user) = app.store.create_user(&query.user(&app.ambient, rights.now())).await? {
                        note(&user);
                        return Ok(Reply::json(201, &PlatformUserBody::of_new(&user)));
                    }
                }
                LookedUp::Found(Seen { user, active }) => {
                    note(&user);
                    is_named |= user.display_name.as_ref() == Some(&query.display_name);
                    if is_named {
                        let user = PlatformUser { display_name: Some(query.display_name.clone()), ..user };
                        return Ok(Reply::json(200, &PlatformUserBody::of(&user, active.as_ref())));
                    }
                    let operation = app.ambient.operation();
                    let (player, person) = (user.player_uuid, user.person_id);
                    let name = &query.display_name;
                    let renamed = app.store.rename_user(player, person, name, operation, rights.now()).await?;
                    is_named = renamed.is_some();
                    // The records that were read with the user are still valid, unless the user's
                    // person or state has changed.
                    if let Some(user) = renamed.filter(|now| (now.person_id, now.state) == (person, user.state)) {
                        return Ok(Reply::json(200, &PlatformUserBody::of(&user, active.as_ref())));
                    }
                }
                LookedUp::Moving => {}
            }
        }
        Err(CallError::Contended.into())
    }
}

impl UpsertQuery {
    /// The user to create if the account has none.
    fn user(&self, ambient: &Ambient, now: Timestamp) -> NewUser {
        NewUser {
            platform: self.platform,
            platform_user_id: self.platform_user_id.clone(),
            display_name: Some(self.display_name.clone()),
            player_uuid: PlayerUuid(ambient.uuid()),
            person_id: PersonId(ambient.uuid()),
            first_login: None,
            operation: ambient.operation(),
            now,
        }
    }
}
