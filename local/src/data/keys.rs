//! Private keys in the data folder. Each is made on first use, and only its owner can read it.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use uuid::Uuid;

use super::{DataFolder, private_file};
use crate::problem::Problem;

impl DataFolder {
    /// The key in this file, or a new one if there is none. Two processes that start at once end up
    /// with the same key.
    pub(crate) fn kept_key<K>(
        &self,
        path: &Path,
        generate: impl FnOnce() -> Result<Vec<u8>, Problem>,
        parse: impl FnOnce(&[u8]) -> Option<K>,
    ) -> Result<K, Problem> {
        let kept = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let pkcs8 = generate()?;
                keep(path, &pkcs8).and_then(|()| fs::read(path))
            }
            kept => kept,
        };
        let path = path.display();
        let pkcs8 = kept.map_err(|error| self.problem(&format!("{path}: {error}")))?;
        let wrong = || format!("{path} is not a private key of its kind in PKCS #8 DER: delete it to get a new key");
        parse(&pkcs8).ok_or_else(|| self.problem(&wrong()))
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
