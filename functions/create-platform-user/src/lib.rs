//! `POST /users/v1/platform-user`

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
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

impl<S> CreatePlatformUser<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<CreatePlatformUser<DynamoStore>, ConfigError> {
    Ok(CreatePlatformUser::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: CreateUsers> Endpoint for CreatePlatformUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<CreateRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let caller = rallyhere::authenticate(&self.auth, request, now).await?;
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

impl<S: CreateUsers> Described for CreatePlatformUser<S> {
    fn operation() -> Operation {
        let text = "Creates a platform user, its player, and a person that it is alone in. \
                    A platform account has one platform user; a second creation is refused.";
        let access = Access::Permitted(&Permission::CREATE_USER);
        let person = [("person_id", "$response.body#/person_id")];
        let user = [("userId", "$response.body#/player_uuid")];
        Operation::new("Platform users", "Create a platform user", text, access)
            .body::<CreateRequest>(
                "CreateRequest",
                r#"{"platform":"Steam","platform_user_id":"76561198000000001","display_name":"Ada"}"#,
            )
            .replies::<PlatformUserBody<'_>>(201, "The platform user.", PlatformUserBody::EXAMPLE)
            .then(
                "find-platform-user",
                &[("platform", "$response.body#/platform"), ("platform_user_id", "$response.body#/platform_user_id")],
            )
            .then("get-player-links", &[("player_uuid", "$response.body#/player_uuid")])
            .then_with_body("enable-cross-progression", "$response.body")
            .then_with_body("disable-cross-progression", "$response.body")
            .then_with_body("unlink-platform-user", "$response.body")
            .then("queue-person-purge", &person)
            .then("get-person-purge", &person)
            .then("cancel-person-purge", &person)
            .then("get-user", &user)
            .then("deactivate-user", &user)
    }
}

/// The body.
pub struct CreateRequest {
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
