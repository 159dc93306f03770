//! The public keys with which the functions verify tokens.

use std::{fs, path::Path};

use serde_json::{Value, json};
use shared::auth::{AuthSettings, Authenticator};

use super::SigningKey;
use crate::problem::Problem;

/// The key set of the functions: the development key, and the keys in a file if one is named.
pub(crate) fn key_set(key: &SigningKey, file: Option<&Path>) -> Result<String, Problem> {
    let own = key.public_jwks();
    let Some(path) = file else { return Ok(own) };
    let text = fs::read_to_string(path).map_err(|source| Problem::File { path: path.to_owned(), source })?;
    let wrong = |problem: String| Problem::KeySet { path: path.to_owned(), problem };
    // The functions make the same check. It is made here too, so that the error names the file and
    // not a variable.
    let settings = AuthSettings::short(text.clone(), "check", "check");
    Authenticator::new(&settings).map_err(|(_, error)| wrong(error.to_string()))?;
    let mut keys = keys_of(&text).ok_or_else(|| wrong("it has no array `keys`".to_owned()))?;
    keys.extend(keys_of(&own).unwrap_or_default());
    Ok(json!({ "keys": keys }).to_string())
}

fn keys_of(key_set: &str) -> Option<Vec<Value>> {
    let mut key_set: Value = serde_json::from_str(key_set.trim_start_matches('\u{feff}')).ok()?;
    match key_set.get_mut("keys")?.take() {
        Value::Array(keys) => Some(keys),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_set_from_a_file_is_trusted_beside_the_development_key() {
        let path = std::env::temp_dir().join(format!("roster-jwks-{}", Uuid::new_v4()));
        let (own, other) = (SigningKey::in_memory().unwrap(), SigningKey::in_memory().unwrap());
        // Some editors begin a file with a byte order mark.
        fs::write(&path, format!("\u{feff}{}", other.public_jwks())).unwrap();
        let keys = keys_of(&key_set(&own, Some(&path)).unwrap()).unwrap();
        assert_eq!(keys.iter().map(|key| key["kid"].as_str().unwrap()).collect::<Vec<_>>(), [other.kid(), own.kid()]);
        fs::write(&path, "{}").unwrap();
        let error = key_set(&own, Some(&path)).unwrap_err().to_string();
        assert!(error.contains("roster-jwks-") && error.contains("is not a JSON Web Key Set"), "{error}");
        fs::remove_file(path).unwrap();
    }
}
