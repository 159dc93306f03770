//! The size of a deployment.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
};

use flate2::{Compression, write::DeflateEncoder};
use serde::Serialize;

use crate::failure::{Context, Failure};

/// The overhead of a file in a zip archive, without its name: local header, central header and data
/// descriptor.
const ENTRY_BYTES: u64 = 30 + 46 + 16;

/// The size of an upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// The bytes without compression.
    pub bytes: u64,
    /// The bytes in a zip archive with the best compression.
    pub zipped: u64,
}

impl Size {
    /// The size of a file, or of all files below a folder. `skip` excludes names.
    pub fn of(path: &Path, skip: &dyn Fn(&str) -> bool) -> Result<Self, Failure> {
        if !path.is_dir() {
            return Self::of_file(path);
        }
        let mut size = Self::default();
        for entry in fs::read_dir(path).context(path.display())? {
            let entry = entry.context(path.display())?;
            if !skip(&entry.file_name().to_string_lossy()) {
                size = size.and(Self::of(&entry.path(), skip)?);
            }
        }
        Ok(size)
    }

    /// The sum of two sizes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, zipped: self.zipped + other.zipped }
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let mut file = fs::File::open(path).context(path.display())?;
        let mut encoder = DeflateEncoder::new(Counter(0), Compression::best());
        let bytes = io::copy(&mut file, &mut encoder).context(path.display())?;
        let Counter(deflated) = encoder.finish().context(path.display())?;
        let name = 2 * path.file_name().map_or(0, |name| name.len() as u64);
        Ok(Self { bytes, zipped: deflated + ENTRY_BYTES + name })
    }
}

/// The number of crates that a package links, including itself, by `cargo tree`. Crates that only
/// run in the compiler do not count.
pub(crate) fn crates_of(package: &str, folder: &Path) -> Result<usize, Failure> {
    let mut tree = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tree.args(["tree", "--package", package, "--edges", "normal,no-proc-macro", "--prefix", "none", "--locked"]);
    let output = tree.current_dir(folder).output().context("cargo tree")?;
    if !output.status.success() {
        return Err(Failure::new(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr))));
    }
    Ok(distinct(&String::from_utf8_lossy(&output.stdout)))
}

/// The number of different names and versions in the output of `cargo tree`.
fn distinct(tree: &str) -> usize {
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    });
    crates.collect::<std::collections::BTreeSet<_>>().len()
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_and_two_versions_of_it_twice() {
        let tree = "a v1.0.0 (/somewhere/a)\nb v2.0.0\nb v1.0.0\n\nb v2.0.0 (*)\n";
        assert_eq!(distinct(tree), 3);
    }

    #[test]
    fn a_folder_is_the_sum_of_its_files_without_those_that_are_skipped() {
        let folder = std::env::temp_dir().join(format!("roster-bench-size-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner/__pycache__")).unwrap();
        fs::write(folder.join("a"), vec![0; 10_000]).unwrap();
        fs::write(folder.join("inner/b"), vec![0; 500]).unwrap();
        fs::write(folder.join("inner/__pycache__/c"), vec![0; 700]).unwrap();
        let size = Size::of(&folder, &|name| name == "__pycache__").unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(size.bytes, 10_500);
        assert!(size.zipped < 500, "{}", size.zipped);
    }
}
