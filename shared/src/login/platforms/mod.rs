//! Proofs of platform accounts: what a game client shows for a player of Steam, Google and others
//! (docs/contract/rallyhere.md, "Proof of a platform account").

mod calls;
mod epic;
mod nintendo;
mod settings;
mod signed;
mod steam;
#[cfg(test)]
mod tests;
mod verifier;

use std::fmt;

use super::Grant;
use crate::{
    ambient::Ambient,
    auth::{IdTokenProblem, IssuerSettings},
    config::SettingsProblem,
    identity::{ClientId, DisplayName, PlatformUserId},
};
use epic::Epic;
use nintendo::Nintendo;
use signed::Signed;
use steam::Steam;
use verifier::Verifier;

/// The platforms that the settings turn on, and how each proves an account. `Debug` shows only
/// their grants.
#[derive(Default)]
pub struct Platforms(Vec<(Grant, Source)>);

/// The way in which a platform proves an account.
#[expect(clippy::large_enum_variant, reason = "a deployment has a few")]
enum Source {
    Signed(Signed),
    Epic(Epic),
    Nintendo(Nintendo),
    Steam(Steam),
    Verifier(Verifier),
}

/// What a game client shows for an account. It has no `Debug`, since a proof is a secret.
pub struct Proof<'a> {
    /// The way to log in.
    pub grant: Grant,
    /// The proof itself.
    pub token: &'a str,
    /// The proof of the account above it (Nintendo). Empty if there is none.
    pub parent: &'a str,
    /// The client that shows it.
    pub client: &'a ClientId,
    /// The id of the request, for the verifiers of the studio.
    pub request_id: &'a str,
}

/// An account that is proven.
#[derive(Debug)]
pub struct Proven {
    /// The account's id.
    pub account: PlatformUserId,
    /// The name that the platform vouches for.
    pub display_name: Option<DisplayName>,
    /// Whether the platform names its accounts, so that the client's word does not count.
    pub is_named: bool,
    /// The environment of the platform, if it has several.
    pub environment: Option<String>,
    /// The account above it, if that was proven too.
    pub parent: Option<PlatformUserId>,
}

/// The reasons why an account is not proven.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofProblem {
    /// The login must be refused.
    #[error("the proof is refused")]
    Refused(Reason),
    /// The platform cannot say it now. The text is for the operator. It names no URL.
    #[error("{0}")]
    Unavailable(String),
}

/// The reasons why a login must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The platform is not configured.
    Disabled,
    /// There is no proof.
    Empty,
    /// The proof is not good.
    Invalid,
    /// The platform publishes no key of the token's name.
    UnknownKey,
    /// The proof is not good, and of the platform's older kind.
    OldInvalid,
    /// The same for the key of a token of the older kind.
    OldUnknownKey,
    /// The proof is for another game.
    WrongApp,
    /// Steam answered with this error, which it does not document for tickets.
    Exchange(i64),
    /// The platform refuses the credentials of the settings.
    Credentials,
    /// The account is VAC banned.
    VacBanned,
    /// The account is banned by the publisher.
    PublisherBanned,
    /// The account does not own the game.
    NotOwned,
    /// The proof of the account above is not good.
    ParentInvalid,
}

impl Platforms {
    /// Whether logins by this grant are on.
    pub fn has(&self, grant: Grant) -> bool {
        self.source(grant).is_some()
    }

    /// The grants that are on.
    pub fn grants(&self) -> impl Iterator<Item = Grant> {
        self.0.iter().map(|(grant, _)| *grant)
    }

    /// The account that a proof proves. Calls the platform if there is need.
    pub async fn prove(&self, proof: &Proof<'_>, ambient: &Ambient) -> Result<Proven, ProofProblem> {
        let source = self.source(proof.grant).ok_or(Reason::Disabled)?;
        if proof.token.is_empty() {
            return Err(Reason::Empty.into());
        }
        let now = ambient.now();
        match source {
            Source::Signed(signed) => signed.prove(proof.token, now).await,
            Source::Epic(epic) => epic.prove(proof.token, now).await,
            Source::Nintendo(nintendo) => nintendo.prove(proof, now).await,
            Source::Steam(steam) => steam.prove(proof.token, ambient).await,
            Source::Verifier(verifier) => verifier.prove(proof, ambient).await,
        }
    }

