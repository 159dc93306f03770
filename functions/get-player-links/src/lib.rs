//! `GET /users/v2/player/{player_uuid}/links`

use shared::{
    access,
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, LinksBody, Rejection, USER_NOT_FOUND},
    },
    identity::{Person, PlatformUser, PlayerId, PlayerUuid, UserState},
    lambda::Setup,
    refusals,
    store::{Attempts, DynamoStore, Keys, ReadRecords, Records, StoreError},
    validation::Account,
};

refusals! {
    /// What this endpoint refuses besides 403 and 422 (reference/rallyhere.md).
    pub enum LinksRefusal: Answer { UserNotFound = USER_NOT_FOUND }
}

/// Shows a player's person and every platform user that is linked to it.
#[derive(Debug)]
pub struct GetPlayerLinks<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
}

impl<S> GetPlayerLinks<S> {
    /// The endpoint with what it works with.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<GetPlayerLinks<DynamoStore>, ConfigError> {
    Ok(GetPlayerLinks::new(setup.authenticator()?, setup.ambient(), setup.store()?))
}

impl<S: ReadRecords> Endpoint for GetPlayerLinks<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<LinksRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let caller = rallyhere::authenticate(&self.auth, request, self.ambient.now()).await?;
        let permitted = caller.require(&Permission::READ_USER);
        let own = access::own_account(&caller);
        if own.is_none() {
            permitted?;
        }
        let player_uuid = request.path_parameter::<PlayerUuid>("player_uuid")?;
        request.set_subject(player_uuid);
        let mut attempts = Attempts::new(&self.ambient);
        while attempts.next().await {
            let own = own.as_ref().filter(|_| permitted.is_err());
            match self.look_up(player_uuid, own).await? {
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
        Err(StoreError::Contended.into())
    }
}

impl<S: ReadRecords> Described for GetPlayerLinks<S> {
    fn operation() -> Operation {
        let text = "Shows a player, its person, and every platform user that is linked to that person. \
                    No active player is shown while the user of that player is deactivated or locked.";
        let access = Access::OwnOrPermitted(&Permission::READ_USER, None);
        Operation::new("Links", "Show a player's links", text, access)
            .path::<PlayerUuid>("player_uuid", "The player.", "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e")
            .replies::<LinksBody<'_>>(200, "The player and its person's platform users.", LinksBody::EXAMPLE)
    }
}

/// Both names of a player.
type Player = (PlayerId, PlayerUuid);

#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
enum Look {
    /// The player, its person, and all users of that.
    Found(Player, Person, Vec<PlatformUser>),
    Missing,
    /// Not the person of the caller's own account, or that account is not active.
    Foreign,
    /// The records disagree: a link, unlink or purge is in flight.
    Moving,
}

impl<S: ReadRecords> GetPlayerLinks<S> {
    /// The player, its person, and the person's users: three reads. `own` is the account that has to be among them.
    async fn look_up(&self, player_uuid: PlayerUuid, own: Option<&Account>) -> Result<Look, StoreError> {
        let identities = own.map(|own| own.key.clone()).into_iter().collect();
        let keys = Keys { users: vec![player_uuid], identities, ..Keys::default() };
        let first = self.store.records(&keys).await?;
        let Some((player_id, person_id)) = first.users.get(&player_uuid).map(|user| (user.player_id, user.person_id))
        else {
            return Ok(Look::Missing);
        };
        let own_player = match own {
            Some(own) => match first.claims.get(&own.key) {
                Some(claim) if claim.person_id == person_id => Some(claim.player_uuid),
                _ => return Ok(Look::Foreign),
            },
            None => None,
        };
        let mut second = self.store.records(&Keys { persons: vec![person_id], ..Keys::default() }).await?;
        let Some(person) = second.persons.remove(&person_id) else { return Ok(Look::Moving) };
        let users = person.users.values().map(|user| user.player_uuid).collect();
        let Records { mut users, .. } = self.store.records(&Keys { users, ..Keys::default() }).await?;
        if own_player.and_then(|own| users.get(&own)).is_some_and(|own| own.state != UserState::Active) {
            return Ok(Look::Foreign);
        }
        let listed = person.users.values().filter_map(|linked| users.remove(&linked.player_uuid));
        let listed: Vec<_> = listed.filter(|user| user.person_id == person_id).collect();
        let complete = listed.len() == person.users.len() && listed.iter().any(|user| user.player_uuid == player_uuid);
        Ok(if complete { Look::Found((player_id, player_uuid), person, listed) } else { Look::Moving })
    }
}
