//! The paths and headings that prose, comments and scripts name.

use tests::docs::{code, fences, headings, outside_fences};

use crate::{
    Finding,
    anchors::{anchors, plain},
    none,
    text::{Joined, Kind, comments, kind},
    tree::{Tree, resolve},
};

/// Kinds of files that a page may name without their folders.
const NAMED: [&str; 6] = ["rs", "toml", "yaml", "json", "sh", "py"];

/// This suite's own examples of what is wrong are no citations.
const EXAMPLES: &str = "tests/suites/docs/";

/// A path in a text, and what follows it.
#[derive(Debug, PartialEq, Eq)]
struct Named<'t> {
    /// Where it begins in the text.
    at: usize,
    path: &'t str,
    /// Behind `#`.
    anchor: Option<&'t str>,
    /// In quotes, behind a comma.
    headings: Vec<String>,
}

/// Everything in a text that can be a path: words that have a folder or an extension, but for addresses and patterns.
fn named(text: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut end = 0;
    while let Some(start) = text[end..].find(is_of_path).map(|start| end + start) {
        end = text[start..].find(|char| !is_of_path(char)).map_or(text.len(), |length| start + length);
        let path = text[start..end].trim_end_matches(['.', ':', '?', '=']);
        let is_place = path.contains('/') || path.rsplit_once('.').is_some_and(|(name, _)| !name.is_empty());
        let is_pattern = path.contains(|char| "{}*<>$~%?&=@+".contains(char)) || path.contains("://");
        if !is_place || is_pattern || path.starts_with(['/', '-']) {
            continue;
        }
        let rest = &text[start + path.len()..];
        let anchor = rest.strip_prefix('#').map(|rest| &rest[..rest.find(is_no_anchor).unwrap_or(rest.len())]);
        let path = path.strip_prefix("./").unwrap_or(path);
        // The number of a line may follow.
        let path = path.split_once(':').map_or(path, |(path, _)| path);
        found.push(Named { at: start, path, anchor: anchor.filter(|it| !it.is_empty()), headings: quoted(rest) });
    }
    found
}

fn is_of_path(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_./-{}*<>$~%?&=@+:".contains(char)
}

fn is_no_anchor(char: char) -> bool {
    !char.is_alphanumeric() && !matches!(char, '-' | '_')
}

/// The headings that follow a path: `, "One"`, and others behind a comma or "and".
fn quoted(rest: &str) -> Vec<String> {
    let mut headings = Vec::new();
    let mut rest = rest.trim_start_matches('`');
    loop {
        let behind =
            rest.strip_prefix(',').or_else(|| rest.trim_start().strip_prefix("and ").filter(|_| !headings.is_empty()));
        let Some(quote) = behind.map(|behind| behind.trim_start().trim_start_matches("and ").trim_start_matches('\\'))
        else {
            return headings;
        };
        let Some((heading, after)) = quote.strip_prefix('"').and_then(|quote| quote.split_once('"')) else {
            return headings;
        };
        let words: Vec<_> = heading.trim_end_matches('\\').split_whitespace().collect();
        headings.push(words.join(" "));
        rest = after;
    }
}

/// A page that is named so that no test can find it: by a bare name with a heading, or by a name that only its writers know.
fn unknown(text: &str, functions: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for page in ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "DESIGN"] {
        for (at, _) in text.match_indices(page) {
            let rest = text[at + page.len()..].trim_start_matches("'s").trim_start_matches('`');
            let behind_comma = rest.strip_prefix(',').map(str::trim_start);
            let word =
                behind_comma.unwrap_or_default().split(|char: char| !char.is_alphabetic()).next().unwrap_or_default();
            let is_word = word.starts_with(char::is_uppercase) && word.ends_with(char::is_lowercase);
            let quote = behind_comma.or_else(|| rest.strip_prefix(' ')).unwrap_or_default().trim_start_matches('\\');
            if is_word || quote.starts_with('"') {
                found.push((at, format!("names a heading of {page}, but not its path")));
            }
        }
    }
    for (at, word) in text.match_indices("seed ") {
        let name = text[at + word.len()..].trim_start_matches('`');
        let name = &name[..name.find(|char: char| !char.is_ascii_lowercase() && char != '-').unwrap_or(name.len())];
        if functions.contains(&name) {
            found.push((at, format!("names the seed {name}, which is not in the repository")));
        }
    }
    found
}

