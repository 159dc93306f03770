//! The texts for people: prose and comments, without code.

use std::{iter::Peekable, str::CharIndices};

/// Some lines of a file as one text, so that what is wrapped can be read over the end of a line.
pub struct Joined {
    pub text: String,
    /// The start of each line in the text, and its number in the file.
    lines: Vec<(usize, usize)>,
}

impl Joined {
    pub fn of<'t>(lines: impl IntoIterator<Item = (usize, &'t str)>) -> Self {
        let mut joined = Self { text: String::new(), lines: Vec::new() };
        let mut was_comment = None;
        for (number, line) in lines {
            // The text of a comment does not go on in the code behind it.
            let is_comment = line.trim_start().starts_with('#') || line.trim_start().starts_with("//");
            if was_comment.replace(is_comment).is_some_and(|was| was != is_comment) {
                joined.text.push('\n');
            }
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
    let bare = if line.starts_with("//") || line.starts_with("/*") {
        line.trim_start_matches(['/', '*', '!'])
    } else {
        line.trim_start_matches(['#', '>', '*'])
    };
    bare.trim_start()
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Markdown, which is prose throughout.
    Page,
    /// A mutant: prose, and behind it the changes to a file.
    Patch,
    /// A language with comments behind `//` or in `/* */`: those are read, and of the code only the
    /// names of pages and of files below our folders.
    Slashes,
    /// A script, a setting or the template, where paths are real ones in comments and commands
    /// alike.
    Script,
    /// Data, of which only the names of pages are read.
    Data,
}

pub fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("md") => Kind::Page,
        Some("rs" | "mjs" | "js" | "ts") => Kind::Slashes,
        Some("patch") => Kind::Patch,
        Some("json" | "lock" | "txt" | "svg" | "gitignore") => Kind::Data,
        _ => Kind::Script,
    }
}

/// The lines of a text with their numbers, from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// The head of a patch, and the rest.
pub fn head(patch: &str) -> (Joined, Joined) {
    let length = numbered(patch).take_while(|(_, line)| !line.starts_with("---")).count();
    (Joined::of(numbered(patch).take(length)), Joined::of(numbered(patch).skip(length)))
}

/// The comments of a source, and the rest.
pub fn comments(source: &str) -> (Joined, Joined) {
    let (mut comments, mut code) = (Vec::new(), Vec::new());
    let mut is_open = false;
    for (number, line) in numbered(source) {
        let at = if is_open { Some(0) } else { comment(line) };
        let (before, comment) = line.split_at(at.unwrap_or(line.len()));
        is_open = (is_open || comment.starts_with("/*")) && !comment.contains("*/");
        code.push((number, before));
        comments.extend(at.map(|_| (number, comment)));
    }
    (Joined::of(comments), Joined::of(code))
}

/// The start of the comment of a line: at `//` or `/*` behind nothing or a blank, outside of a
/// text. What follows a `*/` on its line is read with the comment.
fn comment(line: &str) -> Option<usize> {
    let mut chars = line.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, char)) = chars.next() {
        let rest = &line[at..];
        match char {
            '\'' => {
                // A quotation mark alone is no text.
                let mark = ["'\"'", "'\\\"'"].into_iter().find(|mark| rest.starts_with(mark));
                chars.by_ref().take(mark.map_or(0, |mark| mark.len() - 1)).for_each(drop);
            }
            '"' => skip_text(&mut chars),
            '/' if before.is_whitespace() && (rest.starts_with("//") || rest.starts_with("/*")) => return Some(at),
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

#[test]
fn comments_in_blocks_and_behind_quotation_marks_are_found() {
    let source = "a('\"') // one\nb('\\\"') /* two */\n/* three\n * four\n */\nc(\"/* no\")\nd /* five\nsix */\ne()\n";
    let (comments, code) = comments(source);
    assert_eq!(
        comments.text.split_whitespace().filter(|word| *word != "*/").collect::<Vec<_>>(),
        ["one", "two", "three", "four", "/", "five", "six"]
    );
    assert!(code.text.contains("/* no") && code.text.ends_with("e()\n"));
}

#[test]
fn a_patch_has_a_head() {
    let (head, changes) = head("One.\n\nBuild: two\n--- a/b\n+++ a/b\n");
    assert_eq!((head.text.as_str(), changes.line(0)), ("One.\n\nBuild: two\n", 4));
}
