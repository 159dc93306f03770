//! `POST /users/v2/oauth/introspect`

mod describe;

use shared::{
    auth::{OwnToken, TokenRejection},
    aws::CallError,
    http::{
        self,
        rallyhere::{IntrospectionBody, LoginError, LoginRejection, token_reply},
    },
    identity::Timestamp,
    login::Login,
    prelude::rallyhere::*,
    store::ReadLogins,
    validation::SomeText,
};

refusals! {
    /// The endpoint has no refusals besides those of a client's credentials and 422.
    pub enum IntrospectRefusal: LoginError {}
}

request! {
    /// The form.
    pub struct IntrospectRequest {
        token: SomeText,
        token_type_hint: Option<String>,
    }
}

/// Clients with the permission for tokens of all clients.
const ACCESS: Access = Access::Client(Some(&Permission::INTROSPECT));

/// Says whether an access token of this deployment is good at this moment.
#[derive(Debug)]
pub struct IntrospectToken {
    /// `None` if login is off.
    login: Option<Login>,
}

/// Builds the function from its settings.
pub async fn start(setup: &Setup) -> Result<Served<IntrospectToken>, ConfigProblem> {
    let login = setup.login().await?;
    setup.serve_own_tokens(IntrospectToken { login })
}

impl<S: ReadLogins> http::Rule<S> for IntrospectToken {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = ACCESS;
    type Rejection = LoginRejection<IntrospectRefusal>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        let (login, _) = LoginRejection::client(self.login.as_ref(), request, audit, ACCESS)?;
        let form = request.form::<IntrospectRequest>()?;
        let now = app.ambient.now();
        let token = match app.auth.verify_own(&form.token.0, now).await {
            Ok(token) => Some(token),
            Err(TokenRejection::Refused(_)) => None,
            Err(TokenRejection::KeysUnavailable) => return Err(LoginRejection::KeysUnavailable),
        };
        let body = match &token {
            Some(token) if is_active(app, login, token, now).await? => {
                IntrospectionBody::of(token, login.tokens.issuer())
            }
            _ => IntrospectionBody::inactive(),
        };
        Ok(token_reply(&body))
    }
}

/// Whether a genuine token is good: its player's user is active and its session has not ended, or
/// its client exists. Makes one read for a player.
async fn is_active<S: ReadLogins>(
    app: &App<S>,
    login: &Login,
    token: &OwnToken,
    now: Timestamp,
) -> Result<bool, CallError> {
    let Some(player_uuid) = token.player_uuid() else {
        return Ok(login.settings.clients.find(&token.client_id).is_some());
    };
    let state = app.store.login_state(player_uuid).await?;
    Ok(state.is_some_and(|state| state.honours(token.session, token.issued, now)))
}
