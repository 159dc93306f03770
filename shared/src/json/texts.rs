//! Texts as issuers write them: some write an array with one text where a text belongs, others a
//! text where an array belongs.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

use super::Text;

/// A text, or an array with exactly one text. `Debug` shows nothing of it.
pub(crate) struct OneText<'a>(pub(crate) Cow<'a, str>);

/// Texts in an array, or one text alone.
pub(crate) enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for OneText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneTextVisitor)
    }
}

struct OneTextVisitor;

impl<'de> Visitor<'de> for OneTextVisitor {
    type Value = OneText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an array with one")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(OneText(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(OneText(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Self::Value, A::Error> {
        match (texts.next_element::<Text<'de>>()?, texts.next_element::<IgnoredAny>()?) {
            (Some(Text(text)), None) => Ok(OneText(text)),
            _ => Err(A::Error::custom("not one text")),
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an array of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Texts::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Self::Value, A::Error> {
        let mut several = Vec::new();
        while let Some(text) = texts.next_element()? {
            several.push(text);
        }
        Ok(Texts::Several(several))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(json: &str) -> Option<String> {
        serde_json::from_str::<OneText<'_>>(json).ok().map(|OneText(text)| text.into_owned())
    }

    #[test]
    fn a_text_alone_and_a_text_alone_in_an_array_are_the_same_text() {
        for (json, text) in [(r#""a""#, "a"), (r#"["a"]"#, "a"), (r#"["\u0061"]"#, "a"), (r#""""#, "")] {
            assert_eq!(one(json).as_deref(), Some(text), "{json}");
        }
    }

    #[test]
    fn several_texts_and_other_values_are_not_one_text() {
        for json in ["[]", r#"["a","b"]"#, r#"["a",null]"#, r#"[["a"]]"#, "[1]", "1", "null", "true", r#"{"a":"a"}"#] {
            assert_eq!(one(json), None, "{json}");
        }
    }

    #[test]
    fn texts_are_one_or_an_array() {
        for (json, texts) in [(r#""a b""#, vec!["a b"]), ("[]", vec![]), (r#"["a","b"]"#, vec!["a", "b"])] {
            assert_eq!(serde_json::from_str::<Texts>(json).unwrap().into_vec(), texts, "{json}");
        }
        for json in ["null", "1", r#"["a",1]"#, r#"[["a"]]"#, "{}"] {
            assert!(serde_json::from_str::<Texts>(json).is_err(), "{json}");
        }
    }
}
