//! The variables that need other values than the template's, because everything runs on one
//! machine.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::auth::AuthSettings;

use super::clients::Signer;
use crate::{
    stand_ins::{login_keys, secret_arn},
    template::REGION,
    tokens::{AUDIENCE, ISSUER},
};

const DYNAMODB_URL: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const ISSUERS: &str = "AUTH_ISSUERS";
const SQS_URL: &str = "AWS_ENDPOINT_URL_SQS";
const KMS_URL: &str = "AWS_ENDPOINT_URL_KMS";
const SECRETS_MANAGER_URL: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";

/// The names of the secrets in Secrets Manager.
pub(super) const LOGIN_SECRET: &str = "login";
pub(super) const SUBJECT_HASH_SECRET: &str = "subject-hash-key";

/// Variables that only the functions get to which the template gives them. On AWS no other function
/// may read these secrets.
const OF_SOME: [&str; 2] = ["LOGIN_SECRET", "SUBJECT_HASH_SECRET"];

/// The URLs of the front and of the stand-ins for AWS.
#[derive(Debug, Clone, Default)]
pub(super) struct Endpoints {
    pub(super) front: String,
    pub(super) dynamodb: String,
    pub(super) sqs: String,
    pub(super) kms: String,
    pub(super) secrets_manager: String,
}

/// Local values, and the overrides that the caller asked for. `Debug` shows no values, since an
/// override can be a secret.
pub(super) struct Local {
    variables: BTreeMap<String, String>,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Local {
    /// `key_set` has the public keys of development tokens.
    pub(super) fn new(key_set: String, endpoints: Endpoints, asked: BTreeMap<String, String>) -> Self {
        let text = |name: &str, default: &str| asked.get(name).map_or(default, String::as_str).to_owned();
        let (issuer, audience) = (text("AUTH_ISSUER", ISSUER), text("AUTH_AUDIENCE", AUDIENCE));
        let [login_key, _] = login_keys();
        let local = [
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            (DYNAMODB_URL, endpoints.dynamodb),
            (SQS_URL, endpoints.sqs),
            (KMS_URL, endpoints.kms),
            (SECRETS_MANAGER_URL, endpoints.secrets_manager),
            ("LOGIN_ISSUER", endpoints.front),
            ("LOGIN_AUDIENCE", audience.clone()),
            ("LOGIN_KEYS", login_key),
            ("LOGIN_SECRET", secret_arn(LOGIN_SECRET)),
            ("SUBJECT_HASH_SECRET", secret_arn(SUBJECT_HASH_SECRET)),
            // Short, so that a message of a killed process is soon sent again. Only one clock is
            // involved, so there is no skew.
            ("DISPATCH_LEASE", "10s".to_owned()),
            ("PURGE_HEAD_START", "10s".to_owned()),
            ("DISPATCH_CLOCK_SKEW", "0s".to_owned()),
        ];
        let mut variables: BTreeMap<_, _> = local.map(|(name, value)| (name.to_owned(), value)).into();
        variables.extend(asked);
        let issuers = variables.remove(ISSUERS).filter(|issuers| !issuers.is_empty());
        let trusted = match issuers {
            Some(issuers) => vec![(ISSUERS, with_developer(issuers, &issuer, &audience, &key_set))],
            None => vec![("AUTH_JWKS", key_set), ("AUTH_ISSUER", issuer.clone()), ("AUTH_AUDIENCE", audience.clone())],
        };
        for (name, value) in trusted {
            variables.entry(name.to_owned()).or_insert(value);
        }
        Self { variables, issuer, audience }
    }

    /// The overrides for one function, to which the template gives the variables `named`.
    pub(super) fn variables(&self, binary: &str, named: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        variables.retain(|name, _| !OF_SOME.contains(&name.as_str()) || named.contains_key(name));
        variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), binary.to_owned());
        variables
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn audience(&self) -> &str {
        &self.audience
    }

    /// The issuer of the tokens of logins.
    pub(super) fn login_issuer(&self) -> &str {
        self.text("LOGIN_ISSUER")
    }

    /// The audience of the tokens of logins.
    pub(super) fn login_audience(&self) -> &str {
        self.text("LOGIN_AUDIENCE")
    }

    /// The ARN of the key that signs the tokens of logins.
    pub(super) fn login_key(&self) -> &str {
        self.text("LOGIN_KEYS").split(',').next().unwrap_or_default()
    }

    pub(super) fn dynamodb_url(&self) -> &str {
        self.text(DYNAMODB_URL)
    }

    pub(super) fn sqs_url(&self) -> &str {
        self.text(SQS_URL)
    }

    /// Signs the requests that make the tables and queues. The functions look for these in the same
    /// account and region.
    pub(super) fn signer(&self) -> Signer {
        Signer {
            // An empty region is left to the functions, which refuse it.
            region: Some(self.text("AWS_REGION")).filter(|region| !region.is_empty()).unwrap_or(REGION).to_owned(),
            access_key_id: self.text("AWS_ACCESS_KEY_ID").to_owned(),
            secret_access_key: self.text("AWS_SECRET_ACCESS_KEY").to_owned(),
            session_token: self.variables.get("AWS_SESSION_TOKEN").cloned(),
        }
    }

