//! Erases deleted bytes from the data folder. `SQLite` keeps them in free space until other bytes
//! overwrite them.

use std::{fs, path::Path};

use crate::{data::DataFolder, problem::Problem};

/// The size of the tables on disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// The size before compaction, including the write-ahead log.
    pub before: u64,
    /// The size after compaction.
    pub after: u64,
}

/// Writes the tables of a stopped bundle into a new file that holds the current items and nothing
/// else.
///
/// Takes the folder's lock, and needs disk space for a second copy until it ends. It can be killed
/// at any time without damage to the tables.
///
/// # Errors
///
/// The folder has no tables, another roster uses it, or the tables cannot be read or written.
pub fn compact(path: &Path) -> Result<Compacted, Problem> {
    // To open the folder would make it and its tables.
    if !DataFolder::has_tables(path) {
        return Err(Problem::NoTables(path.to_owned()));
    }
    let folder = DataFolder::open(path)?;
    let lock = folder.lock()?;
    let before = folder.size_of_tables(&lock)?;
    let database = folder.open_database()?;
    database.vacuum().map_err(|error| folder.problem(&error))?;
    // The last connection to close moves the write-ahead log into the tables and deletes it.
    drop(database);
    if fs::exists(folder.write_ahead_log()).map_err(|error| folder.problem(&error))? {
        return Err(folder.problem(&"roster.db-wal is still there: does another program have the tables open?"));
    }
    Ok(Compacted { before, after: folder.size_of_tables(&lock)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_tables_is_refused_and_not_made() {
        let path = std::env::temp_dir().join(format!("roster-compact-{}", uuid::Uuid::new_v4()));
        assert!(matches!(compact(&path), Err(Problem::NoTables(_))));
        assert!(!path.exists());
    }
}
