use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{OneText, Text};

/// The members of a JSON object, sorted by name. Names are distinct. A value is parsed only when it
/// is read.
///
/// RFC 7515 section 4 and RFC 7519 section 4 allow refusing repeated names. We refuse them, because
/// two readers that choose differently would see two different tokens.
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// The member is present and has the wrong type.
#[derive(Debug)]
pub(crate) struct Mistyped;

impl<'a> Members<'a> {
    /// `None` if the text is not one JSON object with distinct names.
    pub(crate) fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Like [`Self::parse`]. JSON is UTF-8 (RFC 7519 section 7.2).
    pub(crate) fn parse_bytes(json: &'a [u8]) -> Option<Self> {
        Self::parse(str::from_utf8(json).ok()?)
    }

    /// Whether the member is present, even as `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The names of the members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The member as a `T`. `None` if it is absent; a `null` is present.
    pub(crate) fn read<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, Mistyped> {
        self.raw(name).map(|raw| serde_json::from_str(raw.get())).transpose().map_err(|_| Mistyped)
    }

    /// The member as a text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Mistyped> {
        Ok(self.read::<Text<'a>>(name)?.map(|Text(text)| text))
    }

    /// The member as a text. It may be the only element of an array.
    pub(crate) fn one_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Mistyped> {
        Ok(self.read::<OneText<'a>>(name)?.map(|OneText(text)| text))
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let index = self.0.binary_search_by(|(given, _)| given.as_ref().cmp(name)).ok()?;
        self.0.get(index).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some((Text(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        // Sorted, not compared pair by pair: nothing is proven yet, and a sender of thousands of
        // names must not gain from it.
        members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if members.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
            return Err(A::Error::custom("repeated name"));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::Members;

    #[test]
    fn only_one_object_with_distinct_names_is_accepted() {
        assert!(Members::parse(r#" {"a":1,"b":{"a":1}} "#).is_some());
        for json in ["", "1", "null", "[]", r#""a""#, "{}{}", "{", r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(Members::parse(json).is_none(), "{json}");
        }
        assert!(Members::parse_bytes(b"{\"a\":\"\xff\"}").is_none());
    }

    #[test]
    fn depth_costs_no_stack() {
        let json = format!(r#"{{"a":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
        let members = Members::parse(&json).unwrap();
        assert!(members.read::<Vec<String>>("a").is_err());
        assert!(members.read::<serde_json::Value>("a").is_err());
    }

    #[test]
    fn null_is_there_and_mistyped() {
        let members = Members::parse(r#"{"a":null}"#).unwrap();
        assert!(members.has("a"));
        assert!(members.read::<String>("a").is_err());
        assert!(matches!(members.read::<String>("b"), Ok(None)));
    }
}
