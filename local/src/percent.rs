//! Percent-decoding of paths and queries.

use std::borrow::Cow;

/// Decodes `%XX`. What is not hexadecimal stays, what is not UTF-8 becomes the replacement character.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = if first == b'%' { escape(after) } else { None };
        if let Some((byte, after)) = escaped {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes a query's name or value, where `+` is a space.
pub(crate) fn decode_query(text: &str) -> String {
    decode(&text.replace('+', " ")).into_owned()
}

fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
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
