//! The paths, pages and headings that a text names.

/// Pages that a text can name without their extension.
const PAGES: [&str; 4] = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY"];

/// Quotation marks, each with the one that ends it.
const QUOTES: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’'), ('„', '“'), ('«', '»')];

/// Words that can stand between a page and its heading.
const BETWEEN: [&str; 7] = ["and", "at", "heading", "in", "section", "the", "under"];

/// A quotation this close behind a page is probably one of its headings.
const CLOSE: usize = 12;

/// A path in a text, and what is cited of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Named<'t> {
    /// Where it begins in the text.
    pub at: usize,
    pub path: &'t str,
    /// Behind `#`.
    pub anchor: Option<&'t str>,
    pub cited: Cited,
}

/// The headings that are cited of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cited {
    pub headings: Vec<String>,
    /// Whether something looks like a heading and cannot be read.
    pub is_unread: bool,
}

/// Everything in a text that can be a path: words that have a folder or an extension, but for
/// addresses and patterns.
pub fn named(text: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut end = 0;
    while let Some(start) = text[end..].find(is_of_path).map(|start| end + start) {
        end = text[start..].find(|char| !is_of_path(char)).map_or(text.len(), |length| start + length);
        let path = text[start..end].trim_end_matches(['.', ':', '?', '=']);
        let has_extension = path.rsplit_once('.').is_some_and(|(name, _)| !name.is_empty());
        let is_place = has_extension || path.contains('/') && !path.starts_with('/');
        let is_pattern = path.contains(|char| "{}*<>$~%?&=@+".contains(char)) || path.contains("://");
        if !is_place || is_pattern || path.starts_with('-') {
            continue;
        }
        let (before, rest) = (&text[..start], &text[start + path.len()..]);
        let anchor = rest.strip_prefix('#').map(|rest| &rest[..rest.find(is_no_anchor).unwrap_or(rest.len())]);
        let path = path.strip_prefix("./").unwrap_or(path);
        // The number of a line may follow.
        let path = path.split_once(':').map_or(path, |(path, _)| path);
        // What follows in a link is its title.
        let mut cited = if before.ends_with("](") { Cited::default() } else { cited(rest) };
        cited.headings.extend(cited_before(before));
        found.push(Named { at: start, path, anchor: anchor.filter(|it| !it.is_empty()), cited });
    }
    found
}

fn is_of_path(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_./-{}*<>$~%?&=@+:".contains(char)
}

fn is_no_anchor(char: char) -> bool {
    !char.is_alphanumeric() && !matches!(char, '-' | '_')
}

/// The headings behind a page: `, "One"`, `("One")`, `under "One" or "Two"`, and so on.
fn cited(rest: &str) -> Cited {
    let rest = rest.trim_start_matches('`');
    let mut rest = rest.strip_prefix("'s").or_else(|| rest.strip_prefix("’s")).unwrap_or(rest);
    let mut cited = Cited::default();
    while let Some((between, heading, after)) = quotation(rest) {
        let is_first = cited.headings.is_empty();
        let mut words = between.split(|char: char| !char.is_alphabetic()).filter(|word| !word.is_empty());
        let is_known = if is_first { words.all(|word| BETWEEN.contains(&word)) } else { is_and(between) };
        // A mark right behind the page ends a quotation that began before it.
        let is_apart = !between.trim_end_matches('\\').is_empty();
        let is_end = !heading.starts_with(|char: char| char.is_alphanumeric() || char == '`')
            || between.contains("\n\n")
            || between.contains(['.', ';', ')', '#']);
        if !is_apart || is_end || !is_known {
            cited.is_unread = is_first && is_apart && !is_end && between.chars().count() <= CLOSE;
            break;
        }
        let heading: Vec<_> = heading.trim_end_matches('\\').split_whitespace().collect();
        cited.headings.push(heading.join(" "));
        rest = after;
    }
    cited.is_unread |= cited.headings.is_empty() && is_without_quotes(rest);
    cited
}

/// Whether this stands between two headings of one page.
fn is_and(between: &str) -> bool {
    matches!(between.trim_end_matches('\\').trim(), "," | "and" | "or" | ", and" | ", or")
}

/// The first quotation of a text, with what is before and behind it.
fn quotation(text: &str) -> Option<(&str, &str, &str)> {
    let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let mark = |(at, char): (usize, char)| {
        let end = QUOTES.iter().find(|(open, _)| *open == char)?.1;
        // Within a word it is an apostrophe.
        let is_apostrophe = char == '\'' && is_word(text[..at].chars().next_back());
        (!is_apostrophe).then_some((at, char, end))
    };
    let (at, open, end) = text.char_indices().find_map(mark)?;
    let quoted = &text[at + open.len_utf8()..];
    let is_end = |(at, _): &(usize, &str)| end != '\'' || !is_word(quoted[at + 1..].chars().next());
    let (length, _) = quoted.match_indices(end).find(is_end)?;
    Some((&text[..at], &quoted[..length], &quoted[length + end.len_utf8()..]))
}

/// Whether a heading without quotes follows: `(Gone)` or `section Gone`.
fn is_without_quotes(rest: &str) -> bool {
    let rest = rest.trim_start_matches([',', ':', ' ', '\n']);
    let name = rest.strip_prefix('(').or_else(|| {
        let (word, name) = rest.split_once(char::is_whitespace)?;
        ["section", "under", "heading"].contains(&word).then_some(name)
    });
    name.is_some_and(|name| name.starts_with(char::is_uppercase))
}

