//! Percent-decoding of paths and queries.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Decodes `%XX`. What is not hexadecimal stays, what is not UTF-8 becomes the replacement character.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Decodes a query's name or value, where `+` is a space.
pub(super) fn decode_query(text: &str) -> String {
    decode(&text.replace('+', " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_everything_else_stays() {
        let cases =
            [("a%20b", "a b"), ("%F0%9F%98%80", "😀"), ("%2f%2F", "//"), ("100%", "100%"), ("%+1%zz", "%+1%zz")];
        for (encoded, decoded) in cases {
            assert_eq!(decode(encoded), decoded);
        }
        assert_eq!(decode("%FF"), "\u{FFFD}");
        assert_eq!(decode_query("a+b%2B"), "a b+");
    }
}
