//! The parameters of login: which of them belong together, and what each takes.

use regex_lite::Regex;
use serde_json::json;
use shared::login::LoginIssuer;

use crate::{document::document, environment::holds};

/// The keys that may be in `LoginKeys`, at most.
const LOGIN_KEYS: usize = 3;

#[test]
fn the_parameters_of_login_are_given_together_or_not_at_all() {
    let rule = document()["Rules"]["WhetherToLogIn"]["Assertions"][0]["Assert"].clone();
    let names = ["LoginIssuer", "LoginAudience", "LoginKeys", "LoginSecret"];
    for chosen in 0..1 << names.len() {
        let given: Vec<_> = (0..names.len()).filter(|bit| chosen >> bit & 1 == 1).map(|bit| names[bit]).collect();
        assert_eq!(holds(&rule, &given), given.is_empty() || given.len() == names.len(), "{given:?}");
    }
    assert_eq!(
        document()["Conditions"]["HasLogin"],
        json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "LoginSecret" }, ""] }] })
    );
}

#[test]
fn a_parameter_of_login_takes_what_a_function_takes() {
    let pattern = |parameter: &str, value: &str| {
        let declared = &document()["Parameters"][parameter];
        let fits = value.len() as u64 <= declared["MaxLength"].as_u64().unwrap();
        fits && Regex::new(declared["AllowedPattern"].as_str().unwrap()).unwrap().is_match(value)
    };
    let starts = |issuer: &str, keys: &str| {
        let variables = [("LOGIN_ISSUER", issuer), ("LOGIN_AUDIENCE", "game"), ("LOGIN_KEYS", keys)];
        LoginIssuer::from_environment(&variables.into_iter().collect()).is_ok()
    };
    let keys: Vec<_> = (0..=LOGIN_KEYS)
        .map(|number| {
            format!("arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890a{number}")
        })
        .collect();
    let most = keys[..LOGIN_KEYS].join(",");
    let issuers = [
        ("https://api.example.com", true),
        ("https://abc123.execute-api.eu-west-1.amazonaws.com", true),
        ("https://example.com:8443/roster", true),
        ("https://api.example.com/", false),
        ("https://api.example.com/roster/", false),
        ("https://api.example.com?a=b", false),
        ("https://api.example.com#a", false),
        ("https://me@api.example.com", false),
        ("http://api.example.com", false),
        ("api.example.com", false),
    ];
    for (issuer, expected) in issuers {
        assert_eq!((pattern("LoginIssuer", issuer), starts(issuer, &most)), (expected, expected), "{issuer}");
    }
    let multi_region = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";
    let lists = [
        (keys[0].clone(), true),
        (most.clone(), true),
        (multi_region.to_owned(), true),
        (keys.join(","), false),
        (format!("{most},"), false),
        (most.replace(',', ", "), false),
        ("arn:aws:kms:eu-west-1:123456789012:alias/login".to_owned(), false),
        ("1234abcd-12ab-34cd-56ef-1234567890ab".to_owned(), false),
    ];
    for (list, expected) in lists {
        let actual = (pattern("LoginKeys", &list), starts("https://api.example.com", &list));
        assert_eq!(actual, (expected, expected), "{list}");
    }
    let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:roster/login-AbCdEf";
    for (secret, expected) in [(secret, true), ("roster/login", false), (&format!("{secret} "), false)] {
        assert_eq!(pattern("LoginSecret", secret), expected, "{secret}");
    }
    for empty in ["LoginIssuer", "LoginKeys", "LoginSecret"] {
        assert!(pattern(empty, ""), "{empty}");
    }
}
