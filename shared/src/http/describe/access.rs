//! Access rules in the description of the API.

use utoipa::openapi::{
    extensions::{Extensions, ExtensionsBuilder},
    security::SecurityRequirement,
};

use crate::{auth::Permission, http::Access};

/// No scopes.
const NOTHING: [&str; 0] = [];

impl Access {
    /// Whether 403 `insufficient_permissions` is a possible answer.
    pub(in crate::http) fn forbids(self) -> bool {
        !matches!(self, Self::Open | Self::AnyToken | Self::Client(None) | Self::OwnOrRefused(_))
    }

    /// One requirement for each sufficient permission. An empty one if any token is enough for the
    /// own person, and none at all if everybody is allowed.
    pub(super) fn requirements(self) -> Vec<SecurityRequirement> {
        let scheme = match self {
            Self::Open => return Vec::new(),
            Self::AnyToken => return vec![SecurityRequirement::new("bearer", NOTHING)],
            Self::Client(None) => return vec![SecurityRequirement::new("client", NOTHING)],
            Self::Client(_) => "client",
            _ => "bearer",
        };
        let own = self.own().map(|own| if own.is_empty() { vec![None] } else { own.into_iter().map(Some).collect() });
        let all = self.anybody().into_iter().map(Some).chain(own.unwrap_or_default());
        all.map(|permission| SecurityRequirement::new(scheme, permission)).collect()
    }

    /// The same for programs: lists of permissions, by the data that they open.
    pub(super) fn extensions(self) -> Extensions {
        let mut permissions = serde_json::json!({ "anybody": self.anybody() });
        if let (Some(own), Some(permissions)) = (self.own(), permissions.as_object_mut()) {
            let whose = if matches!(self, Self::ItselfOrPermitted(_)) { "own-user" } else { "own-person" };
            permissions.insert(whose.into(), own.into());
        }
        ExtensionsBuilder::new().add("x-permissions", permissions).build()
    }

    /// The access rule as a sentence for the description of the API.
    pub(super) fn sentence(self) -> String {
        let anybody = listed(&self.anybody());
        match self.own().as_deref() {
            _ if matches!(self, Self::Open) => "**Authentication**: none.".into(),
            _ if matches!(self, Self::AnyToken) => "**Authentication**: any valid token, whatever it permits.".into(),
            _ if matches!(self, Self::Client(None)) => "**Authentication**: a client's id and secret.".into(),
            _ if matches!(self, Self::Client(_)) => {
                format!("**Authentication**: the id and secret of a client with the permission {anybody}.")
            }
            _ if matches!(self, Self::ItselfOrPermitted(_)) => {
                format!("**Permission**: {anybody}; none for the caller's own user.")
            }
            None => format!("**Permission**: {anybody}."),
            Some([]) => format!("**Permission**: {anybody}; none for the caller's own person."),
            Some(own) => format!("**Permission**: {anybody}; for the caller's own person also {}.", listed(own)),
        }
    }

    fn anybody(self) -> Vec<&'static str> {
        let permission = if let Self::Client(permission) = self { permission } else { self.unrestricted() };
        permission.map(names).unwrap_or_default()
    }

    /// The permissions that are enough for the own person or the own user, but for no other.
    fn own(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Open | Self::AnyToken | Self::Client(_) | Self::Permitted(_) => None,
            Self::OwnOrPermitted(_, None) | Self::OwnOrRefused(_) | Self::ItselfOrPermitted(_) => Some(Vec::new()),
            Self::OwnOrPermitted(anybody, Some(own)) => {
                let anybody = names(anybody);
                Some(names(own).into_iter().filter(|name| !anybody.contains(name)).collect())
            }
        }
    }
}

fn names(permission: &Permission) -> Vec<&'static str> {
    permission.documented.split(", ").collect()
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn described(access: Access) -> (Value, String) {
        (serde_json::to_value(access.requirements()).unwrap(), access.sentence())
    }

    #[test]
    fn without_a_token_nothing_is_required() {
        assert_eq!(described(Access::Open), (json!([]), "**Authentication**: none.".into()));
    }

    #[test]
    fn any_token_is_a_requirement_without_a_scope() {
        let sentence = "**Authentication**: any valid token, whatever it permits.";
        assert_eq!(described(Access::AnyToken), (json!([{ "bearer": [] }]), sentence.into()));
    }

    #[test]
    fn a_client_is_another_scheme_with_its_permission_as_scope() {
        let sentence = "**Authentication**: a client's id and secret.";
        assert_eq!(described(Access::Client(None)), (json!([{ "client": [] }]), sentence.into()));
        let permission = &Permission::READ_USER;
        let (required, sentence) = described(Access::Client(Some(permission)));
        assert_eq!(required[0], json!({ "client": ["user:platform:read"] }));
        assert!(sentence.contains("with the permission `user:platform:read`"), "{sentence}");
    }
}
