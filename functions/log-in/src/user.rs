use futures_util::future::try_join;
use shared::{
    aws::{Attempts, CallError},
    http::{
        App, Audit, Reply,
        rallyhere::{LoginRejection, PortalFacts, RestrictionBody},
    },
    identity::{
        Claim, DisplayName, FirstLogin, IdentityKey, Login as Write, NewSession, NewUser, PersonId, PlatformUser,
        PlayerUuid, RefreshClaim, SessionId,
    },
    login::{Grant, Proven},
    store::{Created, LoggedIn},
};

use crate::{
    LogInRefusal, LoginRequest, Rejected, Tables,
    answer::{Answer, Entrance},
};

/// Logs a proven account in. Creates its user with the first login.
pub(crate) async fn handle<S: Tables>(
    app: &App<S>,
    answer: &Answer<'_>,
    body: &LoginRequest,
    proven: Proven,
    audit: &mut Audit,
) -> Result<Reply, Rejected> {
    let platform = body.grant_type.platform().ok_or(LogInRefusal::InvalidGrantType)?;
    let word = if proven.is_named { None } else { DisplayName::cut(&body.portal_display_name) };
    let name = proven.display_name.clone().or(word);
    let key = IdentityKey::of(platform, &proven.account);
    let wants_session = body.include_refresh && answer.client.may_use(Grant::Refresh);
    // Drawn once, so that a repeated step opens the same session.
    let session = wants_session.then(|| {
        let (id, client) = (SessionId(app.ambient.uuid()), answer.client.client_id.clone());
        NewSession::new(id, client, &answer.login.settings.sessions, answer.now)
    });
    let parent_name = DisplayName::cut(&body.portal_parent_display_name);
    let portal = PortalFacts {
        environment: proven.environment.as_deref(),
        parent: proven.parent.as_ref().map(|account| (account, parent_name.as_ref())),
    };
    let mut attempts = Attempts::new(&app.ambient);
    while attempts.next().await {
        let entrance = match app.store.claim(&key).await? {
            Some(claim) => match known(app, answer, claim, name.clone(), session.clone(), audit).await? {
                Some(known) => known,
                None => continue,
            },
            None if !answer.client.create => return Err(LogInRefusal::CreateNewUserNotAllowed.into()),
            None => {
                let new = NewUser {
                    platform,
                    platform_user_id: proven.account.clone(),
                    display_name: name.clone(),
                    player_uuid: PlayerUuid(app.ambient.uuid()),
                    person_id: PersonId(app.ambient.uuid()),
                    first_login: Some(FirstLogin { session: session.clone() }),
                    operation: app.ambient.operation(),
                    now: answer.now,
                };
                match app.store.create_user(&new).await? {
                    Created::User(user) => Entrance::of_new(user),
                    // Another login of the same account was first.
                    Created::AlreadyExists => continue,
                }
            }
        };
        audit.set_subject(entrance.user.player_uuid);
        audit.set_person(entrance.user.person_id);
        let opened = session.as_ref().map(|session| session.id);
        let session = session.map(|session| {
            let claim = RefreshClaim { player_uuid: entrance.user.player_uuid, session: session.id, n: 1 };
            (session.id, answer.login.settings.refresh_tokens.issue(&claim))
        });
        let answered = answer.to_player(&entrance, session, portal).await;
        if let (Err(_), Some(session)) = (&answered, opened) {
            // Nobody gets its token, and it would take the place of another one.
            let _ = app.store.end_session(entrance.user.player_uuid, session).await;
        }
        return answered;
    }
    Err(CallError::Contended.into())
}

/// Writes the login of a known user beside reading its person. `None` if the user or the person has
/// moved or gone since.
async fn known<S: Tables>(
    app: &App<S>,
    answer: &Answer<'_>,
    claim: Claim,
    display_name: Option<DisplayName>,
    session: Option<NewSession>,
    audit: &mut Audit,
) -> Result<Option<Entrance>, Rejected> {
    let write = Write {
        player_uuid: claim.player_uuid,
        person_id: claim.person_id,
        display_name,
        session,
        operation: app.ambient.operation(),
        now: answer.now,
    };
    let policy = &answer.login.settings.sessions;
    let (logged_in, person) = try_join(app.store.log_in(&write, policy), app.store.person(claim.person_id)).await?;
    match logged_in {
        LoggedIn::Done(state) => Ok(Entrance::of(app, person, state.user).await?),
        LoggedIn::Restricted(user) => {
            audit.set_subject(user.player_uuid);
            audit.set_person(user.person_id);
            Err(restricted(&user))
        }
        LoggedIn::Moved => Ok(None),
    }
}

/// The refusal of a user that is deactivated or locked.
pub(crate) fn restricted(user: &PlatformUser) -> Rejected {
    match RestrictionBody::of_state(user.state) {
        Some(restriction) => LoginRejection::Restricted(LogInRefusal::UserAuthRestricted, restriction),
        None => LogInRefusal::UserAuthRestricted.into(),
    }
}
