use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Members;

/// The mistake in `AUTH_ISSUERS`, in words for the operator. It repeats no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsProblem(pub(super) String);

/// A JSON object of the settings, and its path for errors.
pub(super) struct Object<'a> {
    at: String,
    members: Members<'a>,
}

impl<'a> Object<'a> {
    pub(super) fn parse(at: String, json: &'a RawValue) -> Result<Self, SettingsProblem> {
        match Members::parse(json.get()) {
            Some(members) => Ok(Self { at, members }),
            None => Err(SettingsProblem(format!("{at}: a JSON object with distinct names"))),
        }
    }

    pub(super) fn knows(&self, names: &[&str]) -> Result<(), SettingsProblem> {
        match self.members.names().find(|name| !names.contains(name)) {
            Some(_) => Err(SettingsProblem(format!("{}: an unknown member; known are {}", self.at, names.join(", ")))),
            None => Ok(()),
        }
    }

    pub(super) fn optional<T: Deserialize<'a>>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, SettingsProblem> {
        self.members.read(name).map_err(|_| self.wrong(name, expected))
    }

    pub(super) fn required<T: Deserialize<'a>>(&self, name: &str, expected: &str) -> Result<T, SettingsProblem> {
        self.optional(name, expected)?.ok_or_else(|| self.wrong(name, expected))
    }

    pub(super) fn text(&self, name: &str, expected: &str) -> Result<String, SettingsProblem> {
        let text: String = self.required(name, expected)?;
        if text.is_empty() { Err(self.wrong(name, expected)) } else { Ok(text) }
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, SettingsProblem> {
        let json = self.optional::<&'a RawValue>(name, "a JSON object")?;
        json.map(|json| Self::parse(format!("{}.{name}", self.at), json)).transpose()
    }

    /// All members, each read as a `T`.
    pub(super) fn members<T: Deserialize<'a>>(&self, expected: &str) -> Result<BTreeMap<String, T>, SettingsProblem> {
        let members = self.members.names().map(|name| Ok((name.to_owned(), self.required(name, expected)?)));
        members.collect()
    }

    pub(super) fn wrong(&self, name: &str, expected: &str) -> SettingsProblem {
        SettingsProblem(format!("{}.{name}: {expected}", self.at))
    }
}
