use std::collections::BTreeMap;

use super::{claim_path::ClaimPath, error::TokenProblem};
use crate::json::{Members, Mistyped, Texts};

/// The largest number of permissions in a token.
const MAX_PERMISSIONS: usize = 256;

/// The name of the claim in errors, whatever the issuer calls it.
const NAME: &str = "permissions";

/// The claim of an issuer's tokens that holds the permissions, and how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionRules {
    /// The claim.
    pub claim: ClaimPath,
    /// The form of the claim.
    pub form: Form,
    /// The prefix of our entries. Entries without it are for other services and are ignored.
    pub prefix: Option<String>,
    /// The permissions of each role. If set, each entry is a role; an unknown role grants nothing.
    pub roles: Option<BTreeMap<String, Vec<String>>>,
}

/// The ways to write several texts in one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An array of texts.
    Array,
    /// One text with spaces in between, like `scope` (RFC 8693 section 4.2).
    Words,
    /// One text with commas in between.
    Commas,
    /// The names of an object's members.
    Keys,
}

impl Form {
    /// Splits a claim into entries. Some issuers write a single entry without its array, and others
    /// write a list inside an array.
    fn split(self, texts: Texts) -> Result<Vec<String>, Mistyped> {
        let is_separator = |letter: char| letter == ',' || letter.is_ascii_whitespace();
        match (self, texts) {
            // Refused, because it may be one entry or several.
            (Self::Array, Texts::One(text)) if text.contains(is_separator) => Err(Mistyped),
            (Self::Array | Self::Keys, texts) => Ok(texts.into_vec()),
            // Each entry of an array is whole: a name may contain a separator.
            (Self::Words | Self::Commas, Texts::Several(texts)) if texts.len() > 1 => Ok(texts),
            (Self::Words, texts) => Ok(split(texts, |letter| letter.is_ascii_whitespace())),
            (Self::Commas, texts) => Ok(split(texts, |letter| letter == ',')),
        }
    }
}