/// The heading before a page: `"Errors" in docs/api.md`.
fn cited_before(before: &str) -> Option<String> {
    let before = before.trim_end_matches('`').trim_end();
    let (before, word) = before.rsplit_once(char::is_whitespace)?;
    let before = before.trim_end();
    let (open, end) = *QUOTES.iter().find(|(_, end)| before.ends_with(*end))?;
    let before = before.strip_suffix(end).filter(|_| ["in", "of"].contains(&word))?.trim_end_matches('\\');
    let (_, heading) = before.rsplit_once(open)?;
    let words: Vec<_> = heading.split_whitespace().collect();
    (words.len() <= 10).then(|| words.join(" "))
}

/// Pages that are named so that no test can find them: by a bare name with a heading, or by a name
/// that only their writers know.
pub fn unknown(text: &str, is_prose: bool, functions: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for page in PAGES {
        for (at, rest) in words(text, page) {
            let cited = cited(rest);
            let behind_comma = rest.strip_prefix(',').unwrap_or_default().trim_start();
            let word = behind_comma.split(|char: char| !char.is_alphabetic()).next().unwrap_or_default();
            let is_word = word.starts_with(char::is_uppercase) && word.ends_with(char::is_lowercase);
            if is_word || !cited.headings.is_empty() || is_prose && cited.is_unread {
                found.push((at, format!("names a heading of {page}, but not its path")));
            }
        }
    }
    let design = ["DESIGN", "DESIGN-FIRST"].into_iter().flat_map(|name| words(text, name));
    let design = design.filter(|(_, rest)| !rest.starts_with(".md"));
    found.extend(design.map(|(at, _)| (at, "names DESIGN, which is not in the repository".to_owned())));
    if is_prose {
        found.extend(seeds(text, functions));
    }
    found
}

/// Where this word is in a text, with what is behind it.
fn words<'t>(text: &'t str, word: &str) -> impl Iterator<Item = (usize, &'t str)> {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '/');
    let found = text.match_indices(word).map(|(at, word)| (at, &text[at + word.len()..]));
    found.filter(move |(at, rest)| !rest.starts_with(is_part) && !text[..*at].ends_with(is_part))
}

/// Where a text names the seeds, the descriptions that the first endpoints were written from: the
/// word is close to the name of a function, or to a word that does not go with the seed of a random
/// number.
fn seeds<'t>(text: &'t str, functions: &[&str]) -> impl Iterator<Item = (usize, String)> + use<'t> {
    let of = |word: &str| word.starts_with("describe") || ["list", "lists", "listed"].contains(&word);
    let known: Vec<_> = functions.iter().map(|name| (*name).to_owned()).collect();
    let all = ["seed", "seeds", "Seed", "Seeds"].into_iter().flat_map(|word| words(text, word));
    all.filter_map(move |(at, rest)| {
        let bare = |word: &'t str| word.trim_matches(|char: char| !char.is_alphanumeric());
        let close = text[..at].split_whitespace().rev().take(4).chain(rest.split_whitespace().take(4)).map(bare);
        let word = close.into_iter().find(|word| of(word) || known.iter().any(|name| name == word))?;
        Some((at, format!("names the seeds ({word}), which are not in the repository")))
    })
}

#[test]
fn paths_are_found_with_anchors_and_headings_but_not_addresses_and_patterns() {
    let text = "See docs/a.md, \"One\nthing\" and \"Two\", or `docs/b.md#c-d`. Not https://x.org/docs/c.md, docs/{d}.md, /docs, a/*.";
    let named = named(text);
    let seen: Vec<_> = named.iter().map(|named| (named.path, named.anchor, named.cited.headings.len())).collect();
    assert_eq!(seen, [("docs/a.md", None, 2), ("docs/b.md", Some("c-d"), 0)]);
    assert_eq!(named[0].cited.headings, ["One thing", "Two"]);
}

#[test]
fn headings_are_read_in_every_form_or_known_to_be_unread() {
    for (text, expected) in [
        ("a.md, \\\"One\\\".", &["One"] as &[_]),
        ("a.md \"One\"", &["One"]),
        ("`a.md`, \"One\", \"Two\" and \"Three\"", &["One", "Two", "Three"]),
        ("a.md, \"One\" or \"Two\", or \"Three\"", &["One", "Two", "Three"]),
        ("a.md: \"One\"", &["One"]),
        ("a.md (\"One\")", &["One"]),
        ("a.md's \"One\"", &["One"]),
        ("a.md under \"One\"", &["One"]),
        ("a.md, section \"One\"", &["One"]),
        ("a.md, 'One's two'", &["One's two"]),
        ("a.md, “One”", &["One"]),
        ("a.md ‘One’", &["One"]),
        ("\"One\" in a.md", &["One"]),
        ("“One”\nof `a.md`", &["One"]),
        ("a.md, \"One\" */ \"two\"", &["One"]),
        ("a.md, and \"so\" on", &["so"]),
    ] {
        assert_eq!(
            named(text)[0].cited,
            Cited { headings: expected.iter().map(|it| (*it).to_owned()).collect(), is_unread: false },
            "{text}"
        );
    }
    for text in ["a.md says \"One\"", "a.md (One)", "a.md, section One", "a.md under One"] {
        assert_eq!(named(text)[0].cited, Cited { headings: Vec::new(), is_unread: true }, "{text}");
    }
    for text in [
        "\"a.md\", \"b\"",
        "a.md. \"One\"",
        "a.md and it's",
        "a.md (the page)",
        "[a](a.md \"A\")",
        "'a.md' \"b\"",
        "the one in a.md",
        "a.md\n\nB=\"C\"",
        "a.md\n\"\"\"",
        "\"a.md \", \"b\"",
    ] {
        assert_eq!(named(text)[0].cited, Cited::default(), "{text}");
    }
}