    /// Refuses a platform of which a token would be a bearer token too: one of a trusted issuer, for
    /// an audience that both accept.
    pub fn keep_apart(&self, trusted: &[IssuerSettings]) -> Result<(), SettingsProblem> {
        let bearers = |issuer: &IssuerSettings, tokens: &Tokens<'_>| {
            let issuers = Issuers::These(std::slice::from_ref(&issuer.issuer));
            tokens.overlap(&Tokens { issuers, audiences: &issuer.audiences })
        };
        let is_shared = |tokens: &Tokens<'_>| trusted.iter().any(|issuer| bearers(issuer, tokens));
        let shared = self.0.iter().find(|(_, source)| source.tokens().iter().any(is_shared));
        shared.map_or(Ok(()), |(grant, _)| {
            let problem =
                "other audiences than those of its issuer in AUTH_ISSUERS, or its proofs would be bearer tokens";
            Err(SettingsProblem(format!("platforms, grant {}: {problem}", grant.name())))
        })
    }

    /// Refuses two entries of which one token would prove an account each.
    fn keep_distinct(&self) -> Result<(), SettingsProblem> {
        let tokens: Vec<_> = self
            .0
            .iter()
            .flat_map(|(grant, source)| source.tokens().into_iter().map(move |one| (grant, one)))
            .collect();
        for (index, (grant, one)) in tokens.iter().enumerate() {
            if let Some((other, _)) = tokens.iter().take(index).find(|(_, other)| one.overlap(other)) {
                let problem = "no audience of one issuer in both, or one token proves two accounts";
                let (other, grant) = (other.name(), grant.name());
                return Err(SettingsProblem(format!("platforms, grants {other} and {grant}: {problem}")));
            }
        }
        Ok(())
    }

    fn source(&self, grant: Grant) -> Option<&Source> {
        self.0.iter().find(|(of, _)| *of == grant).map(|(_, source)| source)
    }
}

/// The issuers and audiences of the signed tokens of a platform.
struct Tokens<'a> {
    issuers: Issuers<'a>,
    audiences: &'a [String],
}

/// The issuers of a platform.
enum Issuers<'a> {
    These(&'a [String]),
    /// All of one origin.
    Of(&'static str),
}

impl Issuers<'_> {
    fn has(&self, issuer: &str) -> bool {
        match self {
            Self::These(issuers) => issuers.iter().any(|one| one == issuer),
            Self::Of(origin) => issuer.starts_with(origin),
        }
    }
}

impl Tokens<'_> {
    /// Whether one token may be among both.
    fn overlap(&self, other: &Self) -> bool {
        let has_one = |issuers: &Issuers<'_>, others: &Issuers<'_>| match issuers {
            Issuers::These(issuers) => issuers.iter().any(|issuer| others.has(issuer)),
            Issuers::Of(origin) => others.has(origin),
        };
        let share_issuer = has_one(&self.issuers, &other.issuers) || has_one(&other.issuers, &self.issuers);
        share_issuer && self.audiences.iter().any(|one| other.audiences.contains(one))
    }
}

impl Source {
    fn tokens(&self) -> Vec<Tokens<'_>> {
        match self {
            Self::Signed(signed) => vec![signed.tokens()],
            Self::Epic(epic) => vec![epic.tokens()],
            Self::Nintendo(nintendo) => {
                std::iter::once(&nintendo.tokens).chain(&nintendo.accounts).map(Signed::tokens).collect()
            }
            Self::Steam(_) | Self::Verifier(_) => Vec::new(),
        }
    }
}

impl fmt::Debug for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.grants()).finish()
    }
}

impl Proven {
    /// An account of which nothing else is known.
    pub fn of(account: PlatformUserId) -> Self {
        Self { account, display_name: None, is_named: false, environment: None, parent: None }
    }

    /// Sets the name that the platform vouches for. An empty one is none, and a long one is cut.
    fn named(self, name: Option<&str>) -> Self {
        Self { display_name: name.and_then(DisplayName::cut), is_named: true, ..self }
    }
}

impl From<Reason> for ProofProblem {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl ProofProblem {
    /// A platform that cannot say it now.
    fn unavailable(grant: Grant, problem: impl fmt::Display) -> Self {
        Self::Unavailable(format!("{}: {problem}", grant.name()))
    }

    fn of_token(grant: Grant, problem: IdTokenProblem) -> Self {
        match problem {
            IdTokenProblem::Invalid => Reason::Invalid.into(),
            IdTokenProblem::UnknownKey => Reason::UnknownKey.into(),
            IdTokenProblem::KeysUnavailable => Self::unavailable(grant, "its keys are not available"),
        }
    }
}
