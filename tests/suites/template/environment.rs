//! Variables: each one that is read is set, each one that is set is read, and all fit into Lambda's
//! limit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use roster_local::template::Template;
use serde_json::{Map, Value, json};
use tests::docs::page;

use crate::document::{binary, document, functions, workspace};

/// Variables that only the functions with these calls need.
const OF_SOME: [(&str, &str); 4] = [
    ("LOGIN_SECRET", "setup.login()"),
    ("LOGIN_SECRET", "setup.login_with_key()"),
    ("SEAL_KEY_ID", "setup.seal_key()"),
    ("SUBJECT_HASH_SECRET", "setup.subject_key()"),
];

/// The prefix of variables that Lambda or users of the SDK set.
const RESERVED: &str = "AWS_";

/// The variables that are set: those for every function, and those of each binary.
fn set() -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
    let names = |variables: &Value| variables.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let everywhere = names(&document()["Globals"]["Function"]["Environment"]["Variables"]);
    let functions = functions();
    let by_binary = functions
        .values()
        .map(|function| (binary(function).to_owned(), names(&function["Properties"]["Environment"]["Variables"])));
    (everywhere, by_binary.collect())
}

/// The variables that the sources in a folder read, and whether each must have a value.
fn read(folder: &Path) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(read(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            // store::Tables reads its six variables by `name(`.
            for (call, required) in [
                ("text", true),
                ("name", true),
                ("secret", true),
                ("optional", false),
                ("duration", false),
                ("number", false),
            ] {
                for rest in code.split(&format!("{call}(\"")).skip(1) {
                    let variable = rest.split('"').next().unwrap();
                    let looks_so = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
                    if variable.contains('_') && variable.bytes().all(looks_so) {
                        found.insert(variable.to_owned(), required);
                    }
                }
            }
        }
    }
    found
}

fn read_by_all() -> BTreeMap<String, bool> {
    let mut found = read(&workspace().join("shared/src"));
    for name in crate::document::crates() {
        found.extend(read(&workspace().join("functions").join(name).join("src")));
    }
    found.retain(|variable, _| !variable.starts_with(RESERVED));
    found
}

#[test]
fn the_search_finds_how_variables_are_read() {
    let found = read_by_all();
    assert_eq!(found.get("PERSONS_TABLE"), Some(&true));
    assert_eq!(found.get("AUTH_JWKS"), Some(&true));
    assert_eq!(found.get("DISPATCH_LIMIT"), Some(&false));
}

#[test]
fn every_variable_that_a_function_must_have_is_set_for_all() {
    let (everywhere, by_binary) = set();
    let of_some: BTreeMap<_, _> = OF_SOME.into();
    for (variable, required) in read_by_all() {
        let set = everywhere.contains(&variable) || of_some.contains_key(&*variable);
        assert!(!required || set, "{variable} is read and not set");
    }
    for (variable, reading) in OF_SOME {
        let reads = |binary: &&String| {
            let file = workspace().join("functions").join(binary).join("src/lib.rs");
            fs::read_to_string(file).unwrap().contains(reading)
        };
        let readers: Vec<_> = by_binary.keys().filter(reads).collect();
        assert!(!readers.is_empty(), "nobody calls {reading}");
        assert!(readers.iter().all(|binary| by_binary[*binary].contains(variable)), "{readers:?} need {variable}");
    }
}

#[test]
fn every_variable_that_a_function_may_have_is_set_or_documented() {
    let (everywhere, by_binary) = set();
    let documented = page("deploy").section("Configuration");
    for (variable, _) in read_by_all() {
        let set = everywhere.contains(&variable) || by_binary.values().any(|set| set.contains(&variable));
        assert!(
            set || documented.contains(&format!("`{variable}`")),
            "{variable} is neither set nor in docs/deploy.md"
        );
    }
}

#[test]
fn every_variable_that_is_set_is_read() {
    let (everywhere, by_binary) = set();
    let all = read_by_all();
    for variable in everywhere {
        assert!(all.contains_key(&variable), "{variable} is set for all and read by none");
    }
    let shared = read(&workspace().join("shared/src"));
    for (binary, variables) in by_binary {
        let own = read(&workspace().join("functions").join(&binary).join("src"));
        for variable in variables {
            assert!(own.contains_key(&variable) || shared.contains_key(&variable), "{binary} does not read {variable}");
        }
    }
}

