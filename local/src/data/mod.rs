//! The data folder: its files, its lock, and the files that `--fresh` deletes.

mod addresses;
mod keys;

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use dynoxide::Database;

pub use addresses::Addresses;

pub(crate) use addresses::Announced;

use crate::problem::Problem;

/// The file that marks a folder as Roster's. It is locked while a roster runs.
const LOCK: &str = "roster.lock";
/// The tables: `SQLite`'s file and its two companions.
const DATABASE: &str = "roster.db";
const WRITE_AHEAD_LOG: &str = "roster.db-wal";
const DATABASE_FILES: [&str; 3] = [DATABASE, WRITE_AHEAD_LOG, "roster.db-shm"];
/// The private development key.
const KEY: &str = "dev-key.pk8";
/// The private key that signs seals.
const SEAL_KEY: &str = "seal-key.pk8";
/// The ids of the private keys that sign access tokens.
pub(crate) const LOGIN_KEYS: [&str; 2] = ["login-key-1", "login-key-2"];
/// The id of the private key that signs the proofs of the platforms.
pub(crate) const PLATFORM_KEY: &str = "platform-key";
/// The URLs of a running roster's stand-ins for AWS.
const ADDRESSES: &str = "roster.addresses";
/// The name under which the addresses are written first.
const ADDRESSES_DRAFT: &str = "roster.draft";

/// A folder that belongs to Roster.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

