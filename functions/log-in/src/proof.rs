//! Logins with a proof of a platform account.

use shared::{
    http::{Audit, Request, rallyhere::LoginRejection},
    login::{Client, Grant, Login, Proof, ProofProblem, Proven, Reason},
    prelude::rallyhere::*,
};

use crate::{LogInRefusal as Refusal, LoginRequest, Rejected};

/// The note in the audit line if a platform refuses what the settings hold.
const CREDENTIALS: &str = "the platform refuses the credentials of the settings";

/// The account that the request proves.
pub(crate) async fn prove<S: Send + Sync>(
    app: &App<S>,
    (login, client): (&Login, &Client),
    body: &LoginRequest,
    request: &Request,
    audit: &mut Audit,
) -> Result<Proven, Rejected> {
    let proof = Proof {
        grant: body.grant_type,
        token: &body.portal_access_token,
        parent: &body.portal_parent_access_token,
        client: &client.client_id,
        request_id: request.id(),
    };
    login.settings.platforms.prove(&proof, &app.ambient).await.map_err(|problem| match problem {
        ProofProblem::Unavailable(cause) => LoginRejection::Platform(cause),
        ProofProblem::Refused(reason) => {
            let grant = body.grant_type.name();
            match reason {
                Reason::Credentials => audit.set_cause(format_args!("{grant}: {CREDENTIALS}")),
                Reason::Exchange(code) => audit.set_cause(format_args!("{grant}: error {code}")),
                _ => {}
            }
            refusal(body.grant_type, reason).into()
        }
    })
}

/// The refusal of a login by this grant for this reason.
fn refusal(grant: Grant, reason: Reason) -> Refusal {
    let [disabled, empty, invalid] = usual(grant);
    match reason {
        Reason::Disabled => disabled,
        Reason::Empty => empty,
        Reason::UnknownKey if grant == Grant::Apple => Refusal::AppleTokenKeyNotValid,
        Reason::Invalid | Reason::UnknownKey => invalid,
        Reason::OldInvalid => Refusal::EpicV1TokenInvalid,
        Reason::OldUnknownKey => Refusal::EpicV1TokenKeyIdInvalid,
        Reason::WrongApp if grant == Grant::Steam => Refusal::SteamTokenForWrongApp,
        Reason::WrongApp => Refusal::NintendoServiceAccessTokenForWrongApp,
        Reason::Exchange(_) | Reason::Credentials => Refusal::SteamTokenExchangeFailed,
        Reason::VacBanned => Refusal::SteamUserVacBanned,
        Reason::PublisherBanned => Refusal::SteamUserPublisherBanned,
        Reason::NotOwned => Refusal::DoesNotMeetOwnershipReqs,
        Reason::ParentInvalid => Refusal::NintendoAccessTokenNotValid,
    }
}

/// The refusals that every grant has: it is off, the proof is empty, and the proof is not good.
fn usual(grant: Grant) -> [Refusal; 3] {
    use Refusal as R;
    match grant {
        Grant::Anon => [R::AnonDisabled, R::AnonTokenEmpty, R::AnonDisabled],
        Grant::Google => [R::GoogleDisabled, R::GoogleTokenEmpty, R::GoogleTokenNotValid],
        Grant::Apple => [R::AppleDisabled, R::AppleTokenEmpty, R::AppleTokenNotValid],
        Grant::Epic => [R::EpicDisabled, R::EpicTokenEmpty, R::EpicV2TokenInvalid],
        Grant::XboxLive => [R::XboxDisabled, R::XboxXstsTokenEmpty, R::XboxXstsTokenInvalid],
        Grant::Ps4V1 => [R::Ps4V1Disabled, R::Ps4V1TokenEmpty, R::Ps4V1IdTokenNotValid],
        Grant::Ps4V3 => [R::Ps4V3Disabled, R::Ps4V3TokenEmpty, R::Ps4V3IdTokenNotValid],
        // An empty one is as one that is not good (docs/contract/rallyhere.md).
        Grant::Ps5V3 => [R::Ps5V3Disabled, R::Ps5V3IdTokenNotValid, R::Ps5V3IdTokenNotValid],
        Grant::NintendoSwitch => [R::NintendoDisabled, R::NintendoTokenEmpty, R::NintendoServiceAccessTokenNotValid],
        Grant::Steam => [R::SteamDisabled, R::SteamTokenEmpty, R::SteamTokenInvalid],
        Grant::RallyHere => [R::DeveloperApiDisabled, R::DeveloperApiTokenEmpty, R::DeveloperApiTokenInvalid],
        Grant::Discord => [R::DiscordDisabled, R::DiscordTokenEmpty, R::DiscordTokenInvalid],
        Grant::Twitch => [R::TwitchDisabled, R::TwitchTokenEmpty, R::TwitchTokenInvalid],
        // These are always off.
        Grant::Basic => [R::BasicDisabled; 3],
        Grant::AndroidDevice => [R::AndroidDeviceDisabled; 3],
        Grant::IosDevice => [R::IosDeviceDisabled; 3],
        // These prove no account.
        Grant::Refresh | Grant::ClientCredentials => [R::InvalidGrantType; 3],
    }
}
