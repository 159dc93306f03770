use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The members of a JSON object, each read when it is asked for. Their names are distinct.
///
/// RFC 7515 section 4 and RFC 7519 section 4 let a reader refuse repeated names. We do, since two readers that choose
/// differently would see two tokens.
pub(super) struct Members<'a>(BTreeMap<String, &'a RawValue>);

/// The member is there, and is not what it should be.
#[derive(Debug)]
pub(super) struct Mistyped;

impl<'a> Members<'a> {
    /// `None` when the text is not one JSON object with distinct names.
    pub(super) fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Like [`Self::parse`]; JSON is UTF-8 (RFC 7519 section 7.2).
    pub(super) fn parse_bytes(json: &'a [u8]) -> Option<Self> {
        Self::parse(str::from_utf8(json).ok()?)
    }

    /// Whether the member is there, `null` included.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names of the members.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The member as a `T`, `None` when it is not there. A `null` is there.
    pub(super) fn read<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, Mistyped> {
        self.0.get(name).map(|raw| serde_json::from_str(raw.get())).transpose().map_err(|_| Mistyped)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated name"));
            }
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
