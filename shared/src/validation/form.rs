//! `application/x-www-form-urlencoded`, the encoding of queries and of forms.

use super::fields::{Value, Values};
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// Decodes names and values. If a name is repeated the last value counts, as in Starlette.
pub(super) fn values(encoded: &[u8]) -> Values<'_> {
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let values = pairs.map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // A name that is not UTF-8 is the name of no field.
        (decoded(name).unwrap_or_default(), decoded(value).map_or(Value::NotUtf8, Value::String))
    });
    values.collect()
}

/// Decodes one text. `None` if its bytes are not UTF-8.
fn decoded(text: &[u8]) -> Option<Cow<'_, str>> {
    if text.contains(&b'+') {
        let spaced: Vec<_> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        return percent_decode(&spaced).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()));
    }
    percent_decode(text).decode_utf8().ok()
}
