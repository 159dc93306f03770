use std::{
    env, fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// The name of a folder that nobody has. What is there is removed when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// Among the temporary files.
    pub fn new() -> Self {
        Self::within(&env::temp_dir())
    }

    /// Within this folder.
    pub fn within(parent: &Path) -> Self {
        Self(parent.join(format!("roster-{}", Uuid::new_v4())))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its path as an argument.
    pub fn text(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
