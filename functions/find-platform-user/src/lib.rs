//! `GET /users/v1/platform-user`

mod describe;

use shared::{
    aws::{Attempts, CallError},
    http::rallyhere::PlatformUserBody,
    identity::{Claim, Platform},
    prelude::rallyhere::*,
    store::{Keys, ReadClaims, ReadRecords, Records},
    validation::{Account, PossiblyEmptyId},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum FindRefusal: ApiError { UserNotFound = ApiError::USER_NOT_FOUND }
}

request! {
    /// The query. An empty id is `None`: it names an account that does not exist.
    pub struct FindQuery {
        platform: Platform,
        platform_user_id: PossiblyEmptyId,
    }
}

/// Finds a platform user by its platform identity.
#[derive(Debug)]
pub struct FindPlatformUser;

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<FindPlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(FindPlatformUser))
}

impl<S: ReadClaims + ReadRecords> Rule<S> for FindPlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Permitted(&Permission::READ_USER);
    type Refusal = FindRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        _: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let query = request.query::<FindQuery>()?;
        let id = query.platform_user_id.0.ok_or(FindRefusal::UserNotFound)?;
        let account = Account::new(query.platform, &id);
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let Some(claim) = app.store.claim(&account.key).await? else {
                return Err(FindRefusal::UserNotFound.into());
            };
            let records = look_up(app, &claim).await?;
            let (user, person) = (records.users.get(&claim.player_uuid), records.persons.get(&claim.person_id));
            // A link, unlink or purge may have come between the reads.
            if let (Some(user), Some(person)) = (user, person)
                && records.users.values().all(|user| user.person_id == person.person_id)
                && person.has(account.platform, user.player_uuid)
                && person.active_player.is_none_or(|active| records.users.contains_key(&active))
            {
                audit.set_subject(user.player_uuid);
                let active = records.users.values().find(|user| person.may_play(user));
                return Ok(Reply::json(200, &PlatformUserBody::of(user, active)));
            }
        }
        Err(CallError::Contended.into())
    }
}

/// The user and its person: one read. Another, of the user whose player is the active one, where that is another.
async fn look_up<S: ReadRecords>(app: &App<S>, claim: &Claim) -> Result<Records, CallError> {
    let keys = Keys { persons: vec![claim.person_id], users: vec![claim.player_uuid], ..Keys::default() };
    let mut records = app.store.records(&keys).await?;
    let active = records.persons.get(&claim.person_id).and_then(|person| person.active_player);
    if let Some(active) = active.filter(|active| *active != claim.player_uuid) {
        let others = app.store.records(&Keys { users: vec![active], ..Keys::default() }).await?;
        records.users.extend(others.users);
    }
    Ok(records)
}
