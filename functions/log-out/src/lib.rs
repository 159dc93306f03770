//! `POST /users/v1/logout`
//! `POST /users/v2/oauth/revoke`

mod describe;

use shared::{
    auth::TokenRejection,
    http::{
        self,
        rallyhere::{LoginError, LoginRejection},
    },
    identity::{PlayerUuid, SessionId},
    login::Login,
    prelude::rallyhere::*,
    store::EndSessions,
    validation::SomeText,
};

refusals! {
    /// The endpoint has no refusals besides those of a client's credentials and 422.
    pub enum LogOutRefusal: LoginError {}
}

request! {
    /// The body of a logout.
    pub struct LogoutRequest {
        refresh_token: SomeText,
    }
}

request! {
    /// The form of a revocation.
    pub struct RevokeRequest {
        token: SomeText,
        token_type_hint: Option<String>,
    }
}

/// Ends the session of a token.
#[derive(Debug)]
pub struct LogOut {
    /// `None` if login is off.
    pub login: Option<Login>,
}

/// The access rule of the revocation.
const REVOCATION: Access = Access::Client(Some(&Permission::INTROSPECT));

/// The path of the revocation.
const REVOKE: &str = "/users/v2/oauth/revoke";

/// Builds the function from its settings.
pub async fn start(setup: &Setup) -> Result<Served<LogOut>, ConfigProblem> {
    let login = setup.login().await?;
    setup.serve_own_tokens(LogOut { login })
}

impl<S: EndSessions> http::Rule<S> for LogOut {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    // A revocation also needs a client's credentials; see `Described::access`.
    const ACCESS: Access = Access::Open;
    type Rejection = LoginRejection<LogOutRefusal>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        if request.route() == REVOKE {
            return self.revoke(app, request, audit).await;
        }
        let login = self.login.as_ref().ok_or(LoginRejection::Off)?;
        let LogoutRequest { refresh_token: SomeText(token) } = request.json()?;
        if let Some(claim) = login.settings.refresh_tokens.read(&token) {
            end(app, claim.player_uuid, claim.session, audit).await?;
        }
        Ok(Reply::null(200))
    }
}

impl LogOut {
    /// Ends the session of a refresh token or of an access token. `token:introspect` covers the
    /// tokens of all clients. A token without a session stays good until its end.
    async fn revoke<S: EndSessions>(
        &self,
        app: &App<S>,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, LoginRejection<LogOutRefusal>> {
        let (login, _) = LoginRejection::client(self.login.as_ref(), request, audit, REVOCATION)?;
        let form = request.form::<RevokeRequest>()?;
        let session = match login.settings.refresh_tokens.read(&form.token.0) {
            Some(claim) => Some((claim.player_uuid, claim.session)),
            None => match app.auth.verify_own(&form.token.0, app.ambient.now()).await {
                Ok(token) => token.player_uuid().zip(token.session),
                Err(TokenRejection::Refused(_)) => None,
                Err(TokenRejection::KeysUnavailable) => return Err(LoginRejection::KeysUnavailable),
            },
        };
        if let Some((player_uuid, session)) = session {
            end(app, player_uuid, session, audit).await?;
        }
        Ok(Reply::empty(200))
    }
}

/// Ends a session in one write. A session that is gone is no error.
async fn end<S: EndSessions>(
    app: &App<S>,
    player_uuid: PlayerUuid,
    session: SessionId,
    audit: &mut Audit,
) -> Result<(), LoginRejection<LogOutRefusal>> {
    audit.set_subject(player_uuid);
    app.store.end_session(player_uuid, session).await?;
    Ok(())
}
