//! The variables that a function has on AWS: those of the template, and Lambda's own.

use std::path::Path;

use serde_json::Value;

use crate::{
    certificates::Certificates,
    login,
    responder::Urls,
    scenario,
    token::{AUDIENCE, ISSUER},
};

pub(crate) const PERSONS: &str = "roster-PersonsTable-1A2B3C4D5E6F7";
pub(crate) const USERS: &str = "roster-UsersTable-1A2B3C4D5E6F7";
pub(crate) const IDENTITIES: &str = "roster-IdentitiesTable-1A2B3C4D5E6F7";
pub(crate) const RECEIPTS: &str = "roster-ReceiptsTable-1A2B3C4D5E6F7";
pub(crate) const SEALS: &str = "roster-SealsTable-1A2B3C4D5E6F7";
pub(crate) const SEQUENCES: &str = "roster-SequencesTable-1A2B3C4D5E6F7";
pub(crate) const SEAL_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/8f3c2b1a-0d9e-4c7b-a6f5-4e3d2c1b0a99";

/// All variables of one process. It inherits none of this process.
pub(crate) fn of(
    function: &str,
    binary: &Path,
    certificates: &Certificates,
    (runtime_api, urls): (&str, &Urls),
    jwks: &Value,
) -> Vec<(&'static str, String)> {
    let mut variables: Vec<_> =
        TEMPLATE.into_iter().chain(LAMBDA).map(|(name, value)| (name, value.to_owned())).collect();
    let root = binary.parent().unwrap_or(binary).display().to_string();
    variables.extend([
        ("AUTH_ISSUER", ISSUER.to_owned()),
        ("AUTH_AUDIENCE", AUDIENCE.to_owned()),
        ("AUTH_JWKS", jwks.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", format!("roster-{function}-8kQ2x")),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("2026/11/22/roster-{function}[$LATEST]0d9d3c2e7a4b4c558f6a1b2c3d4e5f60"),
        ),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
        // The path of Node differs by machine.
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("LAMBDA_RUNTIME_DIR", root.clone()),
        ("LAMBDA_TASK_ROOT", root),
        ("AWS_ENDPOINT_URL_DYNAMODB", urls.dynamodb.clone()),
        ("AWS_ENDPOINT_URL_SQS", urls.sqs.clone()),
        ("AWS_ENDPOINT_URL_KMS", urls.kms.clone()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", urls.secrets_manager.clone()),
        ("AWS_CA_BUNDLE", certificates.bundle.display().to_string()),
        ("NODE_EXTRA_CA_CERTS", certificates.bundle.display().to_string()),
        ("SSL_CERT_FILE", certificates.system_bundle.display().to_string()),
    ]);
    if OF_LOGIN.contains(&function) {
        variables.extend(LOGIN.map(|(name, value)| (name, value.to_owned())));
    }
    variables
}

/// The functions that do nothing without login. The others are measured without it.
const OF_LOGIN: [&str; 6] =
    ["get-public-keys", "introspect-token", "issue-client-token", "log-in", "log-out", scenario::OWN_TOKEN];

/// The variables of login.
const LOGIN: [(&str, &str); 4] = [
    ("LOGIN_ISSUER", login::ISSUER),
    ("LOGIN_AUDIENCE", login::AUDIENCE),
    ("LOGIN_KEYS", login::KEY),
    ("LOGIN_SECRET", login::SECRET),
];

/// The variables that `template.yaml` sets, for any function.
const TEMPLATE: [(&str, &str); 21] = [
    ("PERSONS_TABLE", PERSONS),
    ("USERS_TABLE", USERS),
    ("IDENTITIES_TABLE", IDENTITIES),
    ("RECEIPTS_TABLE", RECEIPTS),
    ("SEALS_TABLE", SEALS),
    ("SEQUENCES_TABLE", SEQUENCES),
    ("PURGE_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/roster-purge"),
    ("AUTH_ISSUERS", ""),
    ("PURGE_DEFAULT_DELAY", "14d"),
    ("PURGE_MAX_DELAY", "30d"),
    ("PURGE_MIN_DELAY_SELF", "0s"),
    ("RECEIPT_RETENTION", "1095d"),
    ("SUBJECT_HASH_SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:SubjectHashKey-1A2B3C4D5E6F-a1b2c3"),
    ("DISPATCH_LEASE", "30m"),
    ("DISPATCH_CLOCK_SKEW", "5s"),
    ("DISPATCH_LIMIT", "1000"),
    ("DISPATCH_QUEUE_DEPTH", "5000"),
    ("BACKUP_RETENTION", "35d"),
    ("LOG_RETENTION", "30d"),
    ("QUEUE_RETENTION", "4d"),
    ("DEAD_LETTER_RETENTION", "14d"),
];

/// The variables that Lambda sets, and the key of the seals.
const LAMBDA: [(&str, &str); 17] = [
    ("SEAL_KEY_ID", SEAL_KEY),
    ("_HANDLER", "bootstrap"),
    ("_X_AMZN_TRACE_ID", "Root=1-6921a3f0-1c2d3e4f5a6b7c8d9e0f1a2b;Parent=1c2d3e4f5a6b7c8d;Sampled=0"),
    ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLEEX"),
    ("AWS_DEFAULT_REGION", "eu-west-1"),
    ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/roster/functions"),
    ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("AWS_SESSION_TOKEN", SESSION_TOKEN),
    ("LANG", "en_US.UTF-8"),
    ("TZ", ":UTC"),
];

/// A session token with the length of those of Lambda's roles.
const SESSION_TOKEN: &str = concat!(
    "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDExampleExampleExampleExampleExampleExampleExample",
    "ExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExample",
    "ExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExample",
    "ExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExample",
    "ExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExample",
    "ExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExampleExample",
);
