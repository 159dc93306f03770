use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};
use shared::{config::parse_duration, identity::Platform};

use crate::token::TokenRequest;

/// Roster, the player-identity backend, whole on this machine.
#[derive(Debug, Parser)]
#[command(name = "roster", version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: Run,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a token signed by the development key, and nothing else
    Token(Token),
    /// Print the description of the API (OpenAPI, YAML), and nothing else
    Openapi,
    /// Remove the bytes of what was deleted from a stopped roster's folder
    Compact(Compact),
}

/// What to compact.
#[derive(Debug, Args)]
pub(super) struct Compact {
    /// Folder of the tables
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    pub(super) data: PathBuf,
}

/// How to run the bundle.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Port of the API on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
    /// Folder of the tables and the development key; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    pub(super) data: PathBuf,
    /// Start with empty tables; the development key stays
    #[arg(long)]
    pub(super) fresh: bool,
    /// How often due purges are looked for, such as 2s
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = period)]
    pub(super) dispatch_every: Duration,
    /// Trust the keys in this JSON Web Key Set beside the development key
    #[arg(long, value_name = "FILE")]
    pub(super) jwks: Option<PathBuf>,
    /// Another template than the one this program was built with
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
}

/// What the token says.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// A permission, such as user:platform:create; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION")]
    pub(super) permissions: Vec<String>,
    /// Platform of the user who is logged in, such as Steam
    #[arg(long, requires = "platform_user_id", value_parser = PossibleValuesParser::new(Platform::NAMES), hide_possible_values = true)]
    pub(super) platform: Option<String>,
    /// The user's id on the platform
    #[arg(long, requires = "platform", value_parser = NonEmptyStringValueParser::new())]
    pub(super) platform_user_id: Option<String>,
    /// The person whom the issuer believes to be logged in
    #[arg(long)]
    pub(super) person_id: Option<String>,
    /// Whose token it is
    #[arg(long, default_value = "developer")]
    pub(super) subject: String,
    /// How long it is valid, such as 30m, 1h or 14d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(super) expires_in: Duration,
    /// Folder of the development key; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    pub(super) data: PathBuf,
}

impl From<&Token> for TokenRequest {
    fn from(token: &Token) -> Self {
        let mut request = Self::new(token.permissions.clone()).subject(&token.subject).expires_in(token.expires_in);
        if let (Some(platform), Some(platform_user_id)) = (&token.platform, &token.platform_user_id) {
            request = request.platform_user(platform, platform_user_id);
        }
        if let Some(person_id) = &token.person_id {
            request = request.person_id(person_id);
        }
        request
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .ok_or_else(|| "it should be a whole number and one of s, m, h, d, such as 30m, at most 3650d".to_owned())
}

fn period(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it should be at least 1s".to_owned()),
        period => Ok(period),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn without_arguments_the_bundle_runs_with_defaults() {
        let Arguments { command, run } = parse("roster").unwrap();
        assert!(command.is_none() && !run.fresh && run.jwks.is_none() && run.template.is_none());
        assert_eq!((run.port, run.data, run.dispatch_every), (8080, ".roster".into(), Duration::from_secs(2)));
    }

    #[test]
    fn every_option_is_read() {
        let line = "roster --port 0 --data d --fresh --dispatch-every 1s --jwks k.json --template t.yaml";
        let run = parse(line).unwrap().run;
        assert_eq!((run.port, run.data, run.fresh), (0, "d".into(), true));
        assert_eq!((run.dispatch_every, run.jwks), (Duration::from_secs(1), Some("k.json".into())));
        assert_eq!(run.template, Some("t.yaml".into()));
    }

    #[test]
    fn a_token_is_described_on_the_command_line() {
        let line = "roster token --permission user:* --permission purge:*:* --platform Steam \
                    --platform-user-id 42 --person-id p --subject ada --expires-in 30m --data d";
        let Some(Command::Token(token)) = parse(line).unwrap().command else { panic!("no token") };
        let expected = TokenRequest::new(["user:*", "purge:*:*"])
            .subject("ada")
            .platform_user("Steam", "42")
            .person_id("p")
            .expires_in(Duration::from_mins(30));
        assert_eq!((TokenRequest::from(&token), token.data), (expected, "d".into()));
    }

    #[test]
    fn the_description_takes_no_options() {
        assert!(matches!(parse("roster openapi").unwrap().command, Some(Command::Openapi)));
    }

    #[test]
    fn a_folder_is_compacted() {
        let folder = |line: &str| match parse(line).unwrap().command {
            Some(Command::Compact(compact)) => compact.data,
            _ => panic!("no compaction"),
        };
        assert_eq!((folder("roster compact"), folder("roster compact --data d")), (".roster".into(), "d".into()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_usage() {
        let wrong = [
            "roster --port 99999",
            "roster --dispatch-every 0s",
            "roster --dispatch-every soon",
            "roster token --platform Steam",
            "roster token --platform-user-id 42",
            "roster token --expires-in 1",
            "roster tokens",
            "roster --fresh token",
            "roster openapi --port 0",
        ];
        for line in wrong {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
