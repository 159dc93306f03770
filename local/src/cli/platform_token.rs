//! `roster platform-token`: a proof of a platform account, for a login at the local bundle.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use shared::ambient::Ambient;

use super::arguments::duration;
use crate::{
    data::DataFolder,
    problem::Problem,
    stand_ins::{LocalPlatform, PlatformKey, PlatformTokenRequest},
};

/// The platforms that the local settings of login know, by their grants. A Nintendo Account is the
/// parent of a user on a Switch.
const PLATFORMS: [LocalPlatform; 8] = [
    LocalPlatform::Google,
    LocalPlatform::Apple,
    LocalPlatform::Epic,
    LocalPlatform::NintendoSwitch,
    LocalPlatform::NintendoAccount,
    LocalPlatform::Steam,
    LocalPlatform::Discord,
    LocalPlatform::Twitch,
];

pub(super) const HELP: &str = "\
A roster that runs on the same data folder (--data) accepts the proof, in `portal_access_token` of a login with the grant of the
same name:
  PROOF=$(roster platform-token --platform google --user 7)
  curl -i -u local:local http://127.0.0.1:8080/users/v1/login -H 'content-type: application/json' \\
    --data '{\"grant_type\":\"google\",\"portal_access_token\":\"'\"$PROOF\"'\"}'

A proof of nintendo_account goes into `portal_parent_access_token`, beside one of nintendo_switch.";

/// Options of `roster platform-token`.
#[derive(Debug, Args)]
pub(super) struct PlatformToken {
    /// The platform, by the name of its grant
    #[arg(long, value_name = "NAME", value_parser = platform())]
    platform: LocalPlatform,
    /// The user's id on the platform; decimal digits on Steam, hexadecimal ones at Nintendo, which are filled with
    /// zeros to 16
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    user: String,
    /// The user's name at Google, Epic, Discord or Twitch
    #[arg(long)]
    name: Option<String>,
    /// How long the proof is valid, such as 30m, 1h or 14d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    expires_in: Duration,
    /// Another client id than the one that the local settings accept; not for Steam
    #[arg(long)]
    audience: Option<String>,
    /// Another Steam app than 480, or another game of a Nintendo Switch than 0100000000000001
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    /// The Steam user who owns the game and shares it with this one
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// VAC has banned the user on Steam
    #[arg(long)]
    vac_banned: bool,
    /// The publisher has banned the user on Steam
    #[arg(long)]
    publisher_banned: bool,
    /// The data folder, for the key of the platforms; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    data: PathBuf,
}

impl From<&PlatformToken> for PlatformTokenRequest {
    fn from(asked: &PlatformToken) -> Self {
        let request = Self::new(asked.platform, &asked.user)
            .expires_in(asked.expires_in)
            .vac_banned(asked.vac_banned)
            .publisher_banned(asked.publisher_banned);
        let request = asked.name.iter().fold(request, Self::name);
        let request = asked.audience.iter().fold(request, Self::audience);
        let request = asked.app.iter().fold(request, Self::app);
        asked.owner.iter().fold(request, Self::owner)
    }
}

/// The proof.
pub(super) fn line(asked: &PlatformToken) -> Result<String, Problem> {
    let key = PlatformKey::of_folder(&DataFolder::open(&asked.data)?);
    PlatformTokenRequest::from(asked).proof(&key, Ambient::system().now())
}

fn platform() -> impl TypedValueParser<Value = LocalPlatform> {
    let names = PossibleValuesParser::new(PLATFORMS.map(LocalPlatform::name));
    names.try_map(|name| LocalPlatform::from_name(&name).ok_or("it is no platform"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        token: PlatformToken,
    }

    fn request(line: &str) -> Result<PlatformTokenRequest, clap::Error> {
        let line = Line::try_parse_from(std::iter::once("roster").chain(line.split_whitespace()))?;
        Ok(PlatformTokenRequest::from(&line.token))
    }

    #[test]
    fn a_proof_is_described_on_the_command_line() {
        let given = request("--platform steam --user 42 --app 481 --owner 43 --vac-banned --expires-in 30m").unwrap();
        let steam = PlatformTokenRequest::new(LocalPlatform::Steam, "42").app("481").owner("43");
        assert_eq!(given, steam.vac_banned(true).expires_in(Duration::from_mins(30)));
        let given = request("--platform steam --user 42 --publisher-banned").unwrap();
        assert_eq!(given, PlatformTokenRequest::new(LocalPlatform::Steam, "42").publisher_banned(true));
        let given = request("--platform google --user 7 --name Ada --audience other").unwrap();
        assert_eq!(given, PlatformTokenRequest::new(LocalPlatform::Google, "7").name("Ada").audience("other"));
    }

    #[test]
    fn platforms_have_the_names_of_their_grants() {
        for platform in PLATFORMS {
            let line = format!("--platform {} --user 42", platform.name());
            assert_eq!(request(&line).unwrap(), PlatformTokenRequest::new(platform, "42"));
        }
        for wrong in ["--platform Google --user 7", "--platform xboxlive --user 7", "--platform google", "--user 7"] {
            assert_eq!(request(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }
}
