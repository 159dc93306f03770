//! Reads enough of Rust's grammar to find the imports of a file in every notation.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The identifiers, `::` and single signs of a source, without comments, texts and other literals.
pub fn tokens(source: &str) -> Vec<String> {
    let stream = source.parse().unwrap_or_else(|error| panic!("not Rust: {error}"));
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<String>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(open.to_owned());
                flatten(group.stream(), tokens);
                tokens.push(close.to_owned());
            }
            TokenTree::Ident(word) => tokens.push(word.to_string()),
            TokenTree::Punct(sign) if sign.as_char() == ':' && sign.spacing() == Spacing::Joint => {
                let is_path = matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                if is_path {
                    trees.next();
                }
                tokens.push(if is_path { "::" } else { ":" }.to_owned());
            }
            TokenTree::Punct(sign) => tokens.push(sign.to_string()),
            TokenTree::Literal(_) => {}
        }
    }
}

/// The top modules that a file names through `crate::` or through enough `super::`. The file is
/// `depth` modules deep.
pub fn outer_modules(tokens: &[String], depth: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // For each open brace: whether it opens a module. In that module `super` leads one level less
    // far.
    let mut braces: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => braces.push(at >= 2 && tokens[at - 2] == "mod"),
            "}" => drop(braces.pop()),
            "crate" if is(tokens, at + 1, "::") => {
                found.extend(heads(&tokens[at + 2..]));
            }
            "super" if !(at >= 2 && tokens[at - 1] == "::" && tokens[at - 2] == "super") => {
                let mut end = at;
                let mut steps = 0;
                while is(tokens, end, "super") && is(tokens, end + 1, "::") {
                    (end, steps) = (end + 2, steps + 1);
                }
                let nested = braces.iter().filter(|is_module| **is_module).count();
                if steps >= depth + nested {
                    found.extend(heads(&tokens[end..]));
                }
            }
            _ => {}
        }
    }
    found
}

fn is(tokens: &[String], at: usize, expected: &str) -> bool {
    tokens.get(at).is_some_and(|token| token == expected)
}

/// The first name of a path, or of each path of a group.
fn heads(tokens: &[String]) -> Vec<String> {
    if !is(tokens, 0, "{") {
        return tokens.first().cloned().into_iter().collect();
    }
    let (mut heads, mut depth, mut starts) = (Vec::new(), 0, false);
    for token in tokens {
        match token.as_str() {
            "{" => {
                depth += 1;
                starts = depth == 1;
            }
            "}" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            "," => starts = depth == 1,
            name if starts => {
                heads.push(name.to_owned());
                starts = false;
            }
            _ => {}
        }
    }
    heads
}

/// The first names of all lower-case paths: the crates, without names from a `use` and without the
/// file's own modules.
pub fn roots(tokens: &[String]) -> BTreeSet<String> {
    let (mut roots, mut uses, mut known, mut modules) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let start = if is(tokens, at + 1, "::") { at + 2 } else { at + 1 };
            uses.extend(heads(&tokens[start..]));
            known.extend(last_names(&tokens[start..]));
            at += tokens[at..].iter().take_while(|token| *token != ";").count();
            continue;
        }
        if tokens[at] == "mod" {
            modules.extend(tokens.get(at + 1).cloned());
        }
        // `a::b` and `::a::b` have the root `a`, but `X::a::b` and `<X>::a::b` have not.
        let inside = at >= 2 && tokens[at - 1] == "::" && (tokens[at - 2] == ">" || is_word(&tokens[at - 2]));
        if is(tokens, at + 1, "::") && !inside && tokens[at].starts_with(|c: char| c.is_ascii_lowercase()) {
            roots.insert(tokens[at].clone());
        }
        at += 1;
    }
    let primitive = |root: &str| {
        matches!(root, "bool" | "char" | "str") || root[1..].parse::<u8>().is_ok() || root.ends_with("size")
    };
    roots.retain(|root| !known.contains(root) && !primitive(root));
    roots.extend(uses);
    &roots - &modules
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The names that a `use` brings into scope, which are the last names of its paths.
fn last_names(tokens: &[String]) -> Vec<String> {
    let end = tokens.iter().position(|token| token == ";").unwrap_or(tokens.len());
    let ends = |at: usize| at == end || matches!(tokens[at].as_str(), "," | "}" | ";");
    (0..end).filter(|at| is_word(&tokens[*at]) && ends(at + 1)).map(|at| tokens[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(source: &str, depth: usize) -> Vec<String> {
        outer_modules(&tokens(source), depth).into_iter().collect()
    }

    #[test]
    fn imports_are_seen_however_they_are_written() {
        assert_eq!(outer("use crate::a::B;", 1), ["a"]);
        assert_eq!(outer("use crate::{a::{self, B, c::D}, e::*, f};", 1), ["a", "e", "f"]);
        assert_eq!(outer("fn f() -> crate::a::B { crate::c() }", 1), ["a", "c"]);
        assert_eq!(outer("use super::a;", 1), ["a"]);
        assert_eq!(outer("use super::a; use super::super::{b, c};", 2), ["b", "c"]);
        assert_eq!(outer("mod tests { use super::*; use super::super::a; } use super::b;", 1), ["a", "b"]);
    }

    #[test]
    fn comments_texts_and_visibility_are_no_imports() {
        let source = r##"
            // crate::a::B
            /* crate::a /* crate::b */ crate::c */
            /// [`crate::a`]
            pub(crate) fn f<'a>(x: &'a str) -> char { let _ = ("crate::a \" crate::b", r#"crate::c"#, b"crate::d"); '"' }
        "##;
        assert!(outer(source, 1).is_empty(), "{:?}", outer(source, 1));
    }

    #[test]
    fn roots_are_crates_and_not_what_a_use_brought_in() {
        let source = "use a::{b, c::D}; use std::fmt; fn f() { b::g(); fmt::x(); ::e::h(); D::new(); D::f::g(i::j()) }";
        assert_eq!(roots(&tokens(source)).into_iter().collect::<Vec<_>>(), ["a", "e", "i", "std"]);
    }
}
