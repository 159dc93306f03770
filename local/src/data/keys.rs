//! The development key and the key that signs seals: made on first start, kept in the data folder, readable by its owner only.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use serde_json::{Value, json};
use shared::auth::{AuthSettings, Authenticator};
use uuid::Uuid;

use super::{DataFolder, private_file};
use crate::{problem::Problem, stand_ins::SealKey, tokens::SigningKey};

/// The folder's development key; made if there is none.
pub(crate) fn of_folder(folder: &DataFolder) -> Result<SigningKey, Problem> {
    let generate = || SigningKey::generate().map(|(pkcs8, _)| pkcs8);
    kept(folder, &folder.key(), generate, SigningKey::from_pkcs8)
}

/// The folder's key for seals; made if there is none.
pub(crate) fn seal_key_of_folder(folder: &DataFolder) -> Result<SealKey, Problem> {
    kept(folder, &folder.seal_key(), SealKey::generate, SealKey::from_pkcs8)
}

/// A key for seals that nobody keeps.
pub(crate) fn seal_key_in_memory() -> Result<SealKey, Problem> {
    SealKey::from_pkcs8(&SealKey::generate()?).ok_or_else(|| Problem::crypto("making a key"))
}

/// The key in this file; made if there is none. Two processes that start at once end up with the same key.
fn kept<K>(
    folder: &DataFolder,
    path: &Path,
    generate: impl Fn() -> Result<Vec<u8>, Problem>,
    parse: impl Fn(&[u8]) -> Option<K>,
) -> Result<K, Problem> {
    let kept = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let pkcs8 = generate()?;
            keep(path, &pkcs8).and_then(|()| fs::read(path))
        }
        kept => kept,
    };
    let pkcs8 = kept.map_err(|error| folder.problem(&format!("{}: {error}", path.display())))?;
    let not_a_key =
        || format!("{} is not a private key of its kind in PKCS #8 DER: delete it to get a new key", path.display());
    parse(&pkcs8).ok_or_else(|| folder.problem(&not_a_key()))
}

/// A key that nobody keeps.
pub(crate) fn in_memory() -> Result<SigningKey, Problem> {
    let (pkcs8, _) = SigningKey::generate()?;
    SigningKey::from_pkcs8(&pkcs8).ok_or_else(|| Problem::crypto("making a key"))
}

/// The key set of the functions: the development key, and the keys of a file if one is named.
pub(crate) fn key_set(key: &SigningKey, file: Option<&Path>) -> Result<String, Problem> {
    let own = key.public_jwks();
    let Some(path) = file else { return Ok(own) };
    let text = fs::read_to_string(path).map_err(|source| Problem::File { path: path.to_owned(), source })?;
    let wrong = |problem: String| Problem::KeySet { path: path.to_owned(), problem };
    // The same check that the functions make, so that the file is named and not a variable.
    let settings = AuthSettings::short(text.clone(), "check", "check");
    Authenticator::new(&settings).map_err(|(_, error)| wrong(error.to_string()))?;
    let mut keys = keys_of(&text).ok_or_else(|| wrong("it has no list of keys".to_owned()))?;
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

/// Writes the whole file under another name first, so that nobody reads half a key.
fn keep(path: &Path, pkcs8: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(Uuid::new_v4().to_string());
    let opened = private_file().create_new(true).open(&draft);
    let written = opened.and_then(|mut file| file.write_all(pkcs8).and_then(|()| file.sync_all()));
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_kept_private_and_stays_the_same() {
        let path = std::env::temp_dir().join(format!("roster-keys-{}", Uuid::new_v4()));
        let folder = DataFolder::open(&path).unwrap();
        let first = of_folder(&folder).unwrap();
        assert_eq!(of_folder(&folder).unwrap().kid(), first.kid());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.key()).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(folder.key(), "not a key").unwrap();
        let error = of_folder(&folder).unwrap_err().to_string();
        assert!(error.contains("dev-key.pk8") && error.contains("delete it"), "{error}");
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_key_set_from_a_file_is_trusted_beside_the_development_key() {
        let path = std::env::temp_dir().join(format!("roster-jwks-{}", Uuid::new_v4()));
        let (own, other) = (in_memory().unwrap(), in_memory().unwrap());
        // As some editors write it.
        fs::write(&path, format!("\u{feff}{}", other.public_jwks())).unwrap();
        let keys = keys_of(&key_set(&own, Some(&path)).unwrap()).unwrap();
        assert_eq!(keys.iter().map(|key| key["kid"].as_str().unwrap()).collect::<Vec<_>>(), [other.kid(), own.kid()]);
        fs::write(&path, "{}").unwrap();
        let error = key_set(&own, Some(&path)).unwrap_err().to_string();
        assert!(error.contains("roster-jwks-") && error.contains("is not a JSON Web Key Set"), "{error}");
        fs::remove_file(path).unwrap();
    }
}
