//! The documents as data: pages, their sections, fenced blocks and tables.

use std::path::PathBuf;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A page, by the path that citations give it.
pub struct Page {
    pub path: String,
    pub text: String,
}

/// The page of this name in `docs`.
pub fn page(name: &str) -> Page {
    Page::read(&format!("docs/{name}.md"))
}

pub fn readme() -> Page {
    Page::read("README.md")
}

/// README.md and every page of `docs`, those of the contracts too.
pub fn pages() -> Vec<Page> {
    let (mut folders, mut pages) = (vec!["docs".to_owned()], vec![readme()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(".md") {
                pages.push(Page::read(&path));
            }
        }
    }
    pages
}

impl Page {
    fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), text }
    }

    /// The text under a heading, with the sections under it.
    pub fn section(&self, heading: &str) -> String {
        let headings = headings(&self.text);
        let start = headings.iter().position(|it| it.text == heading);
        let start = start.unwrap_or_else(|| panic!("{} has no heading {heading:?}", self.path));
        let (first, rest) = (&headings[start], &headings[start + 1..]);
        let end = rest.iter().find(|it| it.level <= first.level).map_or(usize::MAX, |it| it.line - 1);
        self.text.lines().take(end).skip(first.line).map(|line| format!("{line}\n")).collect()
    }
}

/// A heading of a page, with the number of its line, from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Heading {
    pub level: usize,
    pub text: String,
    pub line: usize,
}

/// The headings of a text, without what only looks so in a fenced block.
pub fn headings(text: &str) -> Vec<Heading> {
    let lines = outside_fences(text);
    let headings = lines.into_iter().filter_map(|(line, content)| {
        let level = content.bytes().take_while(|byte| *byte == b'#').count();
        let text = content[level..].strip_prefix(' ').filter(|_| level > 0)?;
        Some(Heading { level, text: text.trim().to_owned(), line })
    });
    headings.collect()
}

/// The lines that are in no fenced block, with their numbers, from 1.
pub fn outside_fences(text: &str) -> Vec<(usize, &str)> {
    let mut in_fence = false;
    let lines = text.lines().enumerate().filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_fence ^= is_fence;
        !in_fence && !is_fence
    });
    lines.map(|(index, line)| (index + 1, line)).collect()
}

/// The fenced blocks of a text, each with what stands behind its backticks: the language, and
/// perhaps more.
pub fn fences(text: &str) -> Vec<(String, String)> {
    let mut fences = Vec::new();
    let mut open: Option<(String, String)> = None;
    let mut indent = 0;
    for line in text.lines() {
        // In an item of a list, a block is indented as the item is.
        let bare = line.trim_start();
        if open.is_none() {
            indent = line.len() - bare.len();
        }
        let line = &line[indent.min(line.len() - bare.len())..];
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => fences.extend(open.take()),
            (None, Some((_, body))) => *body += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    fences
}

/// The rows of all tables of a text, without their heads, as cells.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<_> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with("|-") || line.starts_with("|:") || line.starts_with("| -");
    let is_head = |index: usize| lines.get(index + 1).is_some_and(|next| is_rule(next));
    let rows =
        lines.iter().enumerate().filter(|(index, line)| line.starts_with('|') && !is_rule(line) && !is_head(*index));
    rows.map(|(_, line)| {
        let cells = line.trim().trim_start_matches('|').trim_end_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The texts between backticks.
pub fn code(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
