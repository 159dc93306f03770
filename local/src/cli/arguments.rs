use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};
use shared::{
    config::parse_duration,
    identity::{Digest, Platform, Second},
};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::platform_token::{self, PlatformToken};
use crate::tokens::TokenRequest;

const AWS_HELP: &str = "\
With --aws, the credentials come from environment variables:
  eval \"$(aws configure export-credentials --format env)\"
So do the region and the names of the stack's resources: AWS_REGION, PERSONS_TABLE, USERS_TABLE, IDENTITIES_TABLE,
RECEIPTS_TABLE, SEALS_TABLE, SEQUENCES_TABLE, SEAL_KEY_ID, PURGE_QUEUE_URL and PURGE_DEAD_LETTER_QUEUE_URL.
docs/operate.md, \"Commands\", shows how to set them from the outputs of the stack.";

/// Roster, the player-identity backend of a game. Without a command, runs all of it on this
/// machine.
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
    /// Print a proof of a platform account for a local login, and nothing else
    #[command(after_help = platform_token::HELP)]
    PlatformToken(PlatformToken),
    /// Print the OpenAPI description of the API as YAML, and nothing else
    Openapi,
    /// Erase the bytes of deleted items from the data folder of a stopped roster
    Compact(Compact),
    /// Read a settings document of login, and print what is wrong with it or what it means, without
    /// any secret
    Check {
        /// The document, as the secret in Secrets Manager is to hold it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Verify the chain of seals and the receipts under it, or the receipt in one file
    #[command(after_help = AWS_HELP)]
    Verify(Verify),
    /// Print the public key that verifies seals as PEM, and nothing else
    #[command(after_help = AWS_HELP)]
    PublicKey(Place),
    /// List purges that are late, stuck or done, or send stuck purges again
    #[command(after_help = AWS_HELP)]
    Purges(Purges),
    /// Move dead letters back to the purge queue
    #[command(after_help = AWS_HELP)]
    Redrive(Place),
    /// After a restore from a backup: find records that disagree, and purged persons that are back
    #[command(after_help = AWS_HELP)]
    Repair(Repair),
}

/// Options of `roster repair`.
#[derive(Debug, Args)]
pub(super) struct Repair {
    /// The data folder; no roster may run on it
    #[arg(long, value_name = "DIR", default_value = ".roster", conflicts_with = "aws")]
    pub(super) data: PathBuf,
    /// Run the command against AWS; stop the API and the workers first
    #[arg(long)]
    pub(super) aws: bool,
    /// Write the repairs; without this option they are only reported
    #[arg(long)]
    pub(super) apply: bool,
    /// The earliest time to which a table was restored; older receipts are not replayed
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) restored_to: Option<Second>,
    /// Number of player ids to skip; needed if the table `sequences` was restored too
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    pub(super) skip_player_ids: u32,
}

/// Options of `roster compact`.
#[derive(Debug, Args)]
pub(super) struct Compact {
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    pub(super) data: PathBuf,
}

/// The deployment that a command works on.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The data folder; a roster may run on it
    #[arg(long, value_name = "DIR", default_value = ".roster", conflicts_with = "aws")]
    pub(super) data: PathBuf,
    /// Run the command against AWS instead of --data
    #[arg(long)]
    pub(super) aws: bool,
}

/// Options of `roster verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    pub(super) place: Place,
    /// Read only receipts from this time on, such as 2026-11-22; the chain of seals is always
    /// verified whole
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) since: Option<Second>,
    /// Trust the public key in this file (PEM or DER) instead of the key that KMS returns; may be
    /// repeated
    #[arg(long = "public-key", value_name = "FILE")]
    pub(super) public_keys: Vec<PathBuf>,
    /// Number and hash of a seal that an earlier verify printed, such as 17:9f86d0…; without it,
    /// verify cannot notice that the newest seals were removed
    #[arg(long, value_name = "NUMBER:HASH", value_parser = noted)]
    pub(super) noted: Option<(u64, Digest)>,
    /// Verify the answer of GET …/purge/receipt in this file, with the public key and nothing else
    #[arg(long, value_name = "FILE", requires = "public_keys", conflicts_with_all = ["data", "aws", "since", "noted"])]
    pub(super) receipt: Option<PathBuf>,
}

