//! `GET /users/v1/platform-user`

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, PlatformUserBody, Rejection, USER_NOT_FOUND},
    },
    identity::{Claim, Platform, PlatformUserId},
    lambda::Setup,
    refusals,
    store::{Attempts, DynamoStore, Keys, ReadClaims, ReadRecords, Records, StoreError},
    validation::{Account, Fields, FromFields, PossiblyEmptyId},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum FindRefusal: Answer { UserNotFound = USER_NOT_FOUND }
}

/// Finds a platform user by its platform identity.
#[derive(Debug)]
pub struct FindPlatformUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> FindPlatformUser<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<FindPlatformUser<DynamoStore>, ConfigError> {
    Ok(FindPlatformUser::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadClaims + ReadRecords> Endpoint for FindPlatformUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<FindRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        caller.require(&Permission::READ_USER)?;
        let query = request.query::<FindQuery>()?;
        let id = query.platform_user_id.ok_or(FindRefusal::UserNotFound)?;
        let account = Account::new(query.platform, &id);
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let Some(claim) = self.store.claim(&account.key).await? else {
                return Err(FindRefusal::UserNotFound.into());
            };
            let records = self.look_up(&claim).await?;
            let (user, person) = (records.users.get(&claim.player_uuid), records.persons.get(&claim.person_id));
            // A link, unlink or purge may have come between the reads.
            if let (Some(user), Some(person)) = (user, person)
                && records.users.values().all(|user| user.person_id == person.person_id)
                && person.has(account.platform, user.player_uuid)
                && person.active_player.is_none_or(|active| records.users.contains_key(&active))
            {
                request.set_subject(user.player_uuid);
                let active = records.users.values().find(|user| person.may_play(user));
                return Ok(Reply::json(200, &PlatformUserBody::of(user, active)));
            }
        }
        Err(StoreError::Contended.into())
    }
}

impl<S: ReadRecords> FindPlatformUser<S> {
    /// The user and its person: one read. Another, of the user whose player is the active one, where that is another.
    async fn look_up(&self, claim: &Claim) -> Result<Records, StoreError> {
        let keys = Keys { persons: vec![claim.person_id], users: vec![claim.player_uuid], ..Keys::default() };
        let mut records = self.store.records(&keys).await?;
        let active = records.persons.get(&claim.person_id).and_then(|person| person.active_player);
        if let Some(active) = active.filter(|active| *active != claim.player_uuid) {
            let others = self.store.records(&Keys { users: vec![active], ..Keys::default() }).await?;
            records.users.extend(others.users);
        }
        Ok(records)
    }
}

impl<S: ReadClaims + ReadRecords> Described for FindPlatformUser<S> {
    fn operation() -> Operation {
        let text = "Finds a platform user by its account on the platform. \
                    No active player is shown while the user of that player is deactivated or locked.";
        let access = Access::Permitted(&Permission::READ_USER);
        Operation::new("Platform users", "Find a platform user", text, access)
            .query::<FindQuery>(&[
                ("platform", "The platform.", "Steam"),
                ("platform_user_id", "The account's id there.", "76561198000000001"),
            ])
            .replies::<PlatformUserBody<'_>>(200, "The platform user.", PlatformUserBody::EXAMPLE)
            .then("get-player-links", &[("player_uuid", "$response.body#/player_uuid")])
    }
}

/// The query. An empty id is `None`: it names an account that does not exist.
pub struct FindQuery {
    platform: Platform,
    platform_user_id: Option<PlatformUserId>,
}

impl FromFields for FindQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let platform = fields.required("platform");
        let platform_user_id = fields.required::<PossiblyEmptyId>("platform_user_id");
        Some(Self { platform: platform?, platform_user_id: platform_user_id?.0 })
    }
}
