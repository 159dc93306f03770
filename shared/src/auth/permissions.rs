use std::collections::BTreeMap;

use super::{claim_path::ClaimPath, error::AuthError, json::Members};

/// The most permissions that a token may hold.
const MAX_PERMISSIONS: usize = 256;

/// The name of the claim in errors, wherever the issuer puts it.
const NAME: &str = "permissions";

/// Where an issuer's tokens have permissions, and how they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionRules {
    /// The claim.
    pub claim: ClaimPath,
    /// What the claim is.
    pub form: Form,
    /// What every entry begins with; others are not for us and are left out.
    pub prefix: Option<String>,
    /// The permissions of each role. With it an entry is a role, and one that is not listed means nothing.
    pub roles: Option<BTreeMap<String, Vec<String>>>,
}

/// How several texts are written in one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An array of texts.
    Array,
    /// One text with spaces in between, as `scope` (RFC 8693 section 4.2).
    Words,
    /// The names of an object's members.
    Keys,
}

impl Default for PermissionRules {
    fn default() -> Self {
        Self { claim: ClaimPath::name(NAME), form: Form::Array, prefix: None, roles: None }
    }
}

impl PermissionRules {
    /// What the claims permit: nothing without the claim.
    pub(super) fn read(&self, claims: &Members<'_>) -> Result<Vec<String>, AuthError> {
        let entries = self.entries(claims)?;
        if entries.len() > MAX_PERMISSIONS {
            return Err(AuthError::InvalidClaim(NAME));
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

    fn entries(&self, claims: &Members<'_>) -> Result<Vec<String>, AuthError> {
        let entries = match self.form {
            Form::Array => self.claim.read::<Vec<String>>(claims),
            Form::Words => self
                .claim
                .read::<String>(claims)
                .map(|text| text.map(|text| text.split_ascii_whitespace().map(str::to_owned).collect())),
            Form::Keys => self
                .claim
                .read::<Members<'_>>(claims)
                .map(|object| object.map(|object| object.names().map(str::to_owned).collect())),
        };
        entries.map(Option::unwrap_or_default).map_err(|_| AuthError::InvalidClaim(NAME))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(rules: &PermissionRules, value: &Value) -> Result<Vec<String>, AuthError> {
        rules.read(&Members::parse(&json!({ "permissions": value }).to_string()).unwrap())
    }

    fn rules(form: Form) -> PermissionRules {
        PermissionRules { form, ..PermissionRules::default() }
    }

    #[test]
    fn each_form_is_read_and_no_other_in_its_place() {
        let values = [
            (Form::Array, json!(["user:*", "user.read"])),
            (Form::Words, json!("user:*  user.read")),
            (Form::Keys, json!({ "user:*": { "org": "domain" }, "user.read": null })),
        ];
        for (form, value) in &values {
            let mut held = read(&rules(*form), value).unwrap();
            held.sort();
            assert_eq!(held, ["user.read", "user:*"], "{form:?}");
            for (other, value) in values.iter().filter(|(other, _)| other != form) {
                assert!(read(&rules(*form), value).is_err(), "{form:?} takes {other:?}");
            }
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
            assert_eq!(read(&rules(form), &exceeds), Err(AuthError::InvalidClaim("permissions")));
        }
    }
}
