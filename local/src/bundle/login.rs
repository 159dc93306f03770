//! The login settings of this machine.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::login::Grant;

use crate::{
    problem::Problem,
    stand_ins::{LocalPlatform, NINTENDO_GAME, PLATFORM_AUDIENCE, STEAM_APP, STEAM_KEY, STEAM_PATH},
    tokens::{ALL_PERMISSIONS, SigningKey},
};

/// The id of the only client, and its secret.
const CLIENT: &str = "local";
const CLIENT_SECRET: &str = "local";

/// The permission to introspect and revoke tokens.
const INTROSPECT: &str = "token:introspect";

/// The document with the login settings: one client that may do everything, anonymous logins, and
/// the platforms that the local issuer at `issuer` plays. The key of refresh tokens comes from the
/// development key, so that sessions survive a restart.
pub(super) fn settings(key: &SigningKey, issuer: &str) -> Result<String, Problem> {
    let refresh_key = STANDARD.encode(key.secret("REFRESH_TOKEN_KEY")?);
    let secret_sha256 = format!("{:x}", Sha256::digest(CLIENT_SECRET));
    let permissions: Vec<_> = ALL_PERMISSIONS.into_iter().chain([INTROSPECT]).collect();
    let settings = json!({
        "refresh": { "keys": [{ "id": 1, "secret": refresh_key }] },
        "clients": [{
            "client_id": CLIENT, "secret_sha256": [secret_sha256], "grants": Grant::NAMES, "permissions": permissions,
        }],
        "platforms": platforms(issuer),
    });
    Ok(settings.to_string())
}

/// Every platform is called at the local issuer. Steam refuses whatever it can be told to refuse, so
/// that a developer sees each code.
fn platforms(issuer: &str) -> Value {
    let keys_url = |platform: LocalPlatform| platform.keys_path().map(|path| format!("{issuer}{path}"));
    let audiences = [PLATFORM_AUDIENCE];
    let oidc = |platform: LocalPlatform| {
        json!({
            "grant": platform.name(), "audiences": audiences, "keys_url": keys_url(platform),
            "display_name": "preferred_username",
        })
    };
    json!({
        "anon": {},
        "google": { "audiences": audiences, "keys_url": keys_url(LocalPlatform::Google), "display_name": "name" },
        "apple": { "audiences": audiences, "keys_url": keys_url(LocalPlatform::Apple) },
        "epic": {
            "audiences": audiences, "keys_url": keys_url(LocalPlatform::Epic),
            "old_keys_url": keys_url(LocalPlatform::EpicV1),
        },
        "nintendo_switch": {
            "games": [NINTENDO_GAME], "keys_url": keys_url(LocalPlatform::NintendoSwitch),
            "accounts": { "audiences": audiences, "keys_url": keys_url(LocalPlatform::NintendoAccount) },
        },
        "steam": {
            "app_id": STEAM_APP, "key": STEAM_KEY, "url": format!("{issuer}{STEAM_PATH}"),
            "refuse_vac_banned": true, "refuse_publisher_banned": true, "refuse_family_sharing": true,
        },
        "oidc": [oidc(LocalPlatform::Discord), oidc(LocalPlatform::Twitch)],
    })
}

#[cfg(test)]
mod tests {
    use shared::login::LoginSettings;

    use super::*;

    const ISSUER: &str = "http://127.0.0.1:9000";

    #[test]
    fn the_client_local_may_do_everything_with_the_secret_local() {
        let settings: Value =
            serde_json::from_str(&settings(&SigningKey::in_memory().unwrap(), ISSUER).unwrap()).unwrap();
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
    fn every_platform_that_the_local_issuer_plays_is_on_and_called_there_alone() {
        let document = settings(&SigningKey::in_memory().unwrap(), ISSUER).unwrap();
        let settings = LoginSettings::from_json(&document).unwrap();
        let mut on: Vec<_> = settings.platforms.grants().map(Grant::name).collect();
        on.sort_unstable();
        assert_eq!(on, ["apple", "discord", "epic", "google", "nintendo_switch", "steam", "twitch"]);
        assert!(settings.anon);
        assert_eq!(document.matches("http").count(), document.matches(ISSUER).count());
        assert_eq!(document.matches(ISSUER).count(), 9);
    }

    #[test]
    fn refresh_tokens_have_a_long_key_that_stays_with_the_development_key() {
        let (pkcs8, _) = SigningKey::generate().unwrap();
        let of_key = |pkcs8: &[u8]| settings(&SigningKey::from_pkcs8(pkcs8).unwrap(), ISSUER).unwrap();
        assert_eq!(of_key(&pkcs8), of_key(&pkcs8));
        assert_ne!(of_key(&pkcs8), settings(&SigningKey::in_memory().unwrap(), ISSUER).unwrap());
        let document: Value = serde_json::from_str(&of_key(&pkcs8)).unwrap();
        let key = STANDARD.decode(document["refresh"]["keys"][0]["secret"].as_str().unwrap()).unwrap();
        assert!(key.len() >= 32, "{} bytes", key.len());
    }
}