/// Options of `roster purges`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[group(id = "which", required = true, multiple = false, args = ["overdue", "stuck", "since"])]
pub(super) struct Purges {
    #[command(flatten)]
    pub(super) place: Place,
    /// Purges that are due and not yet done
    #[arg(long)]
    pub(super) overdue: bool,
    /// Purges that were sent to the worker eight times or more and are not yet done
    #[arg(long)]
    pub(super) stuck: bool,
    /// Purges that were completed since this time, such as 2026-11-22
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) since: Option<Second>,
    /// Comma-separated values (RFC 4180) instead of a table
    #[arg(long)]
    pub(super) csv: bool,
    /// Send stuck purges to the worker again, as if for the first time
    #[arg(long, requires = "stuck", conflicts_with_all = ["csv", "overdue", "since"])]
    pub(super) reset: bool,
}

/// Options of `roster` without a command.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Port of the API on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
    /// The data folder, for the tables and the development key; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".roster")]
    pub(super) data: PathBuf,
    /// Start with empty tables; the development key is kept
    #[arg(long)]
    pub(super) fresh: bool,
    /// How often the bundle looks for due purges, such as 2s
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = period)]
    pub(super) dispatch_every: Duration,
    /// Also trust the keys in this file, a JSON Web Key Set
    #[arg(long, value_name = "FILE")]
    pub(super) jwks: Option<PathBuf>,
    /// Log in by the settings document in this file, in place of the client `local` and the
    /// platforms of this machine
    #[arg(long, value_name = "FILE")]
    pub(super) login_settings: Option<PathBuf>,
    /// Let web pages of these origins call the API, such as `http://localhost:3000`; separate them
    /// by commas, * allows all
    #[arg(long, value_name = "ORIGIN,…", value_parser = NonEmptyStringValueParser::new())]
    pub(super) cors: Option<String>,
    /// Use this template instead of the one that is built in
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
}

/// Options of `roster token`.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// A permission, such as user:platform:create; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION")]
    pub(super) permissions: Vec<String>,
    /// Platform of the user that is logged in, such as Steam
    #[arg(long, requires = "platform_user_id", value_parser = PossibleValuesParser::new(Platform::NAMES), hide_possible_values = true)]
    pub(super) platform: Option<String>,
    /// The user's id on the platform
    #[arg(long, requires = "platform", value_parser = NonEmptyStringValueParser::new())]
    pub(super) platform_user_id: Option<String>,
    /// The person that the issuer takes the user for; grants nothing
    #[arg(long)]
    pub(super) person_id: Option<String>,
    /// The subject of the token; grants nothing
    #[arg(long, default_value = "developer")]
    pub(super) subject: String,
    /// How long the token is valid, such as 30m, 1h or 14d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(super) expires_in: Duration,
    /// The data folder, for the development key; made if it is missing
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

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .ok_or_else(|| "it must be a whole number and one of s, m, h, d, such as 30m, at most 3653d".to_owned())
}

/// Reads the number and the hash of a seal, as `verify` prints them.
fn noted(text: &str) -> Result<(u64, Digest), String> {
    let parts = text.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, Digest::from_hex(hash)?)));
    parts.ok_or_else(|| {
        "it must be the number and the hash of a seal, such as 17:9f86d0…, as verify prints them".to_owned()
    })
}

/// Reads a day, which begins at midnight UTC, or a time by RFC 3339.
fn moment(text: &str) -> Result<Second, String> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let moment = day.map(|day| day.midnight().assume_utc()).or_else(|_| OffsetDateTime::parse(text, &Rfc3339));
    let moment = moment.map_err(|_| "it must be a day such as 2026-11-22, or a time such as 2026-11-22T09:00:00Z")?;
    Ok(Second::from_unix(moment.unix_timestamp()))
}

