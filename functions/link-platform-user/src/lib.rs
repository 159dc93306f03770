//! `POST /users/v1/link`

mod describe;
mod request;

use shared::{
    auth::TokenRejection,
    aws::{Attempts, CallError},
    identity::{Claim, Link, LinkProblem as Reason, Person, PersonId, PlayerUuid, UserState, link_problem},
    prelude::rallyhere::*,
    store::{Keys, LinkUsers, Linked, ReadRecords, Records, Side},
    validation::Account,
};

pub use request::LinkRequest;

use request::{Leader, Named};

refusals! {
    /// The refusals of this endpoint besides 403 and 422, in the order of the checks.
    pub enum LinkRefusal: ApiError {
        InvalidTokenClaims = ApiError::INVALID_TOKEN_CLAIMS,
        LeaderNotFound = ApiError::LEADER_NOT_FOUND,
        AccountNotFound = ApiError::ACCOUNT_NOT_FOUND,
        CannotLinkSamePlayer = ApiError::CANNOT_LINK_SAME_PLAYER,
        FollowerAlreadyLinked = ApiError::FOLLOWER_ALREADY_LINKED,
        FollowerHasCrossProgressionEnabled = ApiError::FOLLOWER_HAS_CROSS_PROGRESSION_ENABLED,
        FollowerHasRestrictions = ApiError::FOLLOWER_HAS_RESTRICTIONS,
        LeaderHasRestrictions = ApiError::LEADER_HAS_RESTRICTIONS,
        PlatformAlreadyLinked = ApiError::PLATFORM_ALREADY_LINKED,
    }
}

impl From<Reason> for LinkRefusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::LeaderNotFound => Self::LeaderNotFound,
            Reason::AccountNotFound => Self::AccountNotFound,
            Reason::FollowerAlreadyLinked => Self::FollowerAlreadyLinked,
            Reason::FollowerHasCrossProgressionEnabled => Self::FollowerHasCrossProgressionEnabled,
            Reason::FollowerHasRestrictions => Self::FollowerHasRestrictions,
            Reason::LeaderHasRestrictions => Self::LeaderHasRestrictions,
            Reason::PlatformAlreadyLinked => Self::PlatformAlreadyLinked,
        }
    }
}

/// Moves a platform user, the follower, into the leader's person.
#[derive(Debug)]
pub struct LinkPlatformUser;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<LinkPlatformUser>>, ConfigProblem> {
    setup.serve(Guarded(LinkPlatformUser))
}

impl<S: ReadRecords + LinkUsers> Rule<S> for LinkPlatformUser {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::MODIFY_ANY_USER, None);
    type Refusal = LinkRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = rights.now();
        let body = request.optional_json::<LinkRequest>()?;
        if body.needs_permission(&rights) {
            rights.require_unrestricted()?;
        }
        let leader = match body.leader_token() {
            Some(token) => app.auth.verify(token, now).await.map(Some).or_else(TokenRejection::ignore_refusal)?,
            None => None,
        };
        let named = body.resolve(&rights, leader.as_ref())?;
        let follower_is_owner = !rights.are_unrestricted();
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let (leader, follower) = look_up(app, &named, follower_is_owner).await?;
            audit.set_subject(follower.0.player_uuid);
            audit.set_person(leader);
            let link = Link {
                leader,
                leader_user: named.leader_user(&follower.1),
                leader_is_owner: matches!(named.leader, Leader::Credentials(_)),
                platform: named.follower.platform,
                follower: follower.0,
                follower_key: named.follower.key.clone(),
                follower_is_owner,
                operation: app.ambient.operation(),
                now,
            };
            match app.store.link(&link).await? {
                Linked::Done => return Ok(Reply::empty(200)),
                Linked::LeaderNotOwner => return Err(LinkRefusal::LeaderNotFound.into()),
                Linked::FollowerNotOwner => return Err(LinkRefusal::AccountNotFound.into()),
                Linked::Refused { leader, follower } => {
                    if let Some(reason) = reason(app, &link, leader, follower).await? {
                        return Err(LinkRefusal::from(reason).into());
                    }
                }
                Linked::Moved => {}
            }
        }
        Err(CallError::Contended.into())
    }
}

