//! `POST /users/v1/cross-progression/enable`

use shared::{
    access::{self, Found},
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{
            self, ACCOUNT_NOT_FOUND, ALREADY_CROSS_PROGRESSION_PLAYER, Answer, CANNOT_MODIFY_PERSON,
            INVALID_TOKEN_CLAIMS, Rejection,
        },
    },
    lambda::Setup,
    refusals,
    store::{ActivePlayerChange, Attempts, Changed, DynamoStore, ReadClaims, SetActivePlayer, StoreError},
    validation::{Account, Fields, FromFields},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum EnableRefusal: Answer {
        AccountNotFound = ACCOUNT_NOT_FOUND,
        AlreadyCrossProgressionPlayer = ALREADY_CROSS_PROGRESSION_PLAYER,
        CannotModifyPerson = CANNOT_MODIFY_PERSON,
        InvalidTokenClaims = INVALID_TOKEN_CLAIMS,
    }
}

/// Makes the player of the named user, or of the token's, the one that every linked user's login yields.
#[derive(Debug)]
pub struct EnableCrossProgression<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> EnableCrossProgression<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<EnableCrossProgression<DynamoStore>, ConfigError> {
    Ok(EnableCrossProgression::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadClaims + SetActivePlayer> Endpoint for EnableCrossProgression<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<EnableRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        let body = request.optional_json::<EnableRequest>()?;
        let account = body.account.or_else(|| access::own_account(&caller));
        let account = account.ok_or(EnableRefusal::InvalidTokenClaims)?;
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let (claim, owner) = match access::find_account(&self.store, &caller, &account).await? {
                Found::Allowed(claim, owner) => (claim, owner),
                Found::Missing => return Err(EnableRefusal::AccountNotFound.into()),
                Found::Foreign => return Err(EnableRefusal::CannotModifyPerson.into()),
            };
            request.set_subject(claim.player_uuid);
            request.set_person(claim.person_id);
            let change = ActivePlayerChange {
                person_id: claim.person_id,
                to: Some(claim.player_uuid),
                member: Some((account.platform, claim.player_uuid)),
                owner,
                operation: self.ambient.operation(),
            };
            match self.store.set_active_player(&change).await? {
                Changed::Done => return Ok(Reply::empty(200)),
                Changed::Already => return Err(EnableRefusal::AlreadyCrossProgressionPlayer.into()),
                Changed::NotOwner => return Err(EnableRefusal::CannotModifyPerson.into()),
                Changed::Gone | Changed::Moved => {}
            }
        }
        Err(StoreError::Contended.into())
    }
}

impl<S: ReadClaims + SetActivePlayer> Described for EnableCrossProgression<S> {
    fn operation() -> Operation {
        let text = "Makes the player of the named platform user the one that every login of its person yields. \
                    Without a body, or with half of the pair, it is the platform user of the caller's token. \
                    A platform user that is deactivated or locked is refused, whoever asks.";
        Operation::new(
            "Cross progression",
            "Enable cross progression",
            text,
            Access::OwnOrRefused(&Permission::MODIFY_ANY_USER),
        )
        .optional_body::<EnableRequest>(
            "EnableRequest",
            r#"{"platform":"Steam","platform_user_id":"76561198000000001"}"#,
        )
        .replies_nothing(200, "Cross progression is on for this player.")
        .then_with_body("disable-cross-progression", "$request.body")
    }
}

/// The body.
#[derive(Default)]
pub struct EnableRequest {
    account: Option<Account>,
}

impl FromFields for EnableRequest {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let account = Account::from_optional_fields(fields, "platform", "platform_user_id")?;
        Some(Self { account })
    }
}
