//! `POST /users/v1/cross-progression/disable`

use shared::{
    access::{self, Found},
    ambient::Ambient,
    auth::{Authenticator, Caller, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{
            self, ACCOUNT_NOT_FOUND, Answer, CANNOT_MODIFY_PERSON, INVALID_TOKEN_CLAIMS, NOT_CROSS_PROGRESSION_PLAYER,
            Rejection,
        },
    },
    identity::{PersonId, Platform, PlayerUuid},
    lambda::Setup,
    refusals,
    store::{ActivePlayerChange, Attempts, Changed, DynamoStore, Owner, ReadClaims, SetActivePlayer, StoreError},
    validation::{Account, Fields, FromFields},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (seed disable-cross-progression).
    pub enum DisableRefusal: Answer {
        AccountNotFound = ACCOUNT_NOT_FOUND,
        CannotModifyPerson = CANNOT_MODIFY_PERSON,
        InvalidTokenClaims = INVALID_TOKEN_CLAIMS,
        NotCrossProgressionPlayer = NOT_CROSS_PROGRESSION_PLAYER,
    }
}

/// Clears the active player of a person, so that each login yields the platform user's own player again.
#[derive(Debug)]
pub struct DisableCrossProgression<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> DisableCrossProgression<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<DisableCrossProgression<DynamoStore>, ConfigError> {
    Ok(DisableCrossProgression::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadClaims + SetActivePlayer> Endpoint for DisableCrossProgression<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<DisableRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        let target = request.optional_json::<DisableRequest>()?.target(&caller)?;
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let (person_id, member, owner) = self.find(&caller, &target).await?;
            request.set_subject(person_id);
            let operation = self.ambient.operation();
            let change = ActivePlayerChange { person_id, to: None, member, owner, operation };
            match self.store.set_active_player(&change).await? {
                Changed::Done => return Ok(Reply::empty(200)),
                Changed::Already => return Err(DisableRefusal::NotCrossProgressionPlayer.into()),
                Changed::NotOwner => return Err(DisableRefusal::CannotModifyPerson.into()),
                Changed::Gone if member.is_none() && owner.is_none() => {
                    return Err(DisableRefusal::AccountNotFound.into());
                }
                Changed::Gone | Changed::Moved => {}
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// The person, the user by which it was found, and who proves the right to it.
type FoundPerson = (PersonId, Option<(Platform, PlayerUuid)>, Option<Owner>);

impl<S: ReadClaims> DisableCrossProgression<S> {
    async fn find(&self, caller: &Caller, target: &Target) -> Result<FoundPerson, Rejection<DisableRefusal>> {
        let found = match target {
            Target::Person(person_id) => {
                access::find_person(&self.store, caller, *person_id).await?.map(|person_id| (person_id, None))
            }
            Target::Account(account) => {
                let found = access::find_account(&self.store, caller, account).await?;
                found.map(|claim| (claim.person_id, Some((account.platform, claim.player_uuid))))
            }
        };
        match found {
            Found::Allowed((person_id, member), owner) => Ok((person_id, member, owner)),
            Found::Missing => Err(DisableRefusal::AccountNotFound.into()),
            Found::Foreign => Err(DisableRefusal::CannotModifyPerson.into()),
        }
    }
}

impl<S: ReadClaims + SetActivePlayer> Described for DisableCrossProgression<S> {
    fn operation() -> Operation {
        let text = "Clears the active player of a person: each login yields the platform user's own player again. \
                    The person is `person_id`, else that of the named platform user, else that of the caller's token.";
        Operation::new(
            "Cross progression",
            "Disable cross progression",
            text,
            Access::OwnOrRefused(&Permission::MODIFY_ANY_USER),
        )
        .optional_body::<DisableRequest>("DisableRequest", r#"{"person_id":"b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10"}"#)
        .replies_nothing(200, "Cross progression is off for this person.")
    }
}

enum Target {
    Person(PersonId),
    Account(Account),
}

/// The body.
#[derive(Default)]
pub struct DisableRequest {
    person_id: Option<PersonId>,
    account: Option<Account>,
}

impl DisableRequest {
    /// The seed's priority: the person, the platform user, the token's platform user.
    fn target(self, caller: &Caller) -> Result<Target, DisableRefusal> {
        let account = self.account.or_else(|| access::own_account(caller)).map(Target::Account);
        self.person_id.map(Target::Person).or(account).ok_or(DisableRefusal::InvalidTokenClaims)
    }
}

impl FromFields for DisableRequest {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let person_id = fields.optional("person_id");
        let account = Account::from_optional_fields(fields, "platform", "platform_user_id");
        Some(Self { person_id: person_id?, account: account? })
    }
}
