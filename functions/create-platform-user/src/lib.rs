//! `POST /users/v1/platform-user`

mod describe;

use shared::{
    http::rallyhere::PlatformUserBody,
    identity::{DisplayName, NewUser, PersonId, Platform, PlatformUserId, PlayerUuid},
    prelude::rallyhere::*,
    store::{CreateUsers, Created},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum CreateRefusal: ApiError { UserAlreadyExists = ApiError::USER_ALREADY_EXISTS }
}

request! {
    /// The request body.
    pub struct CreateRequest {
        platform: Platform,
        platform_user_id: PlatformUserId,
        display_name: Option<DisplayName>,
    }
}

/// Creates a platform user, its player and its person from a platform account.
#[derive(Debug)]
pub struct CreatePlatformUser;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<CreatePlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(CreatePlatformUser))
}

impl<S: CreateUsers> Rule<S> for CreatePlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Permitted(&Permission::CREATE_USER);
    type Refusal = CreateRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = rights.now();
        let body = request.json::<CreateRequest>()?;
        let user = NewUser {
            platform: body.platform,
            platform_user_id: body.platform_user_id,
            display_name: body.display_name,
            player_uuid: PlayerUuid(app.ambient.uuid()),
            person_id: PersonId(app.ambient.uuid()),
            first_login: None,
            operation: app.ambient.operation(),
            now,
        };
        match app.store.create_user(&user).await? {
            Created::User(user) => {
                audit.set_subject(user.player_uuid);
                audit.set_person(user.person_id);
                Ok(Reply::json(201, &PlatformUserBody::of_new(&user)))
            }
            Created::AlreadyExists => Err(CreateRefusal::UserAlreadyExists.into()),
        }
    }
}