#[test]
fn all_variables_of_a_function_fit_into_what_lambda_takes() {
    // Lambda measures variables as one JSON object, including escapes, and allows 4096 bytes.
    const LIMIT: usize = 4096;
    // The page says so. The names of tables and queue begin with the stack's name.
    let stack = "s".repeat(40);
    assert!(page("deploy").text.contains("another name of at most 40 characters"));
    assert!(page("deploy").section("Configuration").replace('\n', " ").contains("at most 2,000 characters with login"));
    let document = document();
    let max = |parameter: &str| document["Parameters"][parameter]["MaxLength"].as_u64().unwrap();
    let longest = |parameter: &str, several_issuers: bool, login: bool| match parameter {
        "LoginIssuer" | "LoginAudience" | "LoginKeys" | "LoginSecret" if !login => String::new(),
        "LoginIssuer" | "LoginAudience" | "LoginKeys" | "LoginSecret" => {
            "l".repeat(usize::try_from(max(parameter)).unwrap())
        }
        "SubjectHashKey" => {
            let name = format!("SubjectHashKey-{}-ABCDEF", "A".repeat(12));
            format!("arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:{name}")
        }
        // A rule of the template allows only one of the two forms.
        "AuthIssuers" if several_issuers => issuers(if login { 2_000 } else { max("AuthIssuers") }),
        "AuthIssuers" => String::new(),
        "AuthJwks" | "AuthIssuer" | "AuthAudience" if several_issuers => String::new(),
        "AuthJwks" => key_set(if login { 2_000 } else { max("AuthJwks") }),
        "AuthIssuer" | "AuthAudience" => "i".repeat(usize::try_from(max(parameter)).unwrap()),
        // A duration is a number of up to nine digits and a unit.
        "PurgeDefaultDelay" | "PurgeMaxDelay" | "PurgeMinDelaySelf" | "ReceiptRetention" => "315360000s".to_owned(),
        "PurgeQueue" => format!("https://sqs.ap-southeast-1.amazonaws.com/123456789012/{stack}-purge"),
        table if table.ends_with("Table") => format!("{stack}-{table}-1ABCDEFGHIJKL"),
        other => panic!("how long can {other} be?"),
    };
    for (id, function) in Template::built_in().unwrap().functions {
        for (several_issuers, login) in [(false, false), (true, false), (false, true), (true, true)] {
            let variables = function.environment.iter().map(|(name, value)| {
                let text = || value.as_str().unwrap_or_default().to_owned();
                let value = match (value["Ref"].as_str(), value["Fn::Sub"].as_str(), value["Fn::GetAtt"][0].as_str()) {
                    (Some(parameter), ..) => longest(parameter, several_issuers, login),
                    (_, Some("${LogRetentionDays}d"), _) => "3653d".to_owned(),
                    (_, _, Some("SealKey")) => {
                        format!("arn:aws:kms:ap-southeast-1:123456789012:key/{}", uuid::Uuid::nil())
                    }
                    (None, None, None) => text(),
                    _ => panic!("how long can {value} be?"),
                };
                (name.clone(), json!(value))
            });
            let measured = Value::Object(variables.collect()).to_string().len();
            assert!(measured <= LIMIT, "{id}: {measured} bytes of variables, login {login}");
        }
    }
}

/// As many issuers by URL as fit into this length. The rest is blank.
fn issuers(length: u64) -> String {
    let issuer = json!({
        "issuer": "https://login.example.com/realms/game", "audience": "roster", "permissions": { "form": "words" },
        "jwks_url": "https://login.example.com/realms/game/protocol/openid-connect/certs",
    });
    let length = usize::try_from(length).unwrap();
    let issuers = json!(vec![&issuer; length / (issuer.to_string().len() + 1)]).to_string();
    format!("{issuers}{}", " ".repeat(length - issuers.len()))
}

#[test]
fn the_two_forms_of_trusted_issuers_exclude_each_other() {
    let rule = document()["Rules"]["WhoMayCall"]["Assertions"][0]["Assert"].clone();
    let allowed = |given: &[&str]| holds(&rule, given);
    for given in [&["AuthIssuer", "AuthAudience", "AuthJwks"][..], &["AuthIssuers"]] {
        assert!(allowed(given), "{given:?}");
        assert!(allowed(&[given, &["LoginIssuer"]].concat()), "{given:?} beside login");
    }
    assert!(allowed(&["LoginIssuer"]), "the stack's own login is enough");
    for refused in [
        &[][..],
        &["AuthJwks"],
        &["AuthIssuer", "AuthAudience"],
        &["AuthIssuers", "AuthJwks"],
        &["AuthIssuers", "AuthIssuer", "AuthAudience", "AuthJwks"],
    ] {
        assert!(!allowed(refused), "{refused:?}");
        let with_login = [refused, &["LoginIssuer"]].concat();
        assert!(refused.is_empty() || !allowed(&with_login), "{with_login:?}");
    }
}

/// CloudFormation's result for a rule if only these parameters are given.
pub fn holds(rule: &Value, given: &[&str]) -> bool {
    let (function, arguments) = rule.as_object().and_then(|rule| rule.iter().next()).unwrap();
    let mut arguments = arguments.as_array().unwrap().iter();
    match function.as_str() {
        "Fn::And" => arguments.all(|rule| holds(rule, given)),
        "Fn::Or" => arguments.any(|rule| holds(rule, given)),
        "Fn::Not" => arguments.all(|rule| !holds(rule, given)),
        "Fn::Equals" => {
            let value = |argument: &Value| argument["Ref"].as_str().is_some_and(|name| given.contains(&name));
            arguments.next().map(value) == arguments.next().map(value)
        }
        other => panic!("{other}"),
    }
}

/// As many RSA keys of 2048 bits as fit into this length. The rest is blank.
fn key_set(length: u64) -> String {
    let key = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k".repeat(43), "e": "AQAB", "n": "n".repeat(342),
    });
    let length = usize::try_from(length).unwrap();
    let keys = (length - r#"{"keys":[]}"#.len()) / (key.to_string().len() + 1);
    let set = json!({ "keys": vec![key; keys] }).to_string();
    format!("{set}{}", " ".repeat(length - set.len()))
}
