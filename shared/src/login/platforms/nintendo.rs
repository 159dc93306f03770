//! Accounts of Nintendo Switch.

use super::{
    Proof, ProofProblem, Proven, Reason,
    signed::{Signed, account},
};
use crate::{
    auth::{ClaimPath, IdToken},
    identity::{PlatformUserId, Timestamp},
    json::{Members, OneText},
};

/// The audience of every NSA ID token. It says nothing about the game.
pub(super) const AUDIENCE: &str = "ed9e2f05d286f7b8";

/// NSA ID tokens of some games, and the ID tokens of the Nintendo Accounts above them.
pub(super) struct Nintendo {
    pub(super) tokens: Signed,
    /// The ids of the accepted games, in lower case.
    pub(super) games: Vec<String>,
    pub(super) environment: String,
    /// The tokens of Nintendo Accounts. `None` ignores them.
    pub(super) accounts: Option<Signed>,
}

impl Nintendo {
    pub(super) async fn prove(&self, proof: &Proof<'_>, now: Timestamp) -> Result<Proven, ProofProblem> {
        let token = IdToken::parse(proof.token).ok_or(Reason::Invalid)?;
        let claims = self.tokens.claims(&token, now).await?;
        if !is_id_token(&claims) {
            return Err(Reason::Invalid.into());
        }
        if !self.is_for_our_game(&claims) {
            return Err(Reason::WrongApp.into());
        }
        let account = hex_account(&claims).ok_or(Reason::Invalid)?;
        let parent = match &self.accounts {
            Some(accounts) if !proof.parent.is_empty() => Some(parent(accounts, proof.parent, now).await?),
            _ => None,
        };
        Ok(Proven { environment: Some(self.environment.clone()), parent, ..Proven::of(account) })
    }

    fn is_for_our_game(&self, claims: &Members<'_>) -> bool {
        let game = ClaimPath::within("nintendo", "ai").read::<OneText<'_>>(claims).ok().flatten();
        game.is_some_and(|OneText(game)| self.games.contains(&game.to_ascii_lowercase()))
    }
}

/// The Nintendo Account that this token proves.
async fn parent(accounts: &Signed, token: &str, now: Timestamp) -> Result<PlatformUserId, ProofProblem> {
    let invalid = |problem| match problem {
        ProofProblem::Refused(_) => Reason::ParentInvalid.into(),
        unavailable @ ProofProblem::Unavailable(_) => unavailable,
    };
    let token = IdToken::parse(token).ok_or(Reason::ParentInvalid)?;
    let claims = accounts.claims(&token, now).await.map_err(invalid)?;
    hex_account(&claims).filter(|_| is_id_token(&claims)).ok_or_else(|| Reason::ParentInvalid.into())
}

/// Whether the claims say that this is an ID token, as those of Nintendo do.
fn is_id_token(claims: &Members<'_>) -> bool {
    claims.text("typ").ok().flatten().as_deref() == Some("id_token")
}

/// The account's id: 16 hex digits.
fn hex_account(claims: &Members<'_>) -> Option<PlatformUserId> {
    account(claims, &ClaimPath::name("sub")).filter(|account| is_hex16(account.as_str()))
}

/// Whether this is an id of Nintendo.
pub(super) fn is_hex16(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