fn period(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be at least 1s".to_owned()),
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
        assert!(command.is_none() && !run.fresh && run.jwks.is_none() && run.cors.is_none() && run.template.is_none());
        assert_eq!((run.port, run.data, run.dispatch_every), (8080, ".roster".into(), Duration::from_secs(2)));
    }

    #[test]
    fn every_option_is_read() {
        let line = "roster --port 0 --data d --fresh --dispatch-every 1s --jwks k.json --login-settings l.json --template t.yaml --cors https://a.b,*";
        let run = parse(line).unwrap().run;
        assert_eq!((run.port, run.data, run.fresh), (0, "d".into(), true));
        assert_eq!((run.dispatch_every, run.jwks), (Duration::from_secs(1), Some("k.json".into())));
        assert_eq!(run.login_settings, Some("l.json".into()));
        assert_eq!((run.template, run.cors), (Some("t.yaml".into()), Some("https://a.b,*".to_owned())));
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
    fn a_repair_only_tells_unless_it_is_to_apply() {
        let Some(Command::Repair(repair)) = parse("roster repair").unwrap().command else { panic!("no repair") };
        assert!(!repair.apply && !repair.aws && repair.restored_to.is_none() && repair.skip_player_ids == 0);
        let line = "roster repair --data d --apply --restored-to 2026-11-22 --skip-player-ids 256";
        let Some(Command::Repair(repair)) = parse(line).unwrap().command else { panic!("no repair") };
        assert_eq!((repair.apply, repair.data, repair.skip_player_ids), (true, "d".into(), 256));
        assert_eq!(repair.restored_to, Some(Second::from_unix(1_795_305_600)));
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
    fn a_settings_document_is_checked() {
        let command = parse("roster check login.json").unwrap().command;
        assert!(matches!(command, Some(Command::Check { file }) if file.as_os_str() == "login.json"));
    }

    #[test]
    fn commands_on_a_deployment_say_where_and_what() {
        let Some(Command::Verify(verify)) = parse("roster verify --aws --since 2026-11-22").unwrap().command else {
            panic!("no check")
        };
        assert!(verify.place.aws && verify.receipt.is_none() && verify.public_keys.is_empty());
        assert_eq!(verify.since, Some(Second::from_unix(1_795_305_600)));
        let line = "roster verify --receipt answer.json --public-key a.pem --public-key b.der";
        let Some(Command::Verify(verify)) = parse(line).unwrap().command else { panic!("no check") };
        assert_eq!((verify.receipt, verify.public_keys.len()), (Some("answer.json".into()), 2));
        let line = "roster purges --since 2026-11-22T10:00:00+01:00 --csv --data d";
        let Some(Command::Purges(purges)) = parse(line).unwrap().command else { panic!("no list") };
        assert_eq!((purges.since, purges.csv), (Some(Second::from_unix(1_795_338_000)), true));
        assert_eq!((purges.place.data, purges.place.aws), ("d".into(), false));
        let Some(Command::Purges(purges)) = parse("roster purges --stuck --reset").unwrap().command else {
            panic!("no list")
        };
        assert!(purges.stuck && purges.reset && !purges.overdue);
        assert!(matches!(parse("roster redrive").unwrap().command, Some(Command::Redrive(place)) if !place.aws));
        assert!(
            matches!(parse("roster public-key --aws").unwrap().command, Some(Command::PublicKey(place)) if place.aws)
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_usage() {
        let wrong = [
            "roster --port 99999",
            "roster --dispatch-every 0s",
            "roster --dispatch-every soon",
            "roster --cors",
            "roster --cors=",
            "roster token --platform Steam",
            "roster token --platform-user-id 42",
            "roster token --expires-in 1",
            "roster tokens",
            "roster platform-token",
            "roster platform-token --platform steam",
            "roster --fresh token",
            "roster openapi --port 0",
            "roster verify --receipt answer.json",
            "roster verify --receipt answer.json --public-key k.pem --aws",
            "roster verify --since yesterday",
            "roster verify --aws --data d",
            "roster purges",
            "roster purges --overdue --stuck",
            "roster purges --overdue --reset",
            "roster purges --stuck --reset --csv",
            "roster purges --since 2026-13-01",
            "roster redrive --port 0",
            "roster check",
            "roster check a.json b.json",
        ];
        for line in wrong {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
