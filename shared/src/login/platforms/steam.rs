//! Accounts of Steam: its web API says what a session ticket proves.

use ::http::Request;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;

use super::{
    Grant, ProofProblem, Proven, Reason,
    calls::{Silence, retried, send},
};
use crate::{ambient::Ambient, connections::Outside, identity::PlatformUserId, telemetry};

/// The largest number of hex digits of a ticket: twice what Steam's library makes.
const MAX_DIGITS: usize = 5120;
/// Steam's number for a ticket that it does not know.
const INVALID_TICKET: i64 = 101;
/// Steam's number for a ticket of another game.
const OTHER_APP: i64 = 102;
/// Steam's number for a ticket that it cannot read.
const INVALID_PARAMETER: i64 = 3;
/// Steam's numbers for errors of its own: it is busy, had a timeout, is down, or had too many
/// requests (Steamworks, `EResult`).
const OWN: [i64; 4] = [10, 16, 20, 84];

/// One game of Steam.
pub(super) struct Steam {
    pub(super) url: Outside,
    pub(super) app_id: u32,
    /// The publisher's key.
    pub(super) key: String,
    /// The identity that tickets are made for. `None` for tickets without one.
    pub(super) identity: Option<String>,
    pub(super) refuses_vac_banned: bool,
    pub(super) refuses_publisher_banned: bool,
    pub(super) refuses_family_sharing: bool,
}

/// The body of an answer.
#[derive(Deserialize)]
struct Answer {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    params: Option<Params>,
    error: Option<SteamError>,
}

#[derive(Deserialize)]
struct Params {
    result: String,
    steamid: String,
    #[serde(default)]
    ownersteamid: String,
    #[serde(default)]
    vacbanned: bool,
    #[serde(default)]
    publisherbanned: bool,
}

#[derive(Deserialize)]
struct SteamError {
    errorcode: i64,
}

/// What Steam says about a ticket.
enum Said {
    Account(PlatformUserId, Params),
    Error(i64),
    /// It refuses the publisher's key.
    KeyRefused,
}

impl Steam {
    pub(super) async fn prove(&self, ticket: &str, ambient: &Ambient) -> Result<Proven, ProofProblem> {
        let is_hex = ticket.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || ticket.len() % 2 == 1 || ticket.len() > MAX_DIGITS {
            return Err(Reason::Invalid.into());
        }
        let may_be_fresh = |said: &Said| matches!(said, Said::Error(INVALID_TICKET));
        match retried(ambient, || self.ask(ticket), may_be_fresh).await? {
            Said::Account(account, params) => self.judge(account, &params),
            Said::Error(INVALID_TICKET | INVALID_PARAMETER) => Err(Reason::Invalid.into()),
            Said::Error(OTHER_APP) => Err(Reason::WrongApp.into()),
            Said::Error(code) => Err(Reason::Exchange(code).into()),
            Said::KeyRefused => {
                telemetry::platform_credentials_refused(ambient.now());
                Err(Reason::Credentials.into())
            }
        }
    }

    async fn ask(&self, ticket: &str) -> Result<Said, Silence> {
        let Ok(body) = send(Grant::Steam, &self.url, self.request(ticket)).await? else { return Ok(Said::KeyRefused) };
        let unusable = || Silence::unusable(Grant::Steam);
        let Answer { response } = serde_json::from_str(&body).map_err(|_| unusable())?;
        match (response.params, response.error) {
            (Some(params), None) => {
                let account = params.account().ok_or_else(unusable)?;
                Ok(Said::Account(account, params))
            }
            (None, Some(error)) if OWN.contains(&error.errorcode) => {
                let problem = format!("error {}", error.errorcode);
                Err(Silence { may_pass: true, ..Silence::lasting(Grant::Steam, &problem) })
            }
            (None, Some(error)) => Ok(Said::Error(error.errorcode)),
            _ => Err(unusable()),
        }
    }

    /// The request about a ticket. Its URL holds the key.
    fn request(&self, ticket: &str) -> Option<Request<SdkBody>> {
        let identity = self.identity.as_ref().map(|identity| format!("&identity={identity}")).unwrap_or_default();
        let query = format!("key={}&appid={}&ticket={ticket}{identity}", self.key, self.app_id);
        let mut request = Request::new(SdkBody::empty());
        *request.uri_mut() = self.url.with_query(&query).ok()?;
        Some(request)
    }

    fn judge(&self, account: PlatformUserId, params: &Params) -> Result<Proven, ProofProblem> {
        if params.vacbanned && self.refuses_vac_banned {
            return Err(Reason::VacBanned.into());
        }
        if params.publisherbanned && self.refuses_publisher_banned {
            return Err(Reason::PublisherBanned.into());
        }
        let is_borrowed = !params.ownersteamid.is_empty() && params.ownersteamid != params.steamid;
        if is_borrowed && self.refuses_family_sharing {
            return Err(Reason::NotOwned.into());
        }
        Ok(Proven::of(account))
    }
}

impl Params {
    /// The account, if the ticket is good.
    fn account(&self) -> Option<PlatformUserId> {
        let id = &self.steamid;
        let is_id = (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        PlatformUserId::new(id.clone()).filter(|_| is_id && self.result == "OK")
    }
}
