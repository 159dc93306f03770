//! The paths and headings that prose, comments and scripts name.

use tests::docs::{code, fences, headings, outside_fences};

use crate::{
    Finding,
    anchors::{anchors, plain},
    named::{Named, named, unknown},
    none,
    text::{Joined, Kind, comments, head, kind, numbered},
    tree::{Tree, resolve},
};

/// Kinds of files that must be there, wherever a text says they are.
const NAMED: [&str; 9] = ["rs", "toml", "yaml", "json", "sh", "py", "mjs", "ts", "patch"];

/// This suite's own examples of what is wrong are no citations.
const EXAMPLES: &str = "tests/suites/docs/";

/// A part of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Prose,
    Code,
    Data,
}

struct Reader<'t> {
    tree: &'t Tree,
    path: &'t str,
    findings: Vec<Finding>,
    count: usize,
}

impl Reader<'_> {
    /// Every path of prose. Of code only the names of pages and of files below our folders, of data
    /// only those of pages.
    fn read(&mut self, joined: &Joined, part: Part) {
        let functions: Vec<_> =
            self.tree.texts.keys().filter_map(|path| path.strip_prefix("functions/")?.split('/').next()).collect();
        for (at, what) in unknown(&joined.text, part == Part::Prose, &functions) {
            self.report(joined.line(at), what);
        }
        for named in named(&joined.text) {
            let line = joined.line(named.at);
            let is_page = named.path.ends_with(".md");
            let is_read = match part {
                Part::Prose => true,
                Part::Code => is_page || is_named(named.path) && self.tree.is_below(named.path.trim_start_matches('/')),
                Part::Data => is_page,
            };
            if let Some(problem) = is_read.then(|| self.problem(&named)).flatten() {
                self.report(line, problem);
            } else if is_page {
                self.check_headings(&named, line);
                if part == Part::Prose && named.cited.is_unread {
                    self.report(line, format!("cites {}, but not as `, \"Heading\"`", named.path));
                }
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
        let from_root = path.strip_prefix('/').unwrap_or(path);
        if self.target(from_root).is_some() {
            self.count += 1;
            return None;
        }
        if path.split('/').next() == Some("..") && resolve(self.path, path).is_none() {
            return Some(format!("names {path}, which is outside of the repository"));
        }
        let is_ours = path.ends_with(".md") || path.starts_with("reference/") || self.tree.is_below(from_root);
        let is_known = || self.tree.has_end(path) || self.is_made_here(path);
        let is_missing = is_ours || is_named(path) && !path.starts_with('/') && !is_known();
        (is_missing && !self.tree.is_ignored(path)).then(|| format!("names {path}, which is not there"))
    }

    /// Whether a command of this page or the code of this file has the file, so that its reader or
    /// the code makes it.
    fn is_made_here(&self, path: &str) -> bool {
        let text = &self.tree.texts[self.path];
        if kind(self.path) != Kind::Page {
            let is_code = |line: &&str| !line.trim_start().starts_with(['#', '/', '*']);
            let uses = ["\"", "'", "["].map(|end| format!("{path}{end}"));
            return !path.contains('/')
                && text.lines().filter(is_code).any(|line| uses.iter().any(|it| line.contains(it)));
        }
        let in_block = || fences(text).iter().any(|(_, body)| body.contains(path));
        let is_command =
            |words: &String| words.contains(' ') && words.split(' ').any(|word| word.trim_end_matches(')') == path);
        let in_line = || outside_fences(text).into_iter().any(|(_, line)| code(line).iter().any(is_command));
        !path.contains('/') && (in_block() || in_line())
    }

    fn check_headings(&mut self, named: &Named<'_>, line: usize) {
        let Some(target) = self.target(named.path.trim_start_matches('/')) else { return };
        let Some(text) = self.tree.texts.get(&target) else { return };
        let known: Vec<_> = headings(text).iter().map(|heading| plain(&heading.text)).collect();
        let missing = named.cited.headings.iter().filter(|heading| !known.contains(&plain(heading)));
        let missing = missing.map(|heading| format!("cites {target}, \"{heading}\", and there is no such heading"));
        let anchor = named.anchor.filter(|anchor| !anchors(text).contains(*anchor));
        let anchor = anchor.map(|anchor| format!("cites {target}#{anchor}, and there is no such heading"));
        for what in missing.chain(anchor) {
            self.report(line, what);
        }
    }
}

fn is_named(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| NAMED.contains(&extension))
}

