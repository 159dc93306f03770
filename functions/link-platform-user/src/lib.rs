//! `POST /users/v1/link`

mod describe;
mod request;

use shared::{
    access::{self, AccessProblem, FoundUser},
    auth::TokenRejection,
    aws::{Attempts, CallError},
    identity::{Link, LinkProblem as Reason, Person, PersonId, PlayerUuid, UserState, link_problem},
    prelude::rallyhere::*,
    store::{Keys, LinkUsers, Linked, ReadRecords, Records, Side},
};

pub use request::LinkRequest;

use request::{Leader, Named, Unproven};

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
        let (own, permitted) = (rights.own_user(), rights.require_unrestricted());
        let follower_is_owner = permitted.is_err();
        let unproven = match permitted {
            Ok(()) => None,
            Err(refused) => body.unproven(own.as_ref(), refused)?,
        };
        let leader = match body.leader_token() {
            Some(token) => app.auth.verify(token, now).await.map(Some).or_else(TokenRejection::ignore_refusal)?,
            None => None,
        };
        let named = match body.resolve(own, leader.and_then(|leader| leader.own_user())) {
            Ok(named) => named,
            Err(refusal) => {
                read(app, None, unproven.as_ref()).await?;
                return Err(refusal.into());
            }
        };
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            let records = read(app, Some(&named), unproven.as_ref()).await?;
            let Sides { leader, leader_user, follower } = find(app, &named, &records, follower_is_owner).await?;
            audit.set_subject(follower.claim.player_uuid);
            audit.set_person(leader);
            let link = Link {
                leader,
                leader_user: leader_user.as_ref().map(FoundUser::member),
                leader_is_owner: matches!(named.leader, Leader::Credentials(_)),
                platform: follower.account.platform,
                follower: follower.claim,
                follower_key: follower.account.key,
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

/// Reads the records of everybody that the request names. Makes one read, and none if it names
/// nobody. Refuses a caller without permission that names somebody else.
async fn read<S: ReadRecords>(
    app: &App<S>,
    named: Option<&Named>,
    unproven: Option<&Unproven>,
) -> Result<Records, Rejection<LinkRefusal>> {
    let mut keys = Keys::default();
    if let Some(Named { leader, follower }) = named {
        follower.want(&mut keys);
        match leader {
            Leader::Person(person_id) => keys.persons.push(*person_id),
            Leader::User(leader) => leader.want(&mut keys),
            Leader::Credentials(leader) => access::want(leader, &mut keys),
        }
    }
    if let Some(unproven) = unproven {
        access::want(&unproven.own, &mut keys);
    }
    if named.is_none() && unproven.is_none() {
        return Ok(Records::default());
    }
    let records = app.store.records(&keys).await?;
    unproven.map_or(Ok(()), |unproven| unproven.check(&records))?;
    Ok(records)
}

/// The two sides of a link.
struct Sides {
    leader: PersonId,
    /// The user by which the leader was found. The write checks that the leader still has it.
    leader_user: Option<FoundUser>,
    follower: FoundUser,
}

/// Finds both sides among the records, and returns the refusals that need no write.
async fn find<S: ReadRecords>(
    app: &App<S>,
    named: &Named,
    records: &Records,
    follower_is_owner: bool,
) -> Result<Sides, Rejection<LinkRefusal>> {
    let follower = named.follower.found_in(records).map_err(AccessProblem::Token)?;
    let leader_user = match &named.leader {
        Leader::Person(_) => None,
        Leader::User(leader) => leader.found_in(records).map_err(AccessProblem::Token)?,
        Leader::Credentials(leader) => {
            access::own_user(leader, records).map_err(|_| LinkRefusal::InvalidTokenClaims)?
        }
    };
    let leader = match &named.leader {
        Leader::Person(person_id) => records.persons.get(person_id).map(|person| person.person_id),
        Leader::User(_) | Leader::Credentials(_) => leader_user.as_ref().map(|user| user.claim.person_id),
    };
    let leader = leader.ok_or(LinkRefusal::LeaderNotFound)?;
    let sides = Sides { leader, leader_user, follower: follower.ok_or(LinkRefusal::AccountNotFound)? };
    if sides.follower.claim.person_id == leader {
        let inactive = inactive_owner(app, named, &sides, follower_is_owner).await?;
        return Err(inactive.unwrap_or_else(|| same_person(&sides, records.persons.get(&leader))).into());
    }
    Ok(sides)
}

/// The refusal if a user whose token proves a right is not active. Makes one read if a token has to
/// prove anything.
async fn inactive_owner<S: ReadRecords>(
    app: &App<S>,
    named: &Named,
    sides: &Sides,
    follower_is_owner: bool,
) -> Result<Option<LinkRefusal>, CallError> {
    let leader = match &named.leader {
        Leader::Credentials(_) => sides.leader_user.as_ref().map(|user| user.claim.player_uuid),
        Leader::Person(_) | Leader::User(_) => None,
    };
    let follower = follower_is_owner.then_some(sides.follower.claim.player_uuid);
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
fn same_person(sides: &Sides, person: Option<&Person>) -> LinkRefusal {
    let same_user = match &sides.leader_user {
        Some(leader) => leader.claim.player_uuid == sides.follower.claim.player_uuid,
        None => person.is_some_and(|person| person.users.len() == 1),
    };
    if same_user { LinkRefusal::CannotLinkSamePlayer } else { LinkRefusal::FollowerAlreadyLinked }
}