fn split(texts: Texts, is_separator: impl Fn(char) -> bool) -> Vec<String> {
    let texts = texts.into_vec();
    let entries = texts.iter().flat_map(|text| text.split(&is_separator)).map(str::trim_ascii);
    entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

impl Default for PermissionRules {
    fn default() -> Self {
        Self { claim: ClaimPath::name(NAME), form: Form::Array, prefix: None, roles: None }
    }
}

impl PermissionRules {
    /// The permissions that the claims grant. Without the claim there are none.
    pub(super) fn read(&self, claims: &Members<'_>) -> Result<Vec<String>, TokenProblem> {
        let entries = self.entries(claims)?;
        if entries.len() > MAX_PERMISSIONS {
            return Err(TokenProblem::InvalidClaim(NAME));
        }
        let entries = entries.into_iter().filter_map(|entry| match &self.prefix {
            Some(prefix) => entry.strip_prefix(prefix).map(str::to_owned),
            None => Some(entry),
        });
        Ok(match &self.roles {
            Some(roles) => entries.filter_map(|role| roles.get(&role)).flatten().cloned().collect(),
            None => entries.collect(),
        })
    }

    fn entries(&self, claims: &Members<'_>) -> Result<Vec<String>, TokenProblem> {
        let entries = if self.form == Form::Keys {
            let object = self.claim.read::<Option<Members<'_>>>(claims).map(Option::flatten);
            object.map(|object| object.map(|object| object.names().map(str::to_owned).collect()))
        } else {
            let texts = self.claim.read::<Option<Texts>>(claims).map(Option::flatten);
            texts.and_then(|texts| texts.map(|texts| self.form.split(texts)).transpose())
        };
        entries.map(Option::unwrap_or_default).map_err(|Mistyped| TokenProblem::InvalidClaim(NAME))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(rules: &PermissionRules, value: &Value) -> Result<Vec<String>, TokenProblem> {
        rules.read(&Members::parse(&json!({ "permissions": value }).to_string()).unwrap())
    }

    fn rules(form: Form) -> PermissionRules {
        PermissionRules { form, ..PermissionRules::default() }
    }

    #[test]
    fn each_form_is_read() {
        for (form, value) in [
            (Form::Array, json!(["user:*", "user.read"])),
            (Form::Words, json!("user:*  user.read")),
            (Form::Commas, json!("user:*, user.read,")),
            (Form::Keys, json!({ "user:*": { "org": "domain" }, "user.read": null })),
        ] {
            let mut held = read(&rules(form), &value).unwrap();
            held.sort();
            assert_eq!(held, ["user.read", "user:*"], "{form:?}");
        }
    }

    #[test]
    fn a_text_in_the_place_of_an_array_is_one_entry_and_an_array_in_the_place_of_a_text_is_several() {
        for (form, value, expected) in [
            (Form::Array, json!("user:*"), vec!["user:*"]),
            (Form::Words, json!(["user:*", "user.read"]), vec!["user:*", "user.read"]),
            (Form::Words, json!(["user:* user.read"]), vec!["user:*", "user.read"]),
            (Form::Words, json!("a,b"), vec!["a,b"]),
            (Form::Words, json!(["user:*", "guest support"]), vec!["user:*", "guest support"]),
            (Form::Commas, json!(["user:*, a"]), vec!["user:*", "a"]),
            (Form::Commas, json!(["user:*", "a, b"]), vec!["user:*", "a, b"]),
            (Form::Commas, json!("a b,c"), vec!["a b", "c"]),
            (Form::Commas, json!(""), vec![]),
            (Form::Array, json!(null), vec![]),
            (Form::Keys, json!(null), vec![]),
        ] {
            assert_eq!(read(&rules(form), &value).unwrap(), expected, "{form:?} {value}");
        }
    }

    #[test]
    fn what_may_be_read_in_two_ways_is_refused() {
        for (form, value) in [
            (Form::Array, json!("user:* user.read")),
            (Form::Array, json!("user:*,user.read")),
            (Form::Array, json!({ "user:*": 1 })),
            (Form::Words, json!({ "user:*": 1 })),
            (Form::Commas, json!({ "user:*": 1 })),
            (Form::Keys, json!("user:*")),
            (Form::Keys, json!(["user:*"])),
            (Form::Words, json!(["user:*", 1])),
        ] {
            assert_eq!(read(&rules(form), &value), Err(TokenProblem::InvalidClaim("permissions")), "{form:?} {value}");
        }
    }

    #[test]
    fn entries_without_the_prefix_are_left_out() {
        let rules = PermissionRules { prefix: Some("roster/".into()), ..rules(Form::Words) };
        let held = read(&rules, &json!("openid roster/user:platform:read user:* roster/")).unwrap();
        assert_eq!(held, ["user:platform:read", ""]);
    }

    #[test]
    fn with_a_table_only_roles_that_it_lists_count() {
        let roles = [("support".to_owned(), vec!["user:*".to_owned(), "purge:*:*".to_owned()])].into();
        let tabled = PermissionRules { roles: Some(roles), ..rules(Form::Array) };
        assert_eq!(read(&tabled, &json!(["support", "user:modify:any"])).unwrap(), ["user:*", "purge:*:*"]);
        assert!(read(&tabled, &json!(["user:*"])).unwrap().is_empty());
    }

    #[test]
    fn a_token_holds_at_most_256_permissions_in_any_form() {
        let names: Vec<_> = (0..257).map(|number| format!("p{number}")).collect();
        let object = |names: &[String]| json!(names.iter().map(|name| (name.clone(), 1)).collect::<BTreeMap<_, _>>());
        for (form, fits, exceeds) in [
            (Form::Array, json!(names[..256]), json!(names)),
            (Form::Words, json!(names[..256].join(" ")), json!(names.join(" "))),
            (Form::Keys, object(&names[..256]), object(&names)),
        ] {
            assert_eq!(read(&rules(form), &fits).unwrap().len(), 256);
            assert_eq!(read(&rules(form), &exceeds), Err(TokenProblem::InvalidClaim("permissions")));
        }
    }
}
