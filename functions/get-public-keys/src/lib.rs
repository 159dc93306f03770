//! `GET /users/v1/publickeys`
//! `GET /users/v1/publickeys/{key_id}`
//! `GET /.well-known/oauth-authorization-server`
//! `GET /.well-known/openid-configuration`

mod describe;

use std::sync::Arc;

use shared::{
    http::{
        self,
        rallyhere::{KeyBody, KeysBody, ServerMetadataBody},
    },
    prelude::rallyhere::*,
    signing::LoginKeys,
};

/// The time for which a verifier may keep an answer. It is half the ten minutes for which the
/// functions themselves keep keys, so a verifier that heeds it knows a new key before them.
const CACHE: &str = "public, max-age=300";

refusals! {
    /// The refusals of this endpoint.
    pub enum KeysRefusal: ApiError { NotFound = ApiError::NOT_FOUND }
}

/// Publishes the keys of this deployment's tokens, and the addresses of its endpoints.
#[derive(Debug)]
pub struct GetPublicKeys {
    /// `None` if login is off.
    login: Option<Login>,
}

#[derive(Debug)]
struct Login {
    issuer: String,
    keys: Arc<LoginKeys>,
}

/// The documents, one for each route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    Keys,
    Key,
    /// The metadata of RFC 8414.
    Server,
    /// The metadata of `OpenID` Connect Discovery 1.0.
    Provider,
}

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<GetPublicKeys, ()>, ConfigProblem> {
    let login = match setup.login_issuer()? {
        Some(login) => Some(Login { keys: setup.login_keys(&login)?, issuer: login.issuer }),
        None => None,
    };
    Ok(setup.serve_without_tokens(GetPublicKeys { login }, ()))
}

impl<S: Send + Sync> http::Rule<S> for GetPublicKeys {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Open;
    type Rejection = Rejection<KeysRefusal>;

    async fn handle(&self, _: &App<S>, request: &Request, _: &mut Audit) -> Result<Reply, Self::Rejection> {
        let login = self.login.as_ref().ok_or(KeysRefusal::NotFound)?;
        let reply = match Document::on(request.route()).ok_or(KeysRefusal::NotFound)? {
            Document::Keys => Reply::json(200, &KeysBody::of(&login.keys.published().await?)),
            Document::Key => {
                let keys = login.keys.published().await?;
                let kid = request.raw_path_parameter("key_id");
                let key = keys.iter().find(|key| key.kid == kid).ok_or(KeysRefusal::NotFound)?;
                Reply::json(200, &KeyBody::of(key))
            }
            Document::Server => Reply::json(200, &ServerMetadataBody::of(&login.issuer)),
            Document::Provider => Reply::json(200, &ServerMetadataBody::of_provider(&login.issuer)),
        };
        Ok(reply.with_header("cache-control", CACHE))
    }
}

impl Document {
    /// The document on a route with this path.
    fn on(path: &str) -> Option<Self> {
        match path {
            "/users/v1/publickeys" => Some(Self::Keys),
            "/users/v1/publickeys/{key_id}" => Some(Self::Key),
            "/.well-known/oauth-authorization-server" => Some(Self::Server),
            "/.well-known/openid-configuration" => Some(Self::Provider),
            _ => None,
        }
    }
}
