use std::{
    env, fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// The path of a folder that does not exist yet. Dropping this removes the folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// A path in the system's temporary folder.
    pub fn new() -> Self {
        Self::within(&env::temp_dir())
    }

    /// A path in this folder.
    pub fn within(parent: &Path) -> Self {
        Self(parent.join(format!("roster-{}", Uuid::new_v4())))
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path as an argument.
    pub fn text(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
