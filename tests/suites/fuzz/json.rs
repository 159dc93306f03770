//! Finds the places of values and names in JSON, which may be broken.

use std::ops::Range;

/// The parts of a text that can be replaced so that it stays JSON.
#[derive(Debug, Default)]
pub struct Parts {
    /// Strings, numbers, words, arrays and objects. Inner values come before the values that hold
    /// them.
    pub values: Vec<Range<usize>>,
    /// The names of members, with their quotes.
    pub names: Vec<Range<usize>>,
}

impl Parts {
    /// Finds the parts of any text.
    pub fn of(text: &[u8]) -> Self {
        let (mut parts, mut open, mut at) = (Self::default(), Vec::new(), 0);
        while let Some(byte) = text.get(at) {
            let begin = at;
            match byte {
                b'"' => {
                    at = string_end(text, begin);
                    let next = text[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                    if next == Some(&b':') { &mut parts.names } else { &mut parts.values }.push(begin..at);
                }
                b'{' | b'[' => {
                    open.push(begin);
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    parts.values.extend(open.pop().map(|begin| begin..at));
                }
                byte if is_word(*byte) => {
                    at += text[begin..].iter().take_while(|byte| is_word(**byte)).count();
                    parts.values.push(begin..at);
                }
                _ => at += 1,
            }
        }
        parts
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)
}

/// The place behind the closing quote, or the end of the text.
fn string_end(text: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[test]
fn values_and_names_are_found_in_whole_and_in_broken_json() {
    let found =
        |text: &str, ranges: Vec<Range<usize>>| ranges.into_iter().map(|range| text[range].to_owned()).collect();
    let parts = |text: &str| -> (Vec<String>, Vec<String>) {
        let Parts { values, names } = Parts::of(text.as_bytes());
        (found(text, values), found(text, names))
    };
    let whole = r#"{"a\"":[1,-2e9],"b" : null}"#;
    let values = ["1", "-2e9", "[1,-2e9]", "null", whole].map(str::to_owned).to_vec();
    assert_eq!(parts(whole), (values, vec![r#""a\"""#.to_owned(), r#""b""#.to_owned()]));
    assert_eq!(parts(r#"]}{"a":"b\"#), (vec![r#""b\"#.to_owned()], vec![r#""a""#.to_owned()]));
}
