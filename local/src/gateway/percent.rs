//! Percent-decoding of paths and queries.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Decodes `%XX`. An escape that is not hexadecimal stays as it is. Bytes that are not UTF-8 become
/// the replacement character.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Decodes a name or a value of a query, in which `+` is a space.
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
