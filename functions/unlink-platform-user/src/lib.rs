//! `POST /users/v1/unlink`

mod describe;

use shared::{
    access::{self, Found, FoundUser, TargetUser},
    aws::{Attempts, CallError},
    identity::{PersonId, Unlink, UnlinkProblem as Reason, unlink_problem},
    prelude::rallyhere::*,
    store::{ReadClaims, ReadRecords, ReadUsers, UnlinkUsers, Unlinked},
    validation::Account,
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422, in the order of the checks.
    pub enum UnlinkRefusal: ApiError {
        InvalidTokenClaims = ApiError::INVALID_TOKEN_CLAIMS,
        AccountNotFound = ApiError::ACCOUNT_NOT_FOUND,
        CannotModifyPerson = ApiError::CANNOT_MODIFY_PERSON,
        PlayerNotLinked = ApiError::PLAYER_NOT_LINKED,
        CannotUnlinkCrossProgressionPlayer = ApiError::CANNOT_UNLINK_CROSS_PROGRESSION_PLAYER,
        UserHasRestrictions = ApiError::USER_HAS_RESTRICTIONS,
    }
}

request! {
    /// The request body.
    #[derive(Default)]
    pub struct UnlinkRequest {
        account: Option<Account> = pair("platform", "platform_user_id"),
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

/// Gives the named user, or the token's user, a person of its own.
#[derive(Debug)]
pub struct UnlinkPlatformUser;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<UnlinkPlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(UnlinkPlatformUser))
}

impl<S: ReadClaims + ReadUsers + ReadRecords + UnlinkUsers> Rule<S> for UnlinkPlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrRefused(&Permission::MODIFY_ANY_USER);
    type Refusal = UnlinkRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = rights.now();
        let body = request.optional_json::<UnlinkRequest>()?;
        let target = TargetUser::of(body.account, rights.own_user()).ok_or(UnlinkRefusal::InvalidTokenClaims)?;
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let (FoundUser { account, claim }, owner) = match access::find_user(&app.store, &rights, &target).await? {
                Found::Allowed(user, owner) => (user, owner),
                Found::Missing => return Err(UnlinkRefusal::AccountNotFound.into()),
                Found::Foreign => return Err(UnlinkRefusal::CannotModifyPerson.into()),
            };
            audit.set_subject(claim.player_uuid);
            audit.set_person(claim.person_id);
            let unlink = Unlink {
                platform: account.platform,
                claim,
                key: account.key,
                new_person: PersonId(app.ambient.uuid()),
                owner,
                operation: app.ambient.operation(),
                now,
            };
            match app.store.unlink(&unlink).await? {
                Unlinked::Done => return Ok(Reply::empty(200)),
                Unlinked::NotOwner => return Err(UnlinkRefusal::CannotModifyPerson.into()),
                Unlinked::Refused(person) => {
                    let reason = person.and_then(|person| unlink_problem(&person, claim.player_uuid));
                    if let Some(reason) = reason {
                        return Err(UnlinkRefusal::from(reason).into());
                    }
                }
                Unlinked::Moved => {}
            }
        }
        Err(CallError::Contended.into())
    }
}
