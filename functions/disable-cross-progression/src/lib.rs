//! `POST /users/v1/cross-progression/disable`

mod describe;

use shared::{
    access::{self, Found, TargetUser},
    aws::{Attempts, CallError},
    identity::{ActivePlayerChange, Owner, PersonId, Platform, PlayerUuid},
    prelude::rallyhere::*,
    store::{Changed, ReadClaims, ReadRecords, ReadUsers, SetActivePlayer},
    validation::Account,
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum DisableRefusal: ApiError {
        AccountNotFound = ApiError::ACCOUNT_NOT_FOUND,
        CannotModifyPerson = ApiError::CANNOT_MODIFY_PERSON,
        InvalidTokenClaims = ApiError::INVALID_TOKEN_CLAIMS,
        NotCrossProgressionPlayer = ApiError::NOT_CROSS_PROGRESSION_PLAYER,
    }
}

request! {
    /// The request body.
    #[derive(Default)]
    pub struct DisableRequest {
        person_id: Option<PersonId>,
        account: Option<Account> = pair("platform", "platform_user_id"),
    }
}

/// Clears the active player of a person: each login yields the platform user's own player again.
#[derive(Debug)]
pub struct DisableCrossProgression;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<DisableCrossProgression>>, ConfigProblem> {
    setup.serve(Guarded(DisableCrossProgression))
}

impl<S: ReadClaims + ReadUsers + ReadRecords + SetActivePlayer> Rule<S> for DisableCrossProgression {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrRefused(&Permission::MODIFY_ANY_USER);
    type Refusal = DisableRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let target = request.optional_json::<DisableRequest>()?.target(&rights)?;
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let (person_id, member, owner) = find(app, &rights, &target).await?;
            audit.set_subject(person_id);
            let operation = app.ambient.operation();
            let change = ActivePlayerChange { person_id, to: None, member, owner, operation };
            match app.store.set_active_player(&change).await? {
                Changed::Done => return Ok(Reply::empty(200)),
                Changed::Already => return Err(DisableRefusal::NotCrossProgressionPlayer.into()),
                Changed::NotOwner => return Err(DisableRefusal::CannotModifyPerson.into()),
                Changed::Gone if member.is_none() && owner.is_none() => {
                    return Err(DisableRefusal::AccountNotFound.into());
                }
                Changed::Gone | Changed::Moved => {}
            }
        }
        Err(CallError::Contended.into())
    }
}

/// The person, the user by which it was found, and the owner that proves the caller's right to it.
type FoundPerson = (PersonId, Option<(Platform, PlayerUuid)>, Option<Owner>);

async fn find<S: ReadClaims + ReadUsers + ReadRecords>(
    app: &App<S>,
    rights: &Rights,
    target: &Target,
) -> Result<FoundPerson, Rejection<DisableRefusal>> {
    let found = match target {
        Target::Person(person_id) => {
            access::find_person(&app.store, rights, *person_id).await?.map(|person_id| (person_id, None))
        }
        Target::User(user) => {
            let found = access::find_user(&app.store, rights, user).await?;
            found.map(|user| (user.claim.person_id, Some(user.member())))
        }
    };
    match found {
        Found::Allowed((person_id, member), owner) => Ok((person_id, member, owner)),
        Found::Missing => Err(DisableRefusal::AccountNotFound.into()),
        Found::Foreign => Err(DisableRefusal::CannotModifyPerson.into()),
    }
}

enum Target {
    Person(PersonId),
    User(TargetUser),
}

impl DisableRequest {
    /// The person that the request targets: `person_id`, else the person of the named user, else
    /// the own person (docs/contract/rallyhere.md, "Cross progression").
    fn target(self, rights: &Rights) -> Result<Target, DisableRefusal> {
        let user = TargetUser::of(self.account, rights.own_user()).map(Target::User);
        self.person_id.map(Target::Person).or(user).ok_or(DisableRefusal::InvalidTokenClaims)
    }
}
