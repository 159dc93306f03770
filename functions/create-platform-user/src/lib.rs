//! `POST /users/v1/platform-user`

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        rallyhere::{self, Answer, PlatformUserBody, Rejection, USER_ALREADY_EXISTS},
    },
    identity::{DisplayName, NewUser, PersonId, Platform, PlatformUserId, PlayerUuid},
    lambda::Setup,
    refusals,
    store::{CreateUsers, Created, DynamoStore},
    validation::{Fields, FromFields},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (seed create-platform-user).
    pub enum CreateRefusal: Answer { UserAlreadyExists = USER_ALREADY_EXISTS }
}

/// Creates a platform user, its player and its person from a platform identity.
#[derive(Debug)]
pub struct CreatePlatformUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<CreatePlatformUser<DynamoStore>, ConfigError> {
    Ok(CreatePlatformUser { auth: setup.authenticator()?, ambient: setup.ambient(), store: setup.store()? })
}

impl<S: CreateUsers> Endpoint for CreatePlatformUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<CreateRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let caller = rallyhere::authenticate(&self.auth, request, now)?;
        caller.require(&Permission::CREATE_USER)?;
        let body = request.json::<CreateRequest>()?;
        let user = NewUser {
            platform: body.platform,
            platform_user_id: body.platform_user_id,
            display_name: body.display_name,
            player_uuid: PlayerUuid(self.ambient.uuid()),
            person_id: PersonId(self.ambient.uuid()),
            operation: self.ambient.operation(),
            now,
        };
        match self.store.create_user(&user).await? {
            Created::User(user) => {
                request.set_subject(user.player_uuid);
                request.set_person(user.person_id);
                Ok(Reply::json(201, &PlatformUserBody::of_new(&user)))
            }
            Created::AlreadyExists => Err(CreateRefusal::UserAlreadyExists.into()),
        }
    }
}

struct CreateRequest {
    platform: Platform,
    platform_user_id: PlatformUserId,
    display_name: Option<DisplayName>,
}

impl FromFields for CreateRequest {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let platform = fields.required("platform");
        let platform_user_id = fields.required("platform_user_id");
        let display_name = fields.optional("display_name");
        Some(Self { platform: platform?, platform_user_id: platform_user_id?, display_name: display_name? })
    }
}
