//! The README as data: sections, fenced blocks and tables.

use std::path::PathBuf;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The whole text.
pub fn text() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The text under a heading, without the sections under it, which have names of their own.
pub fn section(heading: &str) -> String {
    let text = text();
    let mut in_fence = false;
    let mut lines = text.lines().skip_while(|line| *line != heading).skip(1).peekable();
    assert!(lines.peek().is_some(), "the README has no {heading}");
    let section = lines.take_while(|line| {
        in_fence ^= line.starts_with("```");
        in_fence || !line.starts_with("## ") && !line.starts_with("### ")
    });
    section.map(|line| format!("{line}\n")).collect()
}

/// The fenced blocks of a section, each with its language.
pub fn fences(section: &str) -> Vec<(String, String)> {
    let mut fences = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in section.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => fences.extend(open.take()),
            (None, Some((_, body))) => *body += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    fences
}

/// The rows of all tables of a section, without their heads, as cells.
pub fn rows(section: &str) -> Vec<Vec<String>> {
    let lines: Vec<_> = section.lines().collect();
    let is_head = |index: usize| lines.get(index + 1).is_some_and(|next| next.starts_with("|---"));
    let rows = lines
        .iter()
        .enumerate()
        .filter(|(index, line)| line.starts_with('|') && !line.starts_with("|---") && !is_head(*index));
    rows.map(|(_, line)| {
        let cells = line.trim().trim_start_matches('|').trim_end_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// What stands in backticks.
pub fn code(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
