//! `POST /users/v1/cross-progression/enable`

mod describe;

use shared::{
    access::{self, Found, TargetUser},
    aws::{Attempts, CallError},
    identity::ActivePlayerChange,
    prelude::rallyhere::*,
    store::{Changed, ReadClaims, ReadRecords, ReadUsers, SetActivePlayer},
    validation::Account,
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum EnableRefusal: ApiError {
        AccountNotFound = ApiError::ACCOUNT_NOT_FOUND,
        AlreadyCrossProgressionPlayer = ApiError::ALREADY_CROSS_PROGRESSION_PLAYER,
        CannotModifyPerson = ApiError::CANNOT_MODIFY_PERSON,
        InvalidTokenClaims = ApiError::INVALID_TOKEN_CLAIMS,
    }
}

request! {
    /// The request body.
    #[derive(Default)]
    pub struct EnableRequest {
        account: Option<Account> = pair("platform", "platform_user_id"),
    }
}

/// Makes the player of the named user, or of the token's user, the active player: every login of a
/// linked user yields it.
#[derive(Debug)]
pub struct EnableCrossProgression;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<EnableCrossProgression>>, ConfigProblem> {
    setup.serve(Guarded(EnableCrossProgression))
}

impl<S: ReadClaims + ReadUsers + ReadRecords + SetActivePlayer> Rule<S> for EnableCrossProgression {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrRefused(&Permission::MODIFY_ANY_USER);
    type Refusal = EnableRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let body = request.optional_json::<EnableRequest>()?;
        let target = TargetUser::of(body.account, rights.own_user()).ok_or(EnableRefusal::InvalidTokenClaims)?;
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let (user, owner) = match access::find_user(&app.store, &rights, &target).await? {
                Found::Allowed(user, owner) => (user, owner),
                Found::Missing => return Err(EnableRefusal::AccountNotFound.into()),
                Found::Foreign => return Err(EnableRefusal::CannotModifyPerson.into()),
            };
            audit.set_subject(user.claim.player_uuid);
            audit.set_person(user.claim.person_id);
            let change = ActivePlayerChange {
                person_id: user.claim.person_id,
                to: Some(user.claim.player_uuid),
                member: Some(user.member()),
                owner,
                operation: app.ambient.operation(),
            };
            match app.store.set_active_player(&change).await? {
                Changed::Done => return Ok(Reply::empty(200)),
                Changed::Already => return Err(EnableRefusal::AlreadyCrossProgressionPlayer.into()),
                Changed::NotOwner => return Err(EnableRefusal::CannotModifyPerson.into()),
                Changed::Gone | Changed::Moved => {}
            }
        }
        Err(CallError::Contended.into())
    }
}
