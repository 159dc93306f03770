use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::parse_duration;
use crate::json::Members;

/// The mistake in a JSON document of settings, in words for the operator. It repeats no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsProblem(pub(crate) String);

/// A JSON object of the settings, and its path for errors.
pub(crate) struct Object<'a> {
    at: String,
    members: Members<'a>,
}

impl<'a> Object<'a> {
    pub(crate) fn parse(at: String, json: &'a RawValue) -> Result<Self, SettingsProblem> {
        match Members::parse(json.get()) {
            Some(members) => Ok(Self { at, members }),
            None => Err(SettingsProblem(format!("{at}: a JSON object with distinct names"))),
        }
    }

    /// The object that is the whole document.
    pub(crate) fn document(json: &'a str) -> Result<Self, SettingsProblem> {
        let members = Members::parse(json);
        let members = members.ok_or_else(|| {
            let place = serde_json::from_str::<IgnoredAny>(json).err().map(|error| (error.line(), error.column()));
            let place = place.map(|(line, column)| format!("; line {line}, column {column} is not JSON"));
            SettingsProblem(format!("a JSON object with distinct names{}", place.unwrap_or_default()))
        })?;
        Ok(Self { at: String::new(), members })
    }

    pub(crate) fn knows(&self, names: &[&str]) -> Result<(), SettingsProblem> {
        match self.members.names().find(|name| !names.contains(name)) {
            // Its name is not repeated: it may be a secret in the wrong place.
            Some(_) => {
                let at = if self.at.is_empty() { String::new() } else { format!("{}: ", self.at) };
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Err(SettingsProblem(format!("{at}an unknown member; known are {known}")))
            }
            None => Ok(()),
        }
    }

    /// Whether the member is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.has(name)
    }

    pub(crate) fn optional<T: Deserialize<'a>>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, SettingsProblem> {
        self.members.read(name).map_err(|_| self.wrong(name, expected))
    }

    pub(crate) fn required<T: Deserialize<'a>>(&self, name: &str, expected: &str) -> Result<T, SettingsProblem> {
        self.optional(name, expected)?.ok_or_else(|| self.wrong(name, expected))
    }

    pub(crate) fn text(&self, name: &str, expected: &str) -> Result<String, SettingsProblem> {
        let text: String = self.required(name, expected)?;
        if text.is_empty() { Err(self.wrong(name, expected)) } else { Ok(text) }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, SettingsProblem> {
        let json = self.optional::<&'a RawValue>(name, "a JSON object")?;
        json.map(|json| Self::parse(self.place(name), json)).transpose()
    }

    /// All members, each read as a `T`.
    pub(crate) fn members<T: Deserialize<'a>>(&self, expected: &str) -> Result<BTreeMap<String, T>, SettingsProblem> {
        let members = self.members.names().map(|name| Ok((name.to_owned(), self.required(name, expected)?)));
        members.collect()
    }

    pub(crate) fn wrong(&self, name: &str, expected: &str) -> SettingsProblem {
        SettingsProblem(format!("{}: {expected}", self.place(name)))
    }

    /// A member that is a list of objects.
    pub(crate) fn objects(&self, name: &str, expected: &str) -> Result<Option<Vec<Self>>, SettingsProblem> {
        let Some(list) = self.optional::<Vec<&'a RawValue>>(name, expected)? else { return Ok(None) };
        let place = self.place(name);
        let objects = list.into_iter().enumerate();
        objects.map(|(index, json)| Self::parse(format!("{place}[{index}]"), json)).collect::<Result<_, _>>().map(Some)
    }

    /// A duration such as `30s` within these limits.
    pub(crate) fn duration(
        &self,
        name: &str,
        limits: RangeInclusive<Duration>,
        expected: &str,
    ) -> Result<Option<Duration>, SettingsProblem> {
        let Some(text) = self.optional::<String>(name, expected)? else { return Ok(None) };
        let duration = parse_duration(&text).filter(|duration| limits.contains(duration));
        duration.map(Some).ok_or_else(|| self.wrong(name, expected))
    }

    fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }
}
