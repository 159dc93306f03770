//! Where a running bundle's stand-ins for AWS answer: written into its data folder, for commands that work beside it.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{DataFolder, private_file};
use crate::problem::Problem;

/// Where the stand-ins for AWS answer, all on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// `DynamoDB`'s protocol.
    pub dynamodb: String,
    /// `SQS`'s protocol.
    pub sqs: String,
    /// `KMS`'s protocol.
    pub kms: String,
    /// The URL of the queue of due purges.
    pub purge_queue: String,
    /// The URL of its dead letters.
    pub dead_letter_queue: String,
}

/// The file that says so, gone when this is dropped. After a crash it stays behind, and is believed by nobody: only while
/// the folder's lock is held does it count, and who takes the lock removes it first.
#[derive(Debug)]
pub(crate) struct Announced {
    file: PathBuf,
}

impl Addresses {
    /// Writes the file whole, so that nobody reads half of it.
    pub(crate) fn announce(&self, folder: &DataFolder) -> Result<Announced, Problem> {
        let announced = Announced { file: folder.addresses() };
        let draft = folder.addresses_draft();
        let write = || {
            let mut file = private_file().create(true).truncate(true).open(&draft)?;
            file.write_all(serde_json::to_string(self)?.as_bytes())?;
            fs::rename(&draft, &announced.file)
        };
        write().map_err(|error: io::Error| folder.problem(&error))?;
        Ok(announced)
    }

    /// What the roster says that holds the folder's lock.
    pub(crate) fn of_folder(folder: &DataFolder) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.addresses()).ok()?).ok()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Somebody who finds it without a lock does not believe it.
        let _ = fs::remove_file(&self.file);
    }
}
