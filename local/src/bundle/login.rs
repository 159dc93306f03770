//! The login settings of this machine.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::login::Grant;

use crate::{
    problem::Problem,
    tokens::{ALL_PERMISSIONS, SigningKey},
};

/// The id of the only client, and its secret.
const CLIENT: &str = "local";
const CLIENT_SECRET: &str = "local";

/// The permission to introspect and revoke tokens.
const INTROSPECT: &str = "token:introspect";

/// The document with the login settings: one client that may do everything, and anonymous logins.
/// The key of refresh tokens comes from the development key, so that sessions survive a restart.
pub(super) fn settings(key: &SigningKey) -> Result<String, Problem> {
    let refresh_key = STANDARD.encode(key.secret("REFRESH_TOKEN_KEY")?);
    let secret_sha256 = format!("{:x}", Sha256::digest(CLIENT_SECRET));
    let permissions: Vec<_> = ALL_PERMISSIONS.into_iter().chain([INTROSPECT]).collect();
    let settings = json!({
        "refresh": { "keys": [{ "id": 1, "secret": refresh_key }] },
        "clients": [{
            "client_id": CLIENT, "secret_sha256": [secret_sha256], "grants": Grant::NAMES, "permissions": permissions,
        }],
        "platforms": { "anon": {} },
    });
    Ok(settings.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_client_local_may_do_everything_with_the_secret_local() {
        let settings: Value = serde_json::from_str(&settings(&SigningKey::in_memory().unwrap()).unwrap()).unwrap();
        let client = &settings["clients"][0];
        // printf local | sha256sum
        let sha256 = "25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6";
        assert_eq!((&client["client_id"], &client["secret_sha256"]), (&json!("local"), &json!([sha256])));
        let permissions = client["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!("token:introspect")) && permissions.contains(&json!("user:*")));
        let mut grants: Vec<_> = client["grants"].as_array().unwrap().iter().map(Value::to_string).collect();
        grants.sort();
        grants.dedup();
        assert_eq!(grants.len(), 18);
    }

    #[test]
    fn refresh_tokens_have_a_long_key_that_stays_with_the_development_key() {
        let (pkcs8, _) = SigningKey::generate().unwrap();
        let of_key = |pkcs8: &[u8]| settings(&SigningKey::from_pkcs8(pkcs8).unwrap()).unwrap();
        assert_eq!(of_key(&pkcs8), of_key(&pkcs8));
        assert_ne!(of_key(&pkcs8), settings(&SigningKey::in_memory().unwrap()).unwrap());
        let document: Value = serde_json::from_str(&of_key(&pkcs8)).unwrap();
        let key = STANDARD.decode(document["refresh"]["keys"][0]["secret"].as_str().unwrap()).unwrap();
        assert!(key.len() >= 32, "{} bytes", key.len());
    }
}