/// Finds the leader's person and the follower's claim in one read, and returns the refusals that
/// need no write.
async fn look_up<S: ReadRecords>(
    app: &App<S>,
    named: &Named,
    follower_is_owner: bool,
) -> Result<(PersonId, (Claim, Records)), Rejection<LinkRefusal>> {
    let mut keys = Keys { identities: vec![named.follower.key.clone()], ..Keys::default() };
    match &named.leader {
        Leader::Person(person_id) => keys.persons.push(*person_id),
        // DynamoDB refuses a batch that names the same key twice.
        Leader::Account(leader) | Leader::Credentials(leader) if *leader == named.follower => {}
        Leader::Account(leader) | Leader::Credentials(leader) => keys.identities.push(leader.key.clone()),
    }
    let records = app.store.records(&keys).await?;
    let leader = match &named.leader {
        Leader::Person(person_id) => records.persons.get(person_id).map(|person| person.person_id),
        Leader::Account(leader) | Leader::Credentials(leader) => {
            records.claims.get(&leader.key).map(|claim| claim.person_id)
        }
    };
    let leader = leader.ok_or(LinkRefusal::LeaderNotFound)?;
    let follower = records.claims.get(&named.follower.key).copied().ok_or(LinkRefusal::AccountNotFound)?;
    if follower.person_id == leader {
        let inactive = inactive_owner(app, named, &records, follower_is_owner).await?;
        return Err(inactive.unwrap_or_else(|| same_person(named, records.persons.get(&leader))).into());
    }
    Ok((leader, (follower, records)))
}

/// The refusal if a user whose token proves a right is not active. Makes one read if a token has to
/// prove anything.
async fn inactive_owner<S: ReadRecords>(
    app: &App<S>,
    named: &Named,
    records: &Records,
    follower_is_owner: bool,
) -> Result<Option<LinkRefusal>, CallError> {
    let player_of = |account: &Account| records.claims.get(&account.key).map(|claim| claim.player_uuid);
    let leader = match &named.leader {
        Leader::Credentials(leader) => player_of(leader),
        Leader::Person(_) | Leader::Account(_) => None,
    };
    let follower = Some(&named.follower).filter(|_| follower_is_owner).and_then(player_of);
    let mut users: Vec<_> = leader.into_iter().chain(follower).collect();
    users.dedup();
    if users.is_empty() {
        return Ok(None);
    }
    let records = app.store.records(&Keys { users, ..Keys::default() }).await?;
    let is_inactive = |player: Option<PlayerUuid>| {
        let user = player.map(|player| records.users.get(&player));
        user.is_some_and(|user| user.is_none_or(|user| user.state != UserState::Active))
    };
    let reasons = [(leader, LinkRefusal::LeaderNotFound), (follower, LinkRefusal::AccountNotFound)];
    Ok(reasons.into_iter().find(|(player, _)| is_inactive(*player)).map(|(_, reason)| reason))
}

/// The first reason in the order of the contract (docs/contract/rallyhere.md, "Links"). If the
/// failed write did not return both persons, they are read once more. `None` if there is no reason
/// any more.
async fn reason<S: ReadRecords>(
    app: &App<S>,
    link: &Link,
    leader: Side,
    follower: Side,
) -> Result<Option<Reason>, CallError> {
    if let (Side::Known(leader), Side::Known(follower)) = (&leader, &follower) {
        return Ok(link_problem(leader.as_ref(), follower.as_ref(), link.platform));
    }
    let persons = vec![link.leader, link.follower.person_id];
    let records = app.store.records(&Keys { persons, ..Keys::default() }).await?;
    let (leader, follower) = (records.persons.get(&link.leader), records.persons.get(&link.follower.person_id));
    // A person that was found by its user is judged only while it has that user: both may have
    // moved since.
    let has = |person: Option<&Person>, (platform, player)| person.is_some_and(|person| person.has(platform, player));
    let settled = has(follower, (link.platform, link.follower.player_uuid))
        && link.leader_user.is_none_or(|user| has(leader, user));
    Ok(if settled { link_problem(leader, follower, link.platform) } else { None })
}

/// The refusal for a follower that already belongs to the leader's person.
fn same_person(named: &Named, person: Option<&Person>) -> LinkRefusal {
    let same_user = match &named.leader {
        Leader::Person(_) => person.is_some_and(|person| person.users.len() == 1),
        Leader::Account(leader) | Leader::Credentials(leader) => *leader == named.follower,
    };
    if same_user { LinkRefusal::CannotLinkSamePlayer } else { LinkRefusal::FollowerAlreadyLinked }
}
