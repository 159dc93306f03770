//! `POST /users/v2/oauth/token`

mod describe;

use shared::{
    http::{
        self,
        rallyhere::{LoginError, LoginRejection, TokenResponseBody, token_reply},
    },
    login::{Bearer, Grant, Login},
    prelude::rallyhere::*,
    validation::{FieldProblem, FromField, Shape, Value, one_of},
};

refusals! {
    /// The refusals of this endpoint besides 422.
    pub enum TokenRefusal: LoginError {
        InvalidGrantType = LoginError::INVALID_GRANT_TYPE,
    }
}

request! {
    /// The request body, as JSON or as a form.
    pub struct TokenRequest {
        grant_type: ClientCredentials,
    }
}

/// The only grant of this endpoint.
struct ClientCredentials;

impl FromField for ClientCredentials {
    const SHAPE: Shape = Shape::OneOf { name: "OAuthGrantType", values: &["client_credentials"] };

    fn from_field(value: &Value<'_>) -> Result<Self, FieldProblem> {
        one_of(value, &["client_credentials"]).map(|_| Self)
    }
}

/// Issues a token for a client itself, such as a game server.
#[derive(Debug)]
pub struct IssueClientToken {
    /// `None` if login is off.
    login: Option<Login>,
}

/// Builds the function from its settings.
pub async fn start(setup: &Setup) -> Result<Served<IssueClientToken, ()>, ConfigProblem> {
    let login = setup.login_with_key().await?;
    Ok(setup.serve_without_tokens(IssueClientToken { login }, ()))
}

impl<S: Send + Sync> http::Rule<S> for IssueClientToken {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Client(None);
    const LOGS_IN: bool = true;
    type Rejection = LoginRejection<TokenRefusal>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        let document = request.document_or_form()?;
        let (login, client) = LoginRejection::client(self.login.as_ref(), request, audit, Access::Client(None))?;
        let TokenRequest { grant_type: ClientCredentials } = document.read()?;
        if !client.may_use(Grant::ClientCredentials) {
            return Err(LoginRejection::Grant(TokenRefusal::InvalidGrantType, Grant::ClientCredentials));
        }
        let now = app.ambient.now();
        let token = login.tokens.issue(&client.client_id, &client.permissions, Bearer::Client, now).await?;
        Ok(token_reply(&TokenResponseBody::of(&token)))
    }
}
