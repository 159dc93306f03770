use shared::{
    aws::CallError,
    http::{
        App, Reply,
        rallyhere::{LoginFacts, LoginResultBody, PortalFacts, RestrictionBody, token_reply},
    },
    identity::{Person, PlatformUser, SessionId, Timestamp},
    login::{Bearer, Client, IssuedToken, Login, Player},
    store::ReadUsers,
};

use crate::Rejected;

/// The facts that every answer needs.
pub(crate) struct Answer<'a> {
    pub(crate) login: &'a Login,
    pub(crate) client: &'a Client,
    /// The time of the request.
    pub(crate) now: Timestamp,
}

impl Answer<'_> {
    /// The answer to a client itself.
    pub(crate) fn to_client(&self, token: &IssuedToken) -> Reply {
        reply(&LoginFacts {
            access_token: token,
            refresh_token: None,
            issuer: self.login.tokens.issuer(),
            client_id: &self.client.client_id,
            permissions: &self.client.permissions,
            restrictions: Vec::new(),
            user: None,
            portal: PortalFacts::default(),
        })
    }

    /// The answer to a player whose login was written. Makes one call to KMS.
    pub(crate) async fn to_player(
        &self,
        Entrance { user, active, is_purge_queued }: &Entrance,
        session: Option<(SessionId, String)>,
        portal: PortalFacts<'_>,
    ) -> Result<Reply, Rejected> {
        let restrictions: Vec<_> = is_purge_queued.then(RestrictionBody::of_purge).into_iter().collect();
        let kinds: Vec<_> = restrictions.iter().map(|restriction| restriction.r#type).collect();
        let permissions = &self.login.settings.player_permissions;
        let player = Player {
            player_uuid: user.player_uuid,
            person_id: user.person_id,
            active_player_uuid: active.player_uuid,
            session: session.as_ref().map(|(id, _)| *id),
            restrictions: &kinds,
        };
        let tokens = &self.login.tokens;
        let token = tokens.issue(&self.client.client_id, permissions, Bearer::Player(player), self.now).await?;
        Ok(reply(&LoginFacts {
            access_token: &token,
            refresh_token: session.as_ref().map(|(_, text)| text.as_str()),
            issuer: tokens.issuer(),
            client_id: &self.client.client_id,
            permissions,
            restrictions,
            user: Some((user, active)),
            portal,
        }))
    }
}

fn reply(facts: &LoginFacts<'_>) -> Reply {
    token_reply(&LoginResultBody::of(facts))
}

/// A player at the door: its login is written.
pub(crate) struct Entrance {
    /// The user that logged in.
    pub(crate) user: PlatformUser,
    /// The user whose player is to be played.
    pub(crate) active: PlatformUser,
    /// Whether the person's purge is queued.
    pub(crate) is_purge_queued: bool,
}

impl Entrance {
    /// The first login of a user, which is alone in its person.
    pub(crate) fn of_new(user: PlatformUser) -> Self {
        Self { active: user.clone(), user, is_purge_queued: false }
    }

    /// A login of a known user. The player to play is the person's active player while that
    /// player's user is active, otherwise the user's own. Makes one read if it is another user's.
    /// `None` if the records disagree: a link, an unlink or a purge is in progress.
    pub(crate) async fn of<S: ReadUsers>(
        app: &App<S>,
        person: Option<Person>,
        user: PlatformUser,
    ) -> Result<Option<Self>, CallError> {
        let Some(person) = person.filter(|person| person.has(user.platform, user.player_uuid)) else {
            return Ok(None);
        };
        let is_purge_queued = person.purge.is_some();
        let other = person.active_player.filter(|active| *active != user.player_uuid);
        let active = match other {
            None => None,
            Some(other) => {
                let other = app.store.user(other).await?.filter(|other| other.person_id == person.person_id);
                let Some(other) = other else { return Ok(None) };
                Some(other).filter(|other| person.may_play(other))
            }
        };
        let active = active.unwrap_or_else(|| user.clone());
        Ok(Some(Self { user, active, is_purge_queued }))
    }
}
