use futures_util::future::try_join;
use shared::{
    aws::{Attempts, CallError},
    http::{
        App, Audit, Reply,
        rallyhere::{LoginRejection, PortalFacts},
    },
    identity::Presented,
    store::SessionUsed,
};

use crate::{
    LogInRefusal, Rejected, Tables,
    answer::{Answer, Entrance},
    user::restricted,
};

/// The note in the audit line if two parties hold tokens of one session.
const REUSED: &str = "a refresh token was used again after its successor; the session was ended";

/// Exchanges a refresh token for a new access token, and its successor.
pub(crate) async fn handle<S: Tables>(
    app: &App<S>,
    answer: &Answer<'_>,
    token: &str,
    audit: &mut Audit,
) -> Result<Reply, Rejected> {
    if token.is_empty() {
        return Err(LogInRefusal::RefreshTokenEmpty.into());
    }
    let settings = &answer.login.settings;
    // A forged token costs no read.
    let claim = settings.refresh_tokens.read(token).ok_or(LogInRefusal::RefreshTokenNotFound)?;
    audit.set_subject(claim.player_uuid);
    let mut attempts = Attempts::new(&app.ambient);
    let mut state = app.store.login_state(claim.player_uuid).await?;
    while attempts.next().await {
        let current = state.take().ok_or(LogInRefusal::RefreshTokenInvalidUser)?;
        audit.set_person(current.user.person_id);
        let used = match current.present(&claim, &answer.client.client_id, &settings.sessions, answer.now) {
            Presented::Good(used) => used,
            Presented::Restricted(_) => return Err(restricted(&current.user)),
            Presented::NotFound => return Err(LogInRefusal::RefreshTokenNotFound.into()),
            Presented::OtherClient => return Err(LogInRefusal::RefreshTokenClientIdMismatch.into()),
            Presented::Reused => {
                app.store.end_session(claim.player_uuid, claim.session).await?;
                audit.set_cause(REUSED);
                return Err(LogInRefusal::RefreshTokenNotFound.into());
            }
        };
        let (written, person) = try_join(app.store.use_session(&used), app.store.person(used.person_id)).await?;
        let current = match written {
            SessionUsed::Done(current) => current,
            SessionUsed::Changed(now) => {
                state = now;
                continue;
            }
        };
        let Some(entrance) = Entrance::of(app, person, current.user).await? else {
            // A link, an unlink or a purge is in progress.
            state = app.store.login_state(claim.player_uuid).await?;
            continue;
        };
        let session = (used.session, settings.refresh_tokens.issue(&used.successor()));
        return answer.to_player(&entrance, Some(session), PortalFacts::default()).await;
    }
    Err(LoginRejection::Store(CallError::Contended))
}
