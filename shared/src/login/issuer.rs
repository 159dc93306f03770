use std::net::IpAddr;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use http::Uri;
use uuid::{Builder, Uuid};

use crate::config::{ConfigProblem, Environment};

/// The three variables that switch login on. They are set together, or none is.
const TOGETHER: [&str; 3] = ["LOGIN_ISSUER", "LOGIN_AUDIENCE", "LOGIN_KEYS"];

/// The largest number of keys that may sign tokens.
const MAX_KEYS: usize = 3;

/// The identity of this deployment as an issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginIssuer {
    /// The `iss` of the tokens, and the base URL of the API (RFC 8414 section 2).
    pub issuer: String,
    /// The `aud` of the tokens.
    pub audience: String,
    /// The ARNs of the keys in KMS. The first one signs.
    pub keys: Vec<String>,
}

impl LoginIssuer {
    /// Reads the variables of login. `None` if login is off.
    pub fn from_environment(environment: &Environment) -> Result<Option<Self>, ConfigProblem> {
        if TOGETHER.iter().all(|name| environment.optional(name).is_none()) {
            return Ok(None);
        }
        let issuer = environment.text("LOGIN_ISSUER", ISSUER)?;
        if !is_issuer(issuer) {
            return Err(ConfigProblem::wrong("LOGIN_ISSUER", ISSUER));
        }
        let audience = environment.text("LOGIN_AUDIENCE", "the `aud` of the tokens that this deployment issues")?;
        let keys: Vec<_> = environment.text("LOGIN_KEYS", KEYS)?.split(',').map(str::to_owned).collect();
        if keys.len() > MAX_KEYS || !keys.iter().all(|key| is_key(key)) {
            return Err(ConfigProblem::wrong("LOGIN_KEYS", KEYS));
        }
        Ok(Some(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), keys }))
    }
}

impl LoginIssuer {
    /// The UUID of something of this issuer: version 5 of the URL `<issuer>#<name>`
    /// (RFC 9562 section 5.5).
    pub fn uuid(&self, name: &str) -> Uuid {
        url_uuid(&format!("{}#{name}", self.issuer))
    }
}

const ISSUER: &str = "the https URL of this API without a slash at its end, a query or a fragment";
const KEYS: &str = "one to three ARNs of RSA_2048 keys in KMS, separated by commas, without an alias among them";

/// RFC 8414 section 2: an https URL without query and fragment. Plain http is allowed on loopback.
fn is_issuer(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_secure = scheme == "https" || (scheme == "http" && is_loopback);
    is_secure && !has_user && !text.contains(['?', '#']) && !text.ends_with('/')
}

/// An ARN of a key. An alias could lead to another key, which the functions have no right to use.
fn is_key(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "kms", region, account, key]
        if !region.is_empty() && !account.is_empty() && key.strip_prefix("key/").is_some_and(|id| !id.is_empty()))
}

fn url_uuid(url: &str) -> Uuid {
    let named = [Uuid::NAMESPACE_URL.as_bytes().as_slice(), url.as_bytes()].concat();
    let mut bytes = [0; 16];
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &named);
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(byte, hash)| *byte = *hash);
    Builder::from_sha1_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uuid_of_a_url_is_that_of_python() {
        // `uuid.uuid5(uuid.NAMESPACE_URL, "http://python.org/")`
        assert_eq!(url_uuid("http://python.org/").to_string(), "4c565f0d-3f5a-5890-b41b-20cf47701c5e");
    }

    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn read(variables: [&str; 3]) -> Result<Option<LoginIssuer>, String> {
        let environment = TOGETHER.into_iter().zip(variables).collect();
        LoginIssuer::from_environment(&environment).map_err(|problem| problem.to_string())
    }

    #[test]
    fn without_all_three_variables_login_is_off() {
        assert_eq!(read(["", "", ""]), Ok(None));
    }

    #[test]
    fn one_missing_variable_is_named() {
        let good = ["https://api.example.com", "game", KEY];
        for (index, name) in TOGETHER.into_iter().enumerate() {
            let mut variables = good;
            variables[index] = "";
            assert!(read(variables).unwrap_err().starts_with(&format!("{name} is not set")), "{name}");
        }
        let read = read(good).unwrap().unwrap();
        assert_eq!((&*read.issuer, &*read.audience, read.keys.len()), ("https://api.example.com", "game", 1));
    }

    #[test]
    fn the_issuer_is_an_https_url_without_query_fragment_or_slash_at_its_end() {
        for good in ["https://api.example.com", "https://example.com/roster", "http://127.0.0.1:8080", "http://[::1]:1"]
        {
            assert!(is_issuer(good), "{good}");
        }
        let wrong = [
            "api.example.com",
            "http://api.example.com",
            "https://api.example.com/",
            "https://api.example.com?a=b",
            "https://api.example.com#a",
            "https://me@api.example.com",
            "https://",
            "roster",
        ];
        for wrong in wrong {
            assert!(!is_issuer(wrong), "{wrong}");
        }
    }

    #[test]
    fn keys_are_arns_of_keys() {
        let other = KEY.replace("1234abcd", "2234abcd");
        let list = |keys: &[&str]| read(["https://a.test", "a", &keys.join(",")]);
        assert_eq!(list(&[KEY, &other]).unwrap().unwrap().keys, [KEY, &other]);
        let alias = "arn:aws:kms:eu-west-1:123456789012:alias/login";
        for wrong in [&["1234abcd"][..], &[alias], &[KEY, ""], &[KEY; 4], &[&format!(" {KEY}")]] {
            assert!(list(wrong).unwrap_err().starts_with("LOGIN_KEYS cannot be used"), "{wrong:?}");
        }
    }
}
