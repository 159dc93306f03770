//! The files that a clone has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use tests::docs::root;

/// The files of the repository, by path from its root.
pub struct Tree {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    /// The files that are UTF-8.
    pub texts: BTreeMap<String, String>,
    /// Paths that git ignores, because a build or a deployment makes them.
    ignored: Vec<String>,
}

impl Tree {
    /// The files that git knows or would add. Where there is no git, all but what it would leave
    /// out.
    pub fn load() -> Self {
        let gitignore = fs::read_to_string(root().join(".gitignore")).unwrap();
        let ignored = [".git".to_owned()];
        let ignored: Vec<_> = gitignore.lines().map(|line| line.trim_matches('/').to_owned()).chain(ignored).collect();
        let files = listed_by_git().unwrap_or_else(|| {
            let mut files = Vec::new();
            walk("", &ignored, &mut files);
            files
        });
        let there = files.into_iter().filter(|path| root().join(path).is_file());
        let read = there.map(|path| {
            let text = fs::read(root().join(&path)).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            (path, text)
        });
        Self::new(read.collect(), ignored)
    }

    pub fn new(files: Vec<(String, Option<String>)>, ignored: Vec<String>) -> Self {
        let mut tree = Self { files: BTreeSet::new(), folders: BTreeSet::new(), texts: BTreeMap::new(), ignored };
        for (path, text) in files {
            let ends = path.match_indices('/').map(|(end, _)| path[..end].to_owned());
            tree.folders.extend(ends);
            tree.texts.extend(text.map(|text| (path.clone(), text)));
            tree.files.insert(path);
        }
        tree
    }

    /// Whether this is a file or a folder.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains(path) || self.folders.contains(path)
    }

    /// Whether a file has this name, or these last parts of its path.
    pub fn has_end(&self, end: &str) -> bool {
        self.files.iter().any(|file| file.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
    }

    /// Whether this is in one of the folders at the root, or would be if it existed.
    pub fn is_below(&self, path: &str) -> bool {
        path.split_once('/').is_some_and(|(first, _)| self.folders.contains(first))
    }

    /// Whether the reader makes this by building or deploying.
    pub fn is_ignored(&self, path: &str) -> bool {
        let within = |name: &String| {
            path.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.ignored.iter().any(within)
    }
}

fn listed_by_git() -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let output = git.output().ok().filter(|output| output.status.success())?;
    let files = String::from_utf8(output.stdout).ok()?;
    let files: Vec<_> = files.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    // A repository around this folder knows none of its files.
    files.iter().any(|path| path == "Cargo.toml").then_some(files)
}

fn walk(folder: &str, ignored: &[String], files: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if ignored.contains(&name) {
            continue;
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.path().is_dir() {
            walk(&path, ignored, files);
        } else {
            files.push(path);
        }
    }
}

/// The path that another one leads to from this file, or nothing where it leaves the repository.
pub fn resolve(file: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<_> = file.split('/').collect();
    parts.pop();
    if relative.starts_with('/') {
        parts.clear();
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn a_relative_path_starts_at_the_folder_of_its_file_and_may_leave_the_repository() {
    assert_eq!(resolve("docs/contract/a.md", "../b.md").as_deref(), Some("docs/b.md"));
    assert_eq!(resolve("docs/a.md", "./b.md").as_deref(), Some("docs/b.md"));
    assert_eq!(resolve("docs/a.md", "/LICENSE").as_deref(), Some("LICENSE"));
    assert_eq!(resolve("docs/a.md", "../..").as_deref(), None);
    assert_eq!(resolve("a.md", "../shared/b.md"), None);
}

#[test]
fn files_folders_and_ends_of_paths_are_found_and_nothing_else() {
    let tree = Tree::new(vec![("docs/api.md".into(), None), ("LICENSE".into(), None)], vec!["target".into()]);
    assert!(tree.has("docs/api.md") && tree.has("docs/") && tree.has("LICENSE"));
    assert!(!tree.has("docs/ap") && !tree.has("doc"));
    assert!(tree.has_end("api.md") && !tree.has_end("pi.md"));
    assert!(tree.is_below("docs/nothing.md") && !tree.is_below("LICENSE") && !tree.is_below("other/a.md"));
    assert!(tree.is_ignored("target/a.json") && !tree.is_ignored("targets"));
}

#[test]
fn what_git_lists_is_what_the_walk_finds() {
    let tree = Tree::load();
    for path in ["README.md", "tests/suites/docs/tree.rs", ".ci/run", "template.yaml"] {
        assert!(tree.texts.contains_key(path), "{path}");
    }
    assert!(!tree.files.iter().any(|file| file.starts_with("target/") || file.starts_with(".git/")));
}
