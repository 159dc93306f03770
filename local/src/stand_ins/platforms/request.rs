//! What a proof is to say, and the proof.

use std::time::Duration;

use serde_json::json;
use shared::identity::Timestamp;

use super::{PlatformKey, claims, key::kid, steam};
use crate::problem::Problem;

/// The longest id of a user, in digits.
const STEAM_DIGITS: usize = 20;
const NINTENDO_DIGITS: usize = 16;

/// A kind of proof that the local issuer makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalPlatform {
    /// An ID token of Google.
    Google,
    /// An identity token of Apple.
    Apple,
    /// A token of an Epic account.
    Epic,
    /// A token of an Epic account, as Epic's older service makes them.
    EpicV1,
    /// An ID token of Epic Online Services' Connect interface.
    EpicConnect,
    /// The ID token of a user on a Nintendo Switch.
    NintendoSwitch,
    /// The ID token of a Nintendo Account. It is the parent of a user on a Nintendo Switch.
    NintendoAccount,
    /// A session ticket of Steam.
    Steam,
    /// An ID token of Discord.
    Discord,
    /// An ID token of Twitch.
    Twitch,
}

/// A proof of a platform account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformTokenRequest {
    pub(super) platform: LocalPlatform,
    pub(super) user: String,
    pub(super) name: Option<String>,
    pub(super) expires_in: Duration,
    pub(super) audience: Option<String>,
    pub(super) app: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) vac_banned: bool,
    pub(super) publisher_banned: bool,
}

impl LocalPlatform {
    /// Every kind of proof.
    pub const ALL: [Self; 10] = [
        Self::Google,
        Self::Apple,
        Self::Epic,
        Self::EpicV1,
        Self::EpicConnect,
        Self::NintendoSwitch,
        Self::NintendoAccount,
        Self::Steam,
        Self::Discord,
        Self::Twitch,
    ];

    /// The name on the command line: the grant of a login with this proof, where there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Apple => "apple",
            Self::Epic => "epic",
            Self::EpicV1 => "epic_v1",
            Self::EpicConnect => "epic_connect",
            Self::NintendoSwitch => "nintendo_switch",
            Self::NintendoAccount => "nintendo_account",
            Self::Steam => "steam",
            Self::Discord => "discord",
            Self::Twitch => "twitch",
        }
    }

    /// Reads the name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }

    /// The path at which the local issuer publishes the key. Steam's tickets need none.
    pub const fn keys_path(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("/google/certs"),
            Self::Apple => Some("/apple/keys"),
            Self::Epic => Some("/epic/v2/keys"),
            Self::EpicV1 => Some("/epic/v1/keys"),
            Self::EpicConnect => Some("/epic/connect/keys"),
            Self::NintendoSwitch => Some("/nintendo/certificates"),
            Self::NintendoAccount => Some("/nintendo-accounts/certificates"),
            Self::Steam => None,
            Self::Discord => Some("/discord/keys"),
            Self::Twitch => Some("/twitch/keys"),
        }
    }

    /// Whether a proof says how the user is called.
    const fn knows_names(self) -> bool {
        matches!(self, Self::Google | Self::Epic | Self::EpicV1 | Self::Discord | Self::Twitch)
    }

    /// The user's id as the platform writes it.
    fn user(self, given: &str) -> Result<String, Problem> {
        let has_at_most = |digits: usize| (1..=digits).contains(&given.len());
        match self {
            Self::Steam if has_at_most(STEAM_DIGITS) && given.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(given.to_owned())
            }
            Self::Steam => Err(Problem::Input(format!("a user of steam has an id of 1 to {STEAM_DIGITS} digits"))),
            Self::NintendoSwitch | Self::NintendoAccount => {
                if !has_at_most(NINTENDO_DIGITS) || !given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    let name = self.name();
                    let expected = format!("a user of {name} has an id of 1 to {NINTENDO_DIGITS} hexadecimal digits");
                    return Err(Problem::Input(expected));
                }
                Ok(format!("{:0>NINTENDO_DIGITS$}", given.to_ascii_lowercase()))
            }
            _ if given.is_empty() => Err(Problem::Input(format!("a user of {} has an id", self.name()))),
            _ => Ok(given.to_owned()),
        }
    }
}

impl PlatformTokenRequest {
    /// A proof for the local game that is valid for an hour.
    pub fn new(platform: LocalPlatform, user: impl Into<String>) -> Self {
        Self {
            platform,
            user: user.into(),
            name: None,
            expires_in: Duration::from_hours(1),
            audience: None,
            app: None,
            owner: None,
            vac_banned: false,
            publisher_banned: false,
        }
    }

