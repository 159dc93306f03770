//! How long pages, lines and sentences are.

use std::fs;

use tests::docs::{Page, headings, outside_fences, pages, root};

use crate::{Finding, anchors::plain, none};

/// Other pages whose sentences and lines are checked.
const OTHERS: [&str; 4] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md"];

const COLUMNS: usize = 100;
const WORDS: usize = 40;

/// Words that end with a full stop within a sentence.
const ABBREVIATIONS: [&str; 4] = ["e.g.", "i.e.", "vs.", "cf."];

/// Lines that are read as sentences, with their numbers: no blocks, tables, headings, tags and
/// targets of links.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let is_prose = |line: &str| {
        let line = line.trim_start();
        let is_target = line.starts_with('[') && line.contains("]: ");
        !line.starts_with(['|', '#', '<']) && !is_target
    };
    outside_fences(text).into_iter().map(|(number, line)| (number, if is_prose(line) { line } else { "" })).collect()
}

/// The numbers of the lines that are too long and could be wrapped.
fn long_lines(text: &str) -> Vec<usize> {
    let is_long = |line: &str| line.chars().count() > COLUMNS && without_marker(line).contains(' ');
    prose(text).into_iter().filter(|(_, line)| is_long(line)).map(|(number, _)| number).collect()
}

/// A line without what makes it an item of a list, or a quotation.
fn without_marker(line: &str) -> &str {
    let line = line.trim_start();
    let unnumbered = line.trim_start_matches(|char: char| char.is_ascii_digit());
    let item = unnumbered.strip_prefix(". ").filter(|_| unnumbered.len() < line.len());
    let item = item
        .or_else(|| line.strip_prefix("- "))
        .or_else(|| line.strip_prefix("* "))
        .or_else(|| line.strip_prefix("> "));
    item.unwrap_or(line).trim_start()
}

/// The sentences with their numbers of words, and the lines on which their paragraphs begin.
fn sentences(text: &str) -> Vec<(usize, usize, String)> {
    let mut paragraphs: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (number, line) in prose(text) {
        let content = without_marker(line);
        is_open &= content.len() == line.trim_start().len();
        match paragraphs.last_mut() {
            Some((_, paragraph)) if is_open => *paragraph += &format!(" {content}"),
            _ => paragraphs.push((number, content.to_owned())),
        }
        is_open = !content.is_empty();
    }
    let sentences = paragraphs.into_iter().flat_map(|(line, paragraph)| {
        split(&shown(&paragraph)).into_iter().map(move |(words, sentence)| (line, words, sentence)).collect::<Vec<_>>()
    });
    sentences.collect()
}

/// Stands for the backticks around code, so that a sentence can be seen to begin with code.
const CODE: char = '\u{1}';

/// A paragraph as it is shown; what stands in backticks is one word.
fn shown(paragraph: &str) -> String {
    let parts = paragraph.split('`').enumerate();
    let is_code = |index: usize| index % 2 == 1;
    let parts = parts.map(|(index, part)| match is_code(index) {
        true => format!("{CODE}{}{CODE}", part.replace(' ', "_")),
        false => part.to_owned(),
    });
    plain(&parts.collect::<String>())
}

/// The sentences of a paragraph: they end with a mark behind which no word in lower case goes on.
fn split(paragraph: &str) -> Vec<(usize, String)> {
    let (mut sentences, mut open): (Vec<(usize, String)>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut words = paragraph.split_whitespace().peekable();
    while let Some(word) = words.next() {
        open.push(word);
        let ends = word.trim_end_matches([')', '"', '\'', '*', '_']).ends_with(['.', '!', '?']);
        let goes_on = words.peek().is_some_and(|next| next.starts_with(char::is_lowercase));
        if words.peek().is_none() || ends && !goes_on && !ABBREVIATIONS.contains(&word.trim_start_matches('(')) {
            let count = open.iter().filter(|word| word.contains(char::is_alphanumeric)).count();
            sentences.push((count, open.join(" ").replace(CODE, "`")));
            open.clear();
        }
    }
    sentences
}

fn all() -> Vec<Page> {
    let others = OTHERS.map(|path| {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Page { path: path.to_owned(), text }
    });
    pages().into_iter().chain(others).collect()
}

#[test]
fn no_page_is_too_long_to_be_read() {
    let pages = all();
    assert!(pages.iter().any(|page| page.path.starts_with("docs/contract/")), "the contracts are among the pages");
    let mut findings = Vec::new();
    for Page { path, text } in &pages {
        let lines = text.lines().count();
        let limit = match path.as_str() {
            "README.md" => 150,
            _ if path.starts_with("docs/") && !path.starts_with("docs/contract/") => 400,
            _ => usize::MAX,
        };
        if lines > limit {
            findings.push(Finding {
                path: path.clone(),
                line: limit + 1,
                what: format!("{lines} lines, of at most {limit}"),
            });
        }
        if path == "ARCHITECTURE.md" && text.len() > 12 * 1024 {
            findings.push(Finding {
                path: path.clone(),
                line: 1,
                what: format!("{} bytes, of at most 12 KB", text.len()),
            });
        }
        if headings(text).first().is_none_or(|first| first.level != 1 || first.line != 1) {
            findings.push(Finding { path: path.clone(), line: 1, what: "does not open with its title".to_owned() });
        }
    }
    none(&findings);
}

#[test]
fn no_line_of_prose_is_too_wide_and_no_sentence_too_long() {
    let mut findings = Vec::new();
    for Page { path, text } in all() {
        let finding = |line, what| Finding { path: path.clone(), line, what };
        findings
            .extend(long_lines(&text).into_iter().map(|line| finding(line, format!("more than {COLUMNS} columns"))));
        let long = sentences(&text).into_iter().filter(|(_, words, _)| *words > WORDS);
        findings.extend(long.map(|(line, words, sentence)| finding(line, format!("{words} words: {sentence}"))));
    }
    none(&findings);
}

#[test]
fn only_prose_that_can_be_wrapped_is_too_wide() {
    let long = format!("a {}", "b".repeat(COLUMNS));
    let text = format!(
        "{long}\n\n| {long} |\n# {long}\n```\n{long}\n```\n[{long}]: {long}\n<!-- {long} -->\n- {}\n- {long}\n",
        &long[2..]
    );
    assert_eq!(long_lines(&text), [1, 11]);
    assert_eq!(long_lines(&"ä".repeat(COLUMNS / 2).repeat(2)), [0; 0]);
}

#[test]
fn sentences_run_over_lines_and_end_with_their_paragraphs() {
    let text = "One two, e.g. three. `a b. C` four (five, `v. `). `six`\nSix\nseven.\n- Eight\n  nine\n- Ten [eleven](b.md) v1.2. Is it? No!\n\n1. Last\n";
    let counts: Vec<_> =
        sentences(text).into_iter().map(|(line, words, _)| (line, words)).filter(|(_, words)| *words > 0).collect();
    assert_eq!(counts, [(1, 4), (1, 4), (1, 3), (4, 2), (6, 3), (6, 2), (6, 1), (8, 1)]);
}
