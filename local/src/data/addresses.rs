//! The URLs of a running bundle's stand-ins for AWS. They are written into its data folder, so that
//! commands can work beside the bundle.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{DataFolder, private_file};
use crate::problem::Problem;

/// The URLs of the stand-ins for AWS, all on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The URL of `DynamoDB`.
    pub dynamodb: String,
    /// The URL of SQS.
    pub sqs: String,
    /// The URL of KMS.
    pub kms: String,
    /// The URL of the queue of due purges.
    pub purge_queue: String,
    /// The URL of its dead-letter queue.
    pub dead_letter_queue: String,
}

/// The file with the addresses. Dropping this removes it.
///
/// After a crash the file stays behind, but it only counts while the folder's lock is held. Each
/// process that takes the lock removes an old file first.
#[derive(Debug)]
pub(crate) struct Announced {
    file: PathBuf,
}

impl Addresses {
    /// Writes the file under another name first and then renames it, so that nobody reads half of
    /// it.
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

    /// The addresses that the holder of the folder's lock has written.
    pub(crate) fn of_folder(folder: &DataFolder) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.addresses()).ok()?).ok()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // If the removal fails, the file does no harm: without the lock it does not count.
        let _ = fs::remove_file(&self.file);
    }
}
