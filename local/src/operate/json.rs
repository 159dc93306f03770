//! Reads JSON from others and writes it in the canonical form of RFC 8785. It accepts only whole
//! numbers, plain names, and each name once.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// A value with exactly one canonical text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Json {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    /// Members in the order of RFC 8785. For plain names this is the order of their bytes.
    Object(BTreeMap<String, Self>),
}

impl Json {
    /// The canonical text.
    pub(super) fn canonical(&self) -> String {
        // To write such a value cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true, false, a list or an object")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = object.next_entry::<String, Json>()? {
            if !name.is_ascii() || members.insert(name, value).is_some() {
                return Err(A::Error::custom("a name occurs twice or is not plain"));
            }
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_rfc_8785() {
        let json: Json = serde_json::from_str(" {\"b\" : [1, true], \"a\":\"\\u00e9\\u000a\\/\\u001F\"} ").unwrap();
        assert_eq!(json.canonical(), r#"{"a":"é\n/\u001f","b":[1,true]}"#);
    }

    #[test]
    fn what_has_two_texts_or_two_meanings_is_refused() {
        for wrong in ["1.0", "-1", "1e3", "null", r#"{"a":1,"a":1}"#, r#"{"é":1}"#, "[01]", "{} {}"] {
            assert!(serde_json::from_str::<Json>(wrong).is_err(), "{wrong}");
        }
    }
}