    /// Sets the name that the platform vouches for.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how long the proof is valid.
    #[must_use]
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = expires_in;
        self
    }

    /// Sets the audience (`aud`).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the app of a Steam ticket, or the game of a user on a Nintendo Switch.
    #[must_use]
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.app = Some(app.into());
        self
    }

    /// Sets the Steam user that owns the game, if it is another one.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Sets whether Steam's VAC has banned the user.
    #[must_use]
    pub fn vac_banned(mut self, vac_banned: bool) -> Self {
        self.vac_banned = vac_banned;
        self
    }

    /// Sets whether the game's publisher has banned the user on Steam.
    #[must_use]
    pub fn publisher_banned(mut self, publisher_banned: bool) -> Self {
        self.publisher_banned = publisher_banned;
        self
    }

    /// The proof, for `portal_access_token` of a login.
    pub(crate) fn proof(&self, key: &PlatformKey, now: Timestamp) -> Result<String, Problem> {
        self.check()?;
        let user = self.platform.user(&self.user)?;
        let (issued, expires) = (now.round_down(), now.plus(self.expires_in).round_down());
        let key = key.current()?;
        let Some(claims) = claims::claims(self, &user, issued, expires) else {
            let owner = self.owner.as_deref().map(|owner| self.platform.user(owner)).transpose()?;
            return steam::ticket(self, &user, owner.as_deref(), expires, &key);
        };
        let mut header = json!({ "alg": "RS256", "kid": kid(self.platform, &key.published()?) });
        claims::extend(&mut header, claims::header(self.platform));
        key.token(&header, &claims)
    }

    /// Refuses what a proof of this platform cannot say.
    fn check(&self) -> Result<(), Problem> {
        let steam = self.platform == LocalPlatform::Steam;
        let has_app = steam || self.platform == LocalPlatform::NintendoSwitch;
        let options = [
            ("--name", self.name.is_some(), self.platform.knows_names()),
            ("--audience", self.audience.is_some(), !steam),
            ("--app", self.app.is_some(), has_app),
            ("--owner", self.owner.is_some(), steam),
            ("--vac-banned", self.vac_banned, steam),
            ("--publisher-banned", self.publisher_banned, steam),
        ];
        match options.into_iter().find(|(_, is_given, fits)| *is_given && !fits) {
            Some((option, ..)) => {
                let name = self.platform.name();
                Err(Problem::Input(format!("a proof of {name} does not hold the value of {option}: leave it out")))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_742_896_414_000);

    fn refusal(request: &PlatformTokenRequest) -> String {
        request.proof(&PlatformKey::in_memory(), NOW).unwrap_err().to_string()
    }

    #[test]
    fn every_kind_of_proof_has_a_name_and_a_path_of_its_own() {
        let mut paths = Vec::new();
        for platform in LocalPlatform::ALL {
            assert_eq!(LocalPlatform::from_name(platform.name()), Some(platform));
            paths.extend(platform.keys_path());
        }
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), LocalPlatform::ALL.len() - 1);
        assert_eq!(LocalPlatform::from_name("Google"), None);
    }

    #[test]
    fn a_user_has_an_id_as_the_platform_writes_it() {
        use LocalPlatform::{Apple, Google, NintendoAccount, NintendoSwitch, Steam};
        for (platform, given, written) in [
            (Google, "7", "7"),
            (NintendoSwitch, "42", "0000000000000042"),
            (NintendoAccount, "0123456789ABCDEF", "0123456789abcdef"),
            (Steam, "76561197960287930", "76561197960287930"),
        ] {
            assert_eq!(platform.user(given).unwrap(), written);
        }
        for (platform, wrong) in [
            (Apple, ""),
            (NintendoSwitch, ""),
            (NintendoSwitch, "xyz"),
            (NintendoAccount, "0123456789abcdef0"),
            (Steam, ""),
            (Steam, "ada"),
            (Steam, "123456789012345678901"),
        ] {
            let refusal = refusal(&PlatformTokenRequest::new(platform, wrong));
            assert!(refusal.contains(platform.name()), "{refusal}");
        }
        let owner = PlatformTokenRequest::new(Steam, "42").owner("ada");
        assert!(refusal(&owner).contains("digits"));
    }

    #[test]
    fn a_value_that_the_proof_cannot_hold_is_refused_by_its_option() {
        use LocalPlatform::{Apple, EpicConnect, Google, NintendoAccount, NintendoSwitch, Steam};
        let of = |platform| PlatformTokenRequest::new(platform, "42");
        for (request, option) in [
            (of(Apple).name("Ada"), "--name"),
            (of(Steam).name("Ada"), "--name"),
            (of(NintendoSwitch).name("Ada"), "--name"),
            (of(EpicConnect).name("Ada"), "--name"),
            (of(Steam).audience("a"), "--audience"),
            (of(Google).app("480"), "--app"),
            (of(NintendoAccount).app("0100000000000001"), "--app"),
            (of(Google).owner("43"), "--owner"),
            (of(Google).vac_banned(true), "--vac-banned"),
            (of(Google).publisher_banned(true), "--publisher-banned"),
            (of(Steam).app("game"), "--app"),
        ] {
            assert!(refusal(&request).contains(option), "{}", refusal(&request));
        }
    }
}