/// How many paths are there, and what is wrong.
fn check(tree: &Tree) -> (usize, Vec<Finding>) {
    let (mut count, mut findings) = (0, Vec::new());
    for (path, text) in &tree.texts {
        let mut reader = Reader { tree, path, findings: Vec::new(), count: 0 };
        match kind(path) {
            Kind::Page | Kind::Script => reader.read(&Joined::of(numbered(text)), Part::Prose),
            Kind::Data => reader.read(&Joined::of(numbered(text)), Part::Data),
            Kind::Patch => {
                let (head, changes) = head(text);
                reader.read(&head, Part::Prose);
                reader.read(&changes, Part::Data);
            }
            Kind::Slashes => {
                let (comments, code) = comments(text);
                reader.read(&comments, Part::Prose);
                if !path.starts_with(EXAMPLES) {
                    reader.read(&code, Part::Code);
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
fn what_is_there_is_no_finding() {
    let page = "# A\n## What `b` is\nIn `parameters.yaml`, `target/x.json`, `a.rs` and `own.json`; see a.md and docs/a.md, \"A\".\n```sh\necho >own.json\n```\n";
    let code = "//! Rules (docs/a.md,\n//! \"What `b` is\"), and tests/a.rs.\nlet x = \"see docs/a.md, \\\"A\\\" and no/where.rs\";\n";
    let script = "# docs/a.md\nX='y'\n# docs/a.md, a.rs and own.json: the seeds of a fuzzer.\nrun tests/a.rs target/out /users/v1 >'own.json'\n";
    assert_eq!(found(&[("docs/a.md", page), ("tests/a.rs", code), ("run", script)]), [""; 0]);
}

/// What is found in a text that stands in a tree with a page, a function and a test.
fn found_in(path: &str, text: &str) -> Vec<String> {
    let page = ("docs/a.md", "# A\n");
    let own = ("functions/lock-user/Cargo.toml", "");
    found(&[page, own, (path, text), ("tests/b.rs", "")])
}

#[test]
fn what_is_not_there_is_found_with_its_line() {
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
            "a();\n/* docs/a.md,\n * \"C\" */\n",
            "tests/a.rs:2: cites docs/a.md, \"C\", and there is no such heading",
        ),
        (
            "tests/a.rs",
            "\nf(\"see docs/a.md, \\\"D\\\"\")\n",
            "tests/a.rs:2: cites docs/a.md, \"D\", and there is no such heading",
        ),
        // In two parts, since a whole name would be a citation of a page that no clone has.
        ("tests/a.rs", concat!("// DESIGN", ".md\n"), concat!("tests/a.rs:1: names DESIGN", ".md, which is not there")),
        ("tests/a.rs", "// (a.md)\n", "tests/a.rs:1: names a.md, which is not there"),
        ("tests/a.rs", "// (reference/x)\n", "tests/a.rs:1: names reference/x, which is not there"),
        ("tests/a.rs", "// ../../shared/x\n", "tests/a.rs:1: names ../../shared/x, which is outside of the repository"),
        ("tests/a.rs", "// the README, Alarms\n", "tests/a.rs:1: names a heading of README, but not its path"),
        ("tests/a.rs", "// ARCHITECTURE \"Auth\"\n", "tests/a.rs:1: names a heading of ARCHITECTURE, but not its path"),
        ("run", "#!/bin/sh\ntests/none\n", "run:2: names tests/none, which is not there"),
        ("a.patch", "--- a\n+ docs/c.md\n", "a.patch:2: names docs/c.md, which is not there"),
    ] {
        assert_eq!(found_in(path, text), [expected], "{text}");
    }
}

#[test]
fn a_dead_citation_is_found_in_every_form_and_kind_of_prose() {
    let heading = "cites docs/a.md, \"Gone\", and there is no such heading";
    let unread = "cites docs/a.md, but not as `, \"Heading\"`";
    let design = "names DESIGN, which is not in the repository";
    for (text, expected) in [
        ("docs/a.md \"Gone\"", heading),
        ("docs/a.md: \"Gone\"", heading),
        ("docs/a.md under \"Gone\"", heading),
        ("docs/a.md's \"Gone\"", heading),
        ("docs/a.md, section \"Gone\"", heading),
        ("docs/a.md (\"Gone\")", heading),
        ("\"Gone\" in docs/a.md", heading),
        ("docs/a.md, \"A\" or \"Gone\"", heading),
        ("docs/a.md, 'Gone'", heading),
        ("docs/a.md, “Gone”", heading),
        ("docs/a.md, ‘Gone’", heading),
        ("docs/a.md (Gone)", unread),
        ("docs/a.md, section Gone", unread),
        ("docs/a.md says: \"Gone\"", unread),
        ("ARCHITECTURE section Auth", "names a heading of ARCHITECTURE, but not its path"),
        ("see DESIGN", design),
        ("DESIGN's words.", design),
        ("(DESIGN-FIRST)", design),
        ("as the seeds describe it", "names the seeds (describe), which are not in the repository"),
        ("The seeds' lists", "names the seeds (lists), which are not in the repository"),
        ("the seed of lock-user", "names the seeds (lock-user), which are not in the repository"),
        ("the lock-user seed", "names the seeds (lock-user), which are not in the repository"),
        ("gone_file.rs", "names gone_file.rs, which is not there"),
        ("tools/gone.py", "names tools/gone.py, which is not there"),
        ("lib/gone.sh", "names lib/gone.sh, which is not there"),
        ("/docs/gone.md", "names /docs/gone.md, which is not there"),
        ("tests/gone.rs", "names tests/gone.rs, which is not there"),
    ] {
        for (path, before, after) in [
            ("tests/a.rs", "// ", "\n"),
            ("tests/a.rs", "/* ", " */\n"),
            ("tests/a.rs", "f('\"') // ", "\n"),
            ("tests/a.mjs", "/** ", " */\n"),
            ("docs/b.md", "", "\n"),
            ("template.yaml", "# ", "\n"),
            ("run", "# ", "\n"),
            ("a.py", "\"\"\"", "\n\"\"\"\n"),
            ("a.patch", "", "\n--- a/b\n"),
        ] {
            let text = format!("{before}{text}{after}");
            assert_eq!(found_in(path, &text), [format!("{path}:1: {expected}")], "{text}");
        }
    }
}

#[test]
fn a_dead_path_or_page_is_found_in_a_text_of_code() {
    for (text, expected) in [
        ("\"see tests/gone.rs\"", "names tests/gone.rs, which is not there"),
        ("\"/docs/gone.md\"", "names /docs/gone.md, which is not there"),
        ("\"docs/a.md (\\\"Gone\\\")\"", "cites docs/a.md, \"Gone\", and there is no such heading"),
        ("\"as in DESIGN\"", "names DESIGN, which is not in the repository"),
    ] {
        assert_eq!(found_in("tests/a.rs", &format!("f({text})\n")), [format!("tests/a.rs:1: {expected}")]);
    }
}
