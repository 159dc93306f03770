//! Accounts of Epic.

use super::{
    Grant, Issuers, ProofProblem, Proven, Reason, Tokens,
    signed::{account, name},
};
use crate::{
    auth::{ClaimPath, IdClaims, IdToken, IdTokenKeys, IdTokenProblem},
    identity::Timestamp,
};

/// The origin of every issuer of Epic.
const ORIGIN: &str = "https://api.epicgames.dev";
/// The path of issuers whose keys are those of version 1.
const OLD: &str = "/epic/oauth/v1";
/// The path of Epic Account Services.
const ACCOUNT: &str = "/epic/";
/// The issuer of EOS Connect. Its `sub` is another id than that of an Epic account.
const CONNECT_ISSUER: &str = "https://api.epicgames.dev/auth/v1/oauth";
/// The claim with the display name.
pub(super) const DISPLAY_NAME: &str = "dn";
/// The claim with the deployment.
const DEPLOYMENT: &str = "pfdid";

/// Tokens of Epic Account Services, in two versions.
pub(super) struct Epic {
    pub(super) keys: IdTokenKeys,
    /// The keys of version 1.
    pub(super) old_keys: IdTokenKeys,
    pub(super) audiences: Vec<String>,
    /// The accepted deployments. `None` accepts all of the clients.
    pub(super) deployments: Option<Vec<String>>,
    pub(super) display_name: ClaimPath,
    /// Whether the tokens are those of EOS Connect instead.
    pub(super) is_connect: bool,
}

impl Epic {
    pub(super) async fn prove(&self, token: &str, now: Timestamp) -> Result<Proven, ProofProblem> {
        let token = IdToken::parse(token).ok_or(Reason::Invalid)?;
        let claims = token.claims().ok_or(Reason::Invalid)?;
        let registered = IdClaims::read(&claims, true).ok_or(Reason::Invalid)?;
        // The issuer chooses the keys, though nothing proves it yet.
        let path = registered.issuer().strip_prefix(ORIGIN).ok_or(Reason::Invalid)?;
        let is_old = path.strip_prefix(OLD).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let invalid = if is_old { Reason::OldInvalid } else { Reason::Invalid };
        if !self.has_issued(registered.issuer(), path) {
            return Err(invalid.into());
        }
        let keys = if is_old { &self.old_keys } else { &self.keys };
        keys.check(&token, now).await.map_err(|problem| match problem {
            IdTokenProblem::UnknownKey if is_old => Reason::OldUnknownKey.into(),
            IdTokenProblem::Invalid => invalid.into(),
            other => ProofProblem::of_token(Grant::Epic, other),
        })?;
        let is_deployed = self.deployments.as_ref().is_none_or(|deployments| {
            let deployment = claims.text(DEPLOYMENT).ok().flatten();
            deployment.is_some_and(|deployment| deployments.iter().any(|ours| *ours == deployment))
        });
        if !(registered.is_for(&self.audiences) && registered.is_valid_at(now) && is_deployed) {
            return Err(invalid.into());
        }
        let account = account(&claims, &ClaimPath::name("sub")).ok_or(invalid)?;
        Ok(Proven::of(account).named(name(&claims, &self.display_name).as_deref()))
    }

    pub(super) fn tokens(&self) -> Tokens<'_> {
        Tokens { issuers: Issuers::Of(ORIGIN), audiences: &self.audiences }
    }

    /// Whether this issuer of Epic issues tokens of the wanted kind. An id of the other kind would
    /// be another account.
    fn has_issued(&self, issuer: &str, path: &str) -> bool {
        if self.is_connect {
            return issuer == CONNECT_ISSUER;
        }
        matches!(path, "" | "/") || path.starts_with(ACCOUNT)
    }
}