struct Reader<'t> {
    tree: &'t Tree,
    path: &'t str,
    findings: Vec<Finding>,
    count: usize,
}

impl Reader<'_> {
    /// Every path of the prose of this file, or in data and code only the names of pages.
    fn read(&mut self, joined: &Joined, is_prose: bool) {
        let functions: Vec<_> =
            self.tree.texts.keys().filter_map(|path| path.strip_prefix("functions/")?.split('/').next()).collect();
        for (at, what) in unknown(&joined.text, &functions) {
            self.report(joined.line(at), what);
        }
        for named in named(&joined.text) {
            let is_page = named.path.ends_with(".md");
            if let Some(problem) = (is_page || is_prose).then(|| self.problem(&named)).flatten() {
                self.report(joined.line(named.at), problem);
            } else if is_page {
                self.check_headings(&named, joined.line(named.at));
            }
        }
    }

    fn report(&mut self, line: usize, what: String) {
        self.findings.push(Finding { path: self.path.to_owned(), line, what });
    }

    /// Where the path leads: from the root, or in a page also from its folder, as in its links.
    fn target(&self, path: &str) -> Option<String> {
        let from_here = || resolve(self.path, path).filter(|_| kind(self.path) == Kind::Page || path.contains(".."));
        let target = Some(path.to_owned()).filter(|path| self.tree.has(path)).or_else(from_here)?;
        self.tree.has(&target).then_some(target)
    }

    fn problem(&mut self, named: &Named<'_>) -> Option<String> {
        let path = named.path;
        if self.target(path).is_some() {
            self.count += 1;
            return None;
        }
        if path.split('/').next() == Some("..") && resolve(self.path, path).is_none() {
            return Some(format!("names {path}, which is outside of the repository"));
        }
        let is_ours = path.ends_with(".md") || path.starts_with("reference/") || self.tree.is_below(path);
        if is_ours && !self.tree.is_ignored(path) {
            return Some(format!("names {path}, which is not there"));
        }
        let is_named = path.rsplit_once('.').is_some_and(|(_, extension)| NAMED.contains(&extension));
        let is_known = || self.tree.has_end(path) || self.tree.is_ignored(path) || self.is_made_here(path);
        (kind(self.path) == Kind::Page && is_named && !is_known()).then(|| format!("names {path}, which is not there"))
    }

    /// Whether a command of this page has the file, so that its reader makes it.
    fn is_made_here(&self, path: &str) -> bool {
        let text = &self.tree.texts[self.path];
        let in_block = || fences(text).iter().any(|(_, body)| body.contains(path));
        let is_command = |words: &String| words.contains(' ') && words.split(' ').any(|word| word == path);
        let in_line = || outside_fences(text).into_iter().any(|(_, line)| code(line).iter().any(is_command));
        !path.contains('/') && (in_block() || in_line())
    }

    fn check_headings(&mut self, named: &Named<'_>, line: usize) {
        let Some(target) = self.target(named.path) else { return };
        let Some(text) = self.tree.texts.get(&target) else { return };
        let known: Vec<_> = headings(text).iter().map(|heading| plain(&heading.text)).collect();
        let missing = named.headings.iter().filter(|heading| !known.contains(&plain(heading)));
        let missing = missing.map(|heading| format!("cites {target}, \"{heading}\", and there is no such heading"));
        let anchor = named.anchor.filter(|anchor| !anchors(text).contains(*anchor));
        let anchor = anchor.map(|anchor| format!("cites {target}#{anchor}, and there is no such heading"));
        for what in missing.chain(anchor) {
            self.report(line, what);
        }
    }
}

/// How many paths are there, and what is wrong.
fn check(tree: &Tree) -> (usize, Vec<Finding>) {
    let (mut count, mut findings) = (0, Vec::new());
    for (path, text) in &tree.texts {
        let mut reader = Reader { tree, path, findings: Vec::new(), count: 0 };
        let whole = || Joined::of(text.lines().enumerate().map(|(index, line)| (index + 1, line)));
        match kind(path) {
            Kind::Page | Kind::Script => reader.read(&whole(), true),
            Kind::Data => reader.read(&whole(), false),
            Kind::Slashes => {
                let (comments, code) = comments(text);
                reader.read(&comments, true);
                if !path.starts_with(EXAMPLES) {
                    reader.read(&code, false);
                }
            }
        }
        count += reader.count;
        findings.extend(reader.findings);
    }
    (count, findings)
}

