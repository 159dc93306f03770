//! What is written for people: prose and comments, without what is code.

use std::{iter::Peekable, str::CharIndices};

/// Some lines of a file as one text, so that what is wrapped can be read over the end of a line.
pub struct Joined {
    pub text: String,
    /// Where each line begins in the text, and its number in the file.
    lines: Vec<(usize, usize)>,
}

impl Joined {
    pub fn of<'t>(lines: impl IntoIterator<Item = (usize, &'t str)>) -> Self {
        let mut joined = Self { text: String::new(), lines: Vec::new() };
        for (number, line) in lines {
            joined.lines.push((joined.text.len(), number));
            joined.text.push_str(without_leader(line));
            joined.text.push('\n');
        }
        joined
    }

    /// The number of the line at this place of the text.
    pub fn line(&self, at: usize) -> usize {
        self.lines.iter().take_while(|(start, _)| *start <= at).last().map_or(0, |(_, number)| *number)
    }
}

/// A line without what makes it a comment, a quotation, or a continued text.
fn without_leader(line: &str) -> &str {
    let line = line.trim().trim_end_matches('\\');
    let bare =
        if line.starts_with("//") { line.trim_start_matches(['/', '!']) } else { line.trim_start_matches(['#', '>']) };
    bare.trim_start()
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Markdown, which is prose throughout.
    Page,
    /// A language with comments behind `//`: those are read, and of the code only the names of pages.
    Slashes,
    /// A script, a setting or the template, where paths are real ones in comments and commands alike.
    Script,
    /// Data, of which only the names of pages are read.
    Data,
}

pub fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("md") => Kind::Page,
        Some("rs" | "mjs" | "js" | "ts") => Kind::Slashes,
        Some("json" | "lock" | "patch" | "txt" | "svg") => Kind::Data,
        _ => Kind::Script,
    }
}

/// The comments of a source, and the rest.
pub fn comments(source: &str) -> (Joined, Joined) {
    let parts = || source.lines().enumerate().map(|(index, line)| (index + 1, line, comment(line)));
    let comments = parts().filter_map(|(number, line, at)| at.map(|at| (number, &line[at..])));
    let code = parts().map(|(number, line, at)| (number, &line[..at.unwrap_or(line.len())]));
    (Joined::of(comments), Joined::of(code))
}

/// Where the comment of a line begins: at `//` behind nothing or a blank, outside of a text.
fn comment(line: &str) -> Option<usize> {
    let mut chars = line.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => skip_text(&mut chars),
            '/' if before.is_whitespace() && chars.peek().is_some_and(|(_, next)| *next == '/') => return Some(at),
            _ => {}
        }
        before = char;
    }
    None
}

fn skip_text(chars: &mut Peekable<CharIndices<'_>>) {
    while let Some((_, char)) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '"' => return,
            _ => {}
        }
    }
}

#[test]
fn comments_are_told_from_code_and_keep_their_lines() {
    let source = "//! One\n//! two.\nlet a = \"// no\"; // yes\nlet b = 'x';\n    /// three\n";
    let (comments, code) = comments(source);
    assert_eq!(comments.text, "One\ntwo.\nyes\nthree\n");
    assert_eq!(
        ["One", "two", "yes", "three"].map(|word| comments.line(comments.text.find(word).unwrap())),
        [1, 2, 3, 5]
    );
    assert!(code.text.contains("// no") && code.text.contains("let b") && !code.text.contains("yes"));
}
