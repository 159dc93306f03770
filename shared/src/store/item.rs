use std::{collections::HashMap, fmt::Display, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{PlayerId, Second, Timestamp};

/// The attributes of one item.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(super) fn s(text: impl Display) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// A number attribute.
pub(super) fn n(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An item of these attributes.
pub(super) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Reads the attributes of an item. Errors name the attribute and never show a value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    table: &'static str,
    item: &'a Item,
}

impl<'a> Reader<'a> {
    pub(super) fn new(table: &'static str, item: &'a Item) -> Self {
        Self { table, item }
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    pub(super) fn text(self, name: &str) -> Result<&'a str, StoreError> {
        match self.item.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(self.broken(name)),
        }
    }

    pub(super) fn number<N: FromStr>(self, name: &str) -> Result<N, StoreError> {
        match self.item.get(name) {
            Some(AttributeValue::N(digits)) => digits.parse().map_err(|_| self.broken(name)),
            _ => Err(self.broken(name)),
        }
    }

    pub(super) fn map(self, name: &str) -> Result<&'a Item, StoreError> {
        match self.item.get(name) {
            Some(AttributeValue::M(map)) => Ok(map),
            _ => Err(self.broken(name)),
        }
    }

    pub(super) fn uuid(self, name: &str) -> Result<Uuid, StoreError> {
        Uuid::try_parse(self.text(name)?).map_err(|_| self.broken(name))
    }

    /// A list of uuids.
    pub(super) fn uuids(self, name: &str) -> Result<Vec<Uuid>, StoreError> {
        let Some(AttributeValue::L(list)) = self.item.get(name) else { return Err(self.broken(name)) };
        let uuid = |value: &AttributeValue| value.as_s().ok().and_then(|text| Uuid::try_parse(text).ok());
        list.iter().map(uuid).collect::<Option<_>>().ok_or_else(|| self.broken(name))
    }

    /// Bytes.
    pub(super) fn bytes(self, name: &str) -> Result<&'a [u8], StoreError> {
        match self.item.get(name) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(self.broken(name)),
        }
    }

    pub(super) fn player_id(self, name: &str) -> Result<PlayerId, StoreError> {
        PlayerId::new(self.number(name)?).ok_or_else(|| self.broken(name))
    }

    /// A second of a year with four digits: all that can be written as text.
    pub(super) fn second(self, name: &str) -> Result<Second, StoreError> {
        let second = self.number(name).map(Second::from_unix)?;
        if second.is_writable() { Ok(second) } else { Err(self.broken(name)) }
    }

    pub(super) fn timestamp(self, name: &str) -> Result<Timestamp, StoreError> {
        self.number(name).map(Timestamp::from_millis)
    }

    /// What a text stands for.
    pub(super) fn parsed<T>(self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        parse(self.text(name)?).ok_or_else(|| self.broken(name))
    }

    /// The same reading for an attribute that may be absent.
    pub(super) fn optional<T>(
        self,
        name: &str,
        read: impl FnOnce(Self, &str) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if self.has(name) { read(self, name).map(Some) } else { Ok(None) }
    }

    pub(super) fn broken(self, name: &str) -> StoreError {
        StoreError::Broken(format!("attribute {name} of an item in {}", self.table))
    }
}
