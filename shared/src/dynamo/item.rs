use std::{collections::HashMap, fmt::Display, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use crate::{
    aws::CallError,
    identity::{PlayerId, Second, Timestamp},
};

/// The attributes of one item.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn s(text: impl Display) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// A number attribute.
pub(crate) fn n(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An item of these attributes.
pub(crate) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Reads the attributes of an item. Errors name the attribute and never show its value.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    table: &'static str,
    item: &'a Item,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(table: &'static str, item: &'a Item) -> Self {
        Self { table, item }
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, CallError> {
        match self.item.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(self.broken(name)),
        }
    }

    pub(crate) fn number<N: FromStr>(self, name: &str) -> Result<N, CallError> {
        match self.item.get(name) {
            Some(AttributeValue::N(digits)) => digits.parse().map_err(|_| self.broken(name)),
            _ => Err(self.broken(name)),
        }
    }

    pub(crate) fn map(self, name: &str) -> Result<&'a Item, CallError> {
        match self.item.get(name) {
            Some(AttributeValue::M(map)) => Ok(map),
            _ => Err(self.broken(name)),
        }
    }

    pub(crate) fn uuid(self, name: &str) -> Result<Uuid, CallError> {
        Uuid::try_parse(self.text(name)?).map_err(|_| self.broken(name))
    }

    /// A list of uuids.
    pub(crate) fn uuids(self, name: &str) -> Result<Vec<Uuid>, CallError> {
        let Some(AttributeValue::L(list)) = self.item.get(name) else { return Err(self.broken(name)) };
        let uuid = |value: &AttributeValue| value.as_s().ok().and_then(|text| Uuid::try_parse(text).ok());
        list.iter().map(uuid).collect::<Option<_>>().ok_or_else(|| self.broken(name))
    }

    /// Bytes.
    pub(crate) fn bytes(self, name: &str) -> Result<&'a [u8], CallError> {
        match self.item.get(name) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(self.broken(name)),
        }
    }

    pub(crate) fn player_id(self, name: &str) -> Result<PlayerId, CallError> {
        PlayerId::new(self.number(name)?).ok_or_else(|| self.broken(name))
    }

    /// A second whose year has four digits, so that it can be written as text.
    pub(crate) fn second(self, name: &str) -> Result<Second, CallError> {
        let second = self.number(name).map(Second::from_unix)?;
        if second.is_writable() { Ok(second) } else { Err(self.broken(name)) }
    }

    pub(crate) fn timestamp(self, name: &str) -> Result<Timestamp, CallError> {
        self.number(name).map(Timestamp::from_millis)
    }

    /// A text, converted by `parse`.
    pub(crate) fn parsed<T>(self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, CallError> {
        parse(self.text(name)?).ok_or_else(|| self.broken(name))
    }

    /// The same for an attribute that may be absent.
    pub(crate) fn optional<T>(
        self,
        name: &str,
        read: impl FnOnce(Self, &str) -> Result<T, CallError>,
    ) -> Result<Option<T>, CallError> {
        if self.has(name) { read(self, name).map(Some) } else { Ok(None) }
    }

    pub(crate) fn broken(self, name: &str) -> CallError {
        CallError::Broken(format!("attribute {name} of an item in {}", self.table))
    }
}