/// The sole right to use a folder. It ends when this is dropped, or when the process ends in any
/// way.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl DataFolder {
    /// Opens the folder, or makes it, private to the user. A folder with another program's files is
    /// refused. Roster's files are private to the user, also in a folder that others can read.
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let folder = Self { path: path.to_owned() };
        match fs::read_dir(path) {
            Ok(entries) => folder.refuse_foreign(entries)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                private_folder().create(path).map_err(|error| folder.problem(&error))?;
            }
            Err(error) => return Err(folder.problem(&error)),
        }
        folder.narrow_files()?;
        folder.open_lock()?;
        Ok(folder)
    }

    /// Takes the sole right to use the folder. Removes the addresses that a crashed process left
    /// behind.
    pub(crate) fn lock(&self) -> Result<FolderLock, Problem> {
        let file = self.open_lock()?;
        match file.try_lock() {
            Ok(()) => match fs::remove_file(self.addresses()) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(self.problem(&error)),
                _ => Ok(FolderLock { _file: file }),
            },
            Err(TryLockError::WouldBlock) => Err(Problem::FolderLocked(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(self.problem(&error)),
        }
    }

    /// Deletes the tables and nothing else. The keys stay, so that tokens remain valid.
    pub(crate) fn delete_tables(&self, _held: &FolderLock) -> Result<(), Problem> {
        for name in DATABASE_FILES {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.problem(&error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether there are tables in this folder.
    pub(crate) fn has_tables(path: &Path) -> bool {
        path.join(DATABASE).is_file()
    }

    /// Opens the tables, or makes them. The caller must hold the lock until the tables are closed.
    pub(crate) fn open_database(&self) -> Result<Database, Problem> {
        let path = self.path.join(DATABASE);
        // SQLite would make the file readable by others. It gives its companion files the mode of
        // this one.
        private_file().create(true).open(&path).map_err(|error| self.problem(&error))?;
        let path = path.to_str().ok_or_else(|| self.problem(&"its name is not UTF-8"))?;
        let damaged = "roster.db cannot be opened: start with --fresh, or restore a good copy";
        Database::new(path).map_err(|_| self.problem(&damaged))
    }

    /// The size of the tables on disk, in bytes.
    pub(crate) fn size_of_tables(&self, _held: &FolderLock) -> Result<u64, Problem> {
        DATABASE_FILES.iter().try_fold(0, |sum, name| match fs::metadata(self.path.join(name)) {
            Ok(file) => Ok(sum + file.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(sum),
            Err(error) => Err(self.problem(&error)),
        })
    }

    /// The write-ahead log, which holds writes until they reach the tables. It only exists while
    /// the tables are open.
    pub(crate) fn write_ahead_log(&self) -> PathBuf {
        self.path.join(WRITE_AHEAD_LOG)
    }

    /// The path of the development key.
    pub(crate) fn key(&self) -> PathBuf {
        self.path.join(KEY)
    }

    /// The path of the key that signs seals.
    pub(crate) fn seal_key(&self) -> PathBuf {
        self.path.join(SEAL_KEY)
    }

    /// The path of a key that signs access tokens, or of the one that signs the proofs of the
    /// platforms.
    pub(crate) fn rsa_key(&self, id: &str) -> PathBuf {
        self.path.join(format!("{id}.pk8"))
    }

    /// The path of the file with the addresses of the stand-ins for AWS.
    pub(crate) fn addresses(&self) -> PathBuf {
        self.path.join(ADDRESSES)
    }

    /// The path under which that file is written first, so that nobody reads half of it.
    pub(crate) fn addresses_draft(&self) -> PathBuf {
        self.path.join(ADDRESSES_DRAFT)
    }

    pub(crate) fn problem(&self, problem: &dyn ToString) -> Problem {
        Problem::Folder { folder: self.path.clone(), problem: problem.to_string() }
    }

    fn refuse_foreign(&self, entries: fs::ReadDir) -> Result<(), Problem> {
        let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>();
        let names = names.map_err(|error| self.problem(&error))?;
        let ours = names.iter().any(|name| name == LOCK || name == DATABASE);
        if ours || names.is_empty() { Ok(()) } else { Err(Problem::NotOurFolder(self.path.clone())) }
    }

    fn open_lock(&self) -> Result<File, Problem> {
        private_file().create(true).open(self.path.join(LOCK)).map_err(|error| self.problem(&error))
    }

    /// Makes files private that an earlier version left readable by others.
    #[cfg(unix)]
    fn narrow_files(&self) -> Result<(), Problem> {
        use std::os::unix::fs::PermissionsExt;
        let narrow = |path: &Path| match fs::metadata(path) {
            Ok(file) if file.permissions().mode() & 0o777 != PRIVATE => {
                fs::set_permissions(path, fs::Permissions::from_mode(PRIVATE))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let named = DATABASE_FILES.into_iter().chain([LOCK, KEY, SEAL_KEY, ADDRESSES, ADDRESSES_DRAFT]);
        let rsa_keys = LOGIN_KEYS.into_iter().chain([PLATFORM_KEY]).map(|id| self.rsa_key(id));
        for path in named.map(|name| self.path.join(name)).chain(rsa_keys) {
            let shown = path.display();
            let problem = |error| self.problem(&format!("{shown} cannot be made private to its owner: {error}"));
            narrow(&path).map_err(problem)?;
        }
        Ok(())
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the folder's rights count here")]
    fn narrow_files(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Readable and writable by the user alone.
#[cfg(unix)]
const PRIVATE: u32 = 0o600;

/// Options for writing files that are private to the user.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE);
    options
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path in the system's temporary folder. Dropping this removes it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("roster-data-{}", uuid::Uuid::new_v4())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_new_folder_is_private_and_ours_the_next_time() {
        let scratch = Scratch::new();
        DataFolder::open(&scratch.0).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&scratch.0).unwrap().permissions().mode() & 0o777, 0o700);
        }
        DataFolder::open(&scratch.0).unwrap();
    }

    #[test]
    fn a_folder_with_other_files_is_refused_and_left_alone() {
        let scratch = Scratch::new();
        fs::create_dir(&scratch.0).unwrap();
        fs::write(scratch.0.join("thesis.txt"), "years of work").unwrap();
        assert!(matches!(DataFolder::open(&scratch.0), Err(Problem::NotOurFolder(_))));
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
    }

    #[test]
    fn fresh_deletes_the_tables_and_keeps_everything_else() {
        let scratch = Scratch::new();
        let folder = DataFolder::open(&scratch.0).unwrap();
        for name in ["roster.db", "roster.db-wal", "dev-key.pk8", "login-key-1.pk8", "notes.txt"] {
            fs::write(scratch.0.join(name), "x").unwrap();
        }
        folder.delete_tables(&folder.lock().unwrap()).unwrap();
        let mut left: Vec<_> = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["dev-key.pk8", "login-key-1.pk8", "notes.txt", "roster.lock"]);
    }

    #[test]
    fn a_folder_serves_one_roster_at_a_time() {
        let scratch = Scratch::new();
        let folder = DataFolder::open(&scratch.0).unwrap();
        let held = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(Problem::FolderLocked(_))));
        drop(held);
        folder.lock().unwrap();
    }
}
