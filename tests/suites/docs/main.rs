//! The documents hold together: whatever a text names is in the repository, and a page can be read.

mod anchors;
mod citations;
mod links;
mod named;
mod prose;
mod text;
mod tree;

use std::fmt;

/// Something that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Fails with every finding on a line of its own, as editors read them.
fn none(findings: &[Finding]) {
    let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    assert!(findings.is_empty(), "{} findings:\n{lines}", findings.len());
}
