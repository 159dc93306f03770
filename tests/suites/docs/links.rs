//! The links of the pages.

use tests::docs::outside_fences;

use crate::{
    Finding,
    anchors::anchors,
    none,
    tree::{Tree, resolve},
};

/// The targets of the links of a page, with the numbers of their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in outside_fences(text) {
        let prose = without_code(line);
        let ends = |rest: &str, end: char| rest.split(end).next().unwrap_or_default().to_owned();
        let mut found: Vec<_> = prose.split("](").skip(1).map(|rest| ends(rest, ')')).collect();
        for attribute in ["href=", "src=", "srcset="] {
            for (quote, end) in [("\"", '"'), ("'", '\'')] {
                let values = prose.split(attribute).skip(1).filter_map(|rest| rest.strip_prefix(quote));
                found.extend(values.map(|rest| ends(rest, end)));
            }
        }
        if let Some((_, target)) = prose.split_once("]: ").filter(|_| prose.starts_with('[')) {
            found.push(target.trim().to_owned());
        }
        // A title may follow the target.
        let targets = found.iter().filter_map(|target| target.split_whitespace().next());
        links.extend(targets.map(|target| (number, target.trim_matches(['<', '>']).to_owned())));
    }
    links
}

/// The links `[text][name]` or `[name][]` of a page whose name has no target, with the numbers of
/// their lines.
fn undefined(text: &str) -> Vec<(usize, String)> {
    let lines = outside_fences(text);
    let defined: Vec<_> = lines.iter().filter_map(|(_, line)| line.strip_prefix('[')?.split_once("]: ")).collect();
    let is_defined = |name: &str| defined.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut undefined = Vec::new();
    for (number, line) in lines {
        let prose = without_code(line);
        for (at, mark) in prose.match_indices("][") {
            let shown = prose[..at].rsplit('[').next().unwrap_or_default();
            let name = prose[at + mark.len()..].split(']').next().unwrap_or_default();
            let name = if name.is_empty() { shown } else { name };
            if !is_defined(name) {
                undefined.push((number, name.to_owned()));
            }
        }
    }
    undefined
}

/// A line with nothing between its backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

fn is_elsewhere(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

/// The problem of a link, if it has one.
fn problem(tree: &Tree, page: &str, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() { Some(page.to_owned()) } else { resolve(page, path) };
    let Some(file) = file.filter(|file| file.is_empty() || tree.has(file)) else {
        return Some(format!("links to {path}, which is not there"));
    };
    let text = tree.texts.get(&file).filter(|_| file.ends_with(".md"));
    let (anchor, text) = (anchor?, text?);
    (!anchors(text).contains(anchor)).then(|| format!("links to {file}#{anchor}, which has no such heading"))
}

fn check(tree: &Tree) -> (usize, Vec<Finding>) {
    let pages = tree.texts.iter().filter(|(path, _)| path.ends_with(".md"));
    let links =
        pages.clone().flat_map(|(path, text)| links(text).into_iter().map(move |(line, target)| (path, line, target)));
    let links: Vec<_> = links.filter(|(_, _, target)| !is_elsewhere(target)).collect();
    let finding = |(path, line, target): &(&String, usize, String)| {
        problem(tree, path, target).map(|what| Finding { path: (*path).clone(), line: *line, what })
    };
    let mut findings: Vec<_> = links.iter().filter_map(finding).collect();
    for (path, text) in pages {
        let finding = |(line, name)| Finding {
            path: path.clone(),
            line,
            what: format!("links to [{name}], which has no target"),
        };
        findings.extend(undefined(text).into_iter().map(finding));
    }
    (links.len(), findings)
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let (count, findings) = check(&Tree::load());
    assert!(count >= 20, "only {count} links are seen");
    none(&findings);
}

#[test]
fn links_are_found_in_every_form_but_not_in_code() {
    let page = "[a](b.md) and [c](d.md#e \"f\")\n`[no](no.md)`\n```\n[no](no.md)\n```\n[g]: h.md\n<img src=\"i.svg\" alt=\"\">\n<a href='j.md'>\n";
    let expected = [(1, "b.md"), (1, "d.md#e"), (6, "h.md"), (7, "i.svg"), (8, "j.md")];
    assert_eq!(links(page), expected.map(|(line, target)| (line, target.to_owned())));
}

#[test]
fn a_link_to_a_missing_file_or_heading_is_found_with_its_line() {
    let page = "# A page\n\n[x](b.md#there) [x](../LICENSE) [x](#a-page) [x](https://example.com) [x](..)\n\
                [x](none.md)\n[x](b.md#none)\n[x](#none)\n[x](../../outside.md)\n";
    let files = [("docs/a.md", page), ("docs/b.md", "## There\n"), ("LICENSE", "")];
    let files = files.map(|(path, text)| (path.to_owned(), Some(text.to_owned())));
    let (count, findings) = check(&Tree::new(files.into(), Vec::new()));
    assert_eq!(count, 8);
    assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [4, 5, 6, 7], "{findings:?}");
    assert_eq!(findings[1].to_string(), "docs/a.md:5: links to docs/b.md#none, which has no such heading");
}

#[test]
fn a_link_by_a_name_needs_a_target() {
    let page = "[a][b] and [B][], but not [c][none] or [None][]; `[d][code]`\n\n[b]: b.md\n";
    assert_eq!(undefined(page), [(1, "none".to_owned()), (1, "None".to_owned())]);
    let files = [("a.md", page), ("b.md", "")].map(|(path, text)| (path.to_owned(), Some(text.to_owned())));
    let findings = check(&Tree::new(files.into(), Vec::new())).1;
    assert_eq!(findings[0].to_string(), "a.md:1: links to [none], which has no target");
    assert_eq!(findings.len(), 2);
}
