//! `GET /users/v2/player/{player_uuid}/links`

mod describe;

use shared::{
    access::{self, AccessProblem},
    auth::OwnUser,
    aws::{Attempts, CallError},
    http::{Authority, rallyhere::LinksBody},
    identity::{Person, PlatformUser, PlayerId, PlayerUuid, UserState},
    prelude::rallyhere::*,
    store::{Keys, ReadRecords, Records},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum LinksRefusal: ApiError { UserNotFound = ApiError::USER_NOT_FOUND }
}

/// Shows a player's person and every platform user that is linked to that person.
#[derive(Debug)]
pub struct GetPlayerLinks;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<GetPlayerLinks>>, ConfigProblem> {
    setup.serve(Guarded(GetPlayerLinks))
}

impl<S: ReadRecords> Rule<S> for GetPlayerLinks {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::OwnOrPermitted(&Permission::READ_USER, None);
    type Refusal = LinksRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let (own, permitted) = match rights.authority()? {
            Authority::Any => (None, Ok(())),
            Authority::Own(own, refused) => (Some(own), Err(refused)),
        };
        let player_uuid = request.path_parameter::<PlayerUuid>("player_uuid")?;
        audit.set_subject(player_uuid);
        let mut attempts = Attempts::new(&app.ambient);
        while attempts.next().await {
            match look_up(app, player_uuid, own.as_ref()).await? {
                Look::Found(player, person, users) => {
                    return Ok(Reply::json(200, &LinksBody::of(player, &person, &users)));
                }
                Look::Missing => {
                    permitted?;
                    return Err(LinksRefusal::UserNotFound.into());
                }
                Look::Foreign => permitted?,
                Look::Moving => {}
            }
        }
        Err(CallError::Contended.into())
    }
}

/// Both ids of a player.
type Player = (PlayerId, PlayerUuid);

#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
enum Look {
    /// The player, its person, and all users of that person.
    Found(Player, Person, Vec<PlatformUser>),
    Missing,
    /// The player belongs to another person than the own user, or the own user is not active.
    Foreign,
    /// The records disagree: a link, an unlink or a purge is in progress.
    Moving,
}

/// Reads the player, its person and the person's users, in three reads. If `own` is given, it must
/// be the person of that user.
async fn look_up<S: ReadRecords>(
    app: &App<S>,
    player_uuid: PlayerUuid,
    own: Option<&OwnUser>,
) -> Result<Look, AccessProblem> {
    let mut keys = Keys { users: vec![player_uuid], ..Keys::default() };
    if let Some(own) = own {
        access::want(own, &mut keys);
    }
    let first = app.store.records(&keys).await?;
    let own_user = own.map_or(Ok(None), |own| access::own_user(own, &first))?;
    let Some((player_id, person_id)) = first.users.get(&player_uuid).map(|user| (user.player_id, user.person_id))
    else {
        return Ok(Look::Missing);
    };
    if own.is_some() && own_user.as_ref().is_none_or(|own| own.claim.person_id != person_id) {
        return Ok(Look::Foreign);
    }
    let mut second = app.store.records(&Keys { persons: vec![person_id], ..Keys::default() }).await?;
    let Some(person) = second.persons.remove(&person_id) else { return Ok(Look::Moving) };
    let users = person.users.values().map(|user| user.player_uuid).collect();
    let Records { mut users, .. } = app.store.records(&Keys { users, ..Keys::default() }).await?;
    if own_user.and_then(|own| users.get(&own.claim.player_uuid)).is_some_and(|own| own.state != UserState::Active) {
        return Ok(Look::Foreign);
    }
    let listed = person.users.values().filter_map(|linked| users.remove(&linked.player_uuid));
    let listed: Vec<_> = listed.filter(|user| user.person_id == person_id).collect();
    let complete = listed.len() == person.users.len() && listed.iter().any(|user| user.player_uuid == player_uuid);
    Ok(if complete { Look::Found((player_id, player_uuid), person, listed) } else { Look::Moving })
}