    pub(super) fn kms_url(&self) -> &str {
        self.text(KMS_URL)
    }

    pub(super) fn secrets_manager_url(&self) -> &str {
        self.text(SECRETS_MANAGER_URL)
    }

    /// The value of a variable that `new` has set.
    fn text(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }
}

/// The issuers that the caller asked for, and the issuer of development tokens. A wrong setting is
/// passed on unchanged, and the functions refuse it.
fn with_developer(issuers: String, issuer: &str, audience: &str, key_set: &str) -> String {
    if AuthSettings::from_json(&issuers).is_err() {
        return issuers;
    }
    let (Ok(Value::Array(mut list)), Ok(jwks)) =
        (serde_json::from_str(&issuers), serde_json::from_str::<Value>(key_set))
    else {
        return issuers;
    };
    list.push(json!({ "issuer": issuer, "jwks": jwks, "audience": audience }));
    Value::Array(list).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_comes_before_what_is_local() {
        let asked = BTreeMap::from([(SQS_URL.to_owned(), "http://elsewhere".to_owned())]);
        let endpoints = Endpoints { dynamodb: "http://d".into(), sqs: "http://q".into(), ..Endpoints::default() };
        let local = Local::new(String::new(), endpoints, asked);
        assert_eq!((local.dynamodb_url(), local.sqs_url()), ("http://d", "http://elsewhere"));
        assert_eq!((local.issuer(), local.audience()), ("roster-local", "roster"));
        assert_eq!(local.variables("get-user", &BTreeMap::new())["AWS_LAMBDA_FUNCTION_NAME"], "get-user");
    }

    #[test]
    fn login_is_on_with_the_first_key_and_the_fronts_url_as_issuer() {
        let endpoints = Endpoints { front: "http://127.0.0.1:8080".into(), ..Endpoints::default() };
        let variables = |asked: &[(&str, &str)]| {
            let asked = asked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Local::new(String::new(), endpoints.clone(), asked).variables("get-user", &BTreeMap::new())
        };
        let login = |variables: BTreeMap<String, String>| {
            ["LOGIN_ISSUER", "LOGIN_AUDIENCE", "LOGIN_KEYS"].map(|name| variables[name].clone())
        };
        let [first, second] = login_keys();
        assert_eq!(login(variables(&[])), ["http://127.0.0.1:8080", "roster", &first]);
        let both = format!("{second},{first}");
        let asked = variables(&[("LOGIN_KEYS", &both), ("AUTH_AUDIENCE", "game")]);
        assert_eq!(login(asked), ["http://127.0.0.1:8080", "game", &both]);
    }

    #[test]
    fn only_the_functions_that_the_template_names_learn_of_a_secret() {
        let local = Local::new(String::new(), Endpoints::default(), BTreeMap::new());
        for name in OF_SOME {
            let named = BTreeMap::from([(name.to_owned(), json!({ "Ref": "Secret" }))]);
            let learnt = local.variables("log-in", &named);
            let learnt: Vec<_> = OF_SOME.into_iter().filter(|name| learnt.contains_key(*name)).collect();
            assert_eq!(learnt, [name]);
        }
    }

    #[test]
    fn tables_and_queues_are_made_where_the_functions_look_for_them() {
        let names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let asked = names.map(|name| (name.to_owned(), format!("another {name}"))).into();
        let local = Local::new(String::new(), Endpoints::default(), asked);
        let (signer, variables) = (local.signer(), local.variables("get-user", &BTreeMap::new()));
        let session_token = signer.session_token.unwrap();
        let signed_with = [signer.region, signer.access_key_id, signer.secret_access_key, session_token];
        assert_eq!(signed_with, names.map(|name| variables[name].clone()));
    }

    #[test]
    fn the_developer_is_trusted_beside_the_issuers_that_were_asked_for() {
        let variables = |issuers: &str, short: &[(&str, &str)]| {
            let short = short.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let asked = short.chain([(ISSUERS.to_owned(), issuers.to_owned())]).collect();
            Local::new("{}".into(), Endpoints::default(), asked).variables("get-user", &BTreeMap::new())
        };
        let asked = r#"{"audience":"a","issuer":"i","jwks":{}}"#;
        let developer = r#"{"audience":"roster","issuer":"roster-local","jwks":{}}"#;
        let both = variables(&format!("[{asked}]"), &[]);
        assert_eq!(both[ISSUERS], format!("[{asked},{developer}]"));
        assert!(!both.contains_key("AUTH_JWKS") && !both.contains_key("AUTH_ISSUER"));
        let twice = format!("[{asked},{asked}]");
        for wrong in ["nothing", "[]", "[{}]", &twice] {
            assert_eq!(variables(wrong, &[])[ISSUERS], wrong);
        }
        assert_eq!(variables("[{}]", &[("AUTH_ISSUER", "i")])["AUTH_ISSUER"], "i");
        let short = variables("", &[]);
        assert!(!short.contains_key(ISSUERS) && short["AUTH_JWKS"] == "{}");
    }
}
