//! Accounts that a platform's signed token proves.

use super::{Grant, Issuers, ProofProblem, Proven, Reason, Tokens};
use crate::{
    auth::{ClaimPath, IdClaims, IdToken, IdTokenKeys},
    identity::{PlatformUserId, Timestamp},
    json::Members,
};

/// The tokens of one issuer, and the claims that matter in them.
pub(super) struct Signed {
    pub(super) grant: Grant,
    pub(super) keys: IdTokenKeys,
    pub(super) issuers: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) user_id: ClaimPath,
    /// The claim with a name that the platform vouches for.
    pub(super) display_name: Option<ClaimPath>,
}

impl Signed {
    pub(super) async fn prove(&self, token: &str, now: Timestamp) -> Result<Proven, ProofProblem> {
        let token = IdToken::parse(token).ok_or(Reason::Invalid)?;
        let claims = self.claims(&token, now).await?;
        let account = account(&claims, &self.user_id).ok_or(Reason::Invalid)?;
        Ok(match &self.display_name {
            Some(path) => Proven::of(account).named(name(&claims, path).as_deref()),
            None => Proven::of(account),
        })
    }

    pub(super) fn tokens(&self) -> Tokens<'_> {
        Tokens { issuers: Issuers::These(&self.issuers), audiences: &self.audiences }
    }

    /// The proven claims of a token of these issuers, for these audiences, at this time.
    pub(super) async fn claims<'a>(&self, token: &'a IdToken<'_>, now: Timestamp) -> Result<Members<'a>, ProofProblem> {
        self.keys.check(token, now).await.map_err(|problem| ProofProblem::of_token(self.grant, problem))?;
        let claims = token.claims().ok_or(Reason::Invalid)?;
        let registered = IdClaims::read(&claims, false).ok_or(Reason::Invalid)?;
        let is_ours = self.issuers.iter().any(|issuer| issuer == registered.issuer())
            && registered.is_for(&self.audiences)
            && registered.is_valid_at(now);
        if is_ours { Ok(claims) } else { Err(Reason::Invalid.into()) }
    }
}

/// The account's id in this claim: a text.
pub(super) fn account(claims: &Members<'_>, path: &ClaimPath) -> Option<PlatformUserId> {
    PlatformUserId::new(path.read::<String>(claims).ok()??)
}

/// The name in this claim, if it has a text.
pub(super) fn name(claims: &Members<'_>, path: &ClaimPath) -> Option<String> {
    path.read(claims).ok()?
}