#[test]
fn every_path_and_heading_that_is_cited_is_there() {
    let (count, findings) = check(&Tree::load());
    assert!(count >= 200, "only {count} paths are seen");
    none(&findings);
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned())));
    Tree::new(files.collect(), vec!["target".into(), "parameters.yaml".into()])
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    check(&tree(files)).1.iter().map(ToString::to_string).collect()
}

#[test]
fn paths_are_found_with_anchors_and_headings_but_not_addresses_and_patterns() {
    let text = "See docs/a.md, \"One\nthing\" and \"Two\", or `docs/b.md#c-d`. Not https://x.org/docs/c.md, docs/{d}.md, /docs, a/*.";
    let named = named(text);
    let seen: Vec<_> = named.iter().map(|named| (named.path, named.anchor, named.headings.len())).collect();
    assert_eq!(seen, [("docs/a.md", None, 2), ("docs/b.md", Some("c-d"), 0)]);
    assert_eq!(named[0].headings, ["One thing", "Two"]);
    assert_eq!(quoted(", \\\"One\\\"."), ["One"]);
    assert!(quoted(" says \"One\"").is_empty() && quoted(", and \"so\" on").len() == 1);
}

#[test]
fn what_is_there_is_no_finding() {
    let page = "# A\n## What `b` is\nIn `parameters.yaml`, `target/x.json`, `a.rs` and `own.json`; see a.md and docs/a.md, \"A\".\n```sh\necho >own.json\n```\n";
    let code = "//! Rules (docs/a.md,\n//! \"What `b` is\"), and tests/a.rs.\nlet x = \"see docs/a.md, \\\"A\\\" and no/where.rs\";\n";
    let script = "# docs/a.md\nrun tests/a.rs target/out\n";
    assert_eq!(found(&[("docs/a.md", page), ("tests/a.rs", code), ("run", script)]), [""; 0]);
}

#[test]
fn what_is_not_there_is_found_with_its_line() {
    let page = ("docs/a.md", "# A\n");
    for (path, text, expected) in [
        ("docs/b.md", "\nA docs/c.md.\n", "docs/b.md:2: names docs/c.md, which is not there"),
        ("docs/b.md", "`none.json`\n", "docs/b.md:1: names none.json, which is not there"),
        ("docs/b.md", "docs/a.md, \"B\"\n", "docs/b.md:1: cites docs/a.md, \"B\", and there is no such heading"),
        ("docs/b.md", "`docs/a.md#b`\n", "docs/b.md:1: cites docs/a.md#b, and there is no such heading"),
        ("tests/a.rs", "/// A\n/// docs/c.md.\n", "tests/a.rs:2: names docs/c.md, which is not there"),
        (
            "tests/a.rs",
            "//! (docs/a.md,\n//! \"C\")\n",
            "tests/a.rs:1: cites docs/a.md, \"C\", and there is no such heading",
        ),
        (
            "tests/a.rs",
            "\nf(\"see docs/a.md, \\\"D\\\"\")\n",
            "tests/a.rs:2: cites docs/a.md, \"D\", and there is no such heading",
        ),
        ("tests/a.rs", "// DESIGN.md\n", "tests/a.rs:1: names DESIGN.md, which is not there"),
        ("tests/a.rs", "// (a.md)\n", "tests/a.rs:1: names a.md, which is not there"),
        ("tests/a.rs", "// (reference/x)\n", "tests/a.rs:1: names reference/x, which is not there"),
        ("tests/a.rs", "// ../../shared/x\n", "tests/a.rs:1: names ../../shared/x, which is outside of the repository"),
        (
            "tests/a.rs",
            "// (seed lock-user)\n",
            "tests/a.rs:1: names the seed lock-user, which is not in the repository",
        ),
        ("tests/a.rs", "// the README, Alarms\n", "tests/a.rs:1: names a heading of README, but not its path"),
        ("tests/a.rs", "// ARCHITECTURE \"Auth\"\n", "tests/a.rs:1: names a heading of ARCHITECTURE, but not its path"),
        ("run", "#!/bin/sh\ntests/none\n", "run:2: names tests/none, which is not there"),
        ("a.patch", "docs/c.md\n", "a.patch:1: names docs/c.md, which is not there"),
    ] {
        let own = ("functions/lock-user/Cargo.toml", "");
        assert_eq!(found(&[page, own, (path, text), ("tests/b.rs", "")]), [expected]);
    }
}
