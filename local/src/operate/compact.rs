//! Makes deleted bytes leave the data folder: `SQLite` keeps them in free space until something is written over them.

use std::{fs, path::Path};

use crate::{data::DataFolder, problem::Problem};

/// The size of the tables on disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Before, the write-ahead log among it.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// Writes the tables of a stopped bundle anew, with what is stored and nothing else.
///
/// Takes the folder's lock, and disk space for a second copy until it ends. It may be ended any time: the tables are then as they were.
///
/// # Errors
///
/// A folder without tables, one that another roster uses, and tables that cannot be read or written.
pub fn compact(path: &Path) -> Result<Compacted, Problem> {
    // Opening would make the folder and the tables.
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
