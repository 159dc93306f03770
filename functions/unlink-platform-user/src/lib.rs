//! `POST /users/v1/unlink`

use shared::{
    access::{self, Found},
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{
            self, ACCOUNT_NOT_FOUND, Answer, CANNOT_MODIFY_PERSON, CANNOT_UNLINK_CROSS_PROGRESSION_PLAYER,
            INVALID_TOKEN_CLAIMS, PLAYER_NOT_LINKED, Rejection, USER_HAS_RESTRICTIONS,
        },
    },
    identity::{PersonId, UnlinkRefusal as Reason, unlink_refusal},
    lambda::Setup,
    refusals,
    store::{Attempts, DynamoStore, ReadClaims, StoreError, Unlink, UnlinkUsers, Unlinked},
    validation::{Account, Fields, FromFields},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422, in the order of the checks (reference/rallyhere.md, "Unlink").
    pub enum UnlinkRefusal: Answer {
        InvalidTokenClaims = INVALID_TOKEN_CLAIMS,
        AccountNotFound = ACCOUNT_NOT_FOUND,
        CannotModifyPerson = CANNOT_MODIFY_PERSON,
        PlayerNotLinked = PLAYER_NOT_LINKED,
        CannotUnlinkCrossProgressionPlayer = CANNOT_UNLINK_CROSS_PROGRESSION_PLAYER,
        UserHasRestrictions = USER_HAS_RESTRICTIONS,
    }
}

impl From<Reason> for UnlinkRefusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::PlayerNotLinked => Self::PlayerNotLinked,
            Reason::CannotUnlinkCrossProgressionPlayer => Self::CannotUnlinkCrossProgressionPlayer,
            Reason::UserHasRestrictions => Self::UserHasRestrictions,
        }
    }
}

/// Gives the named user, or the token's, a person of its own.
#[derive(Debug)]
pub struct UnlinkPlatformUser<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> UnlinkPlatformUser<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<UnlinkPlatformUser<DynamoStore>, ConfigError> {
    Ok(UnlinkPlatformUser::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadClaims + UnlinkUsers> Endpoint for UnlinkPlatformUser<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<UnlinkRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let caller = rallyhere::authenticate(&self.auth, request, now).await?;
        let body = request.optional_json::<UnlinkRequest>()?;
        let account = body.account.or_else(|| access::own_account(&caller));
        let account = account.ok_or(UnlinkRefusal::InvalidTokenClaims)?;
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let (claim, owner) = match access::find_account(&self.store, &caller, &account).await? {
                Found::Allowed(claim, owner) => (claim, owner),
                Found::Missing => return Err(UnlinkRefusal::AccountNotFound.into()),
                Found::Foreign => return Err(UnlinkRefusal::CannotModifyPerson.into()),
            };
            request.set_subject(claim.player_uuid);
            request.set_person(claim.person_id);
            let unlink = Unlink {
                platform: account.platform,
                claim,
                key: account.key.clone(),
                new_person: PersonId(self.ambient.uuid()),
                owner,
                operation: self.ambient.operation(),
                now,
            };
            match self.store.unlink(&unlink).await? {
                Unlinked::Done => return Ok(Reply::empty(200)),
                Unlinked::NotOwner => return Err(UnlinkRefusal::CannotModifyPerson.into()),
                Unlinked::Refused(person) => {
                    let reason = person.and_then(|person| unlink_refusal(&person, claim.player_uuid));
                    if let Some(reason) = reason {
                        return Err(UnlinkRefusal::from(reason).into());
                    }
                }
                Unlinked::Moved => {}
            }
        }
        Err(StoreError::Contended.into())
    }
}

impl<S: ReadClaims + UnlinkUsers> Described for UnlinkPlatformUser<S> {
    fn operation() -> Operation {
        let text = "Takes a platform user out of its person and gives it a new one of its own. \
                    Without a body, or with half of the pair, it is the platform user of the caller's token.";
        Operation::new("Links", "Unlink a platform user", text, Access::OwnOrRefused(&Permission::MODIFY_ANY_USER))
            .optional_body::<UnlinkRequest>(
                "UnlinkRequest",
                r#"{"platform":"Epic","platform_user_id":"c4f2a1d0b7e94f0f8a52"}"#,
            )
            .replies_nothing(200, "The platform user is alone in a new person.")
    }
}

/// The body.
#[derive(Default)]
pub struct UnlinkRequest {
    account: Option<Account>,
}

impl FromFields for UnlinkRequest {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let account = Account::from_optional_fields(fields, "platform", "platform_user_id")?;
        Some(Self { account })
    }
}
