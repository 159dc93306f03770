use super::covers::covers;

/// The permission that an operation requires: a held permission must cover one of the leaves.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// Concrete permissions, without wildcards.
    pub leaves: &'static [&'static str],
    /// The list in the error text.
    pub documented: &'static str,
}

/// The permissions of all endpoints, as `openapi.yaml` lists them
/// (docs/contract/rallyhere.md, "Tokens and permissions").
impl Permission {
    /// Allows a caller to create or update a platform user.
    pub const CREATE_USER: Self =
        Self { leaves: &["user:platform:create"], documented: "user:platform:create, user:*" };
    /// Allows a caller to read any platform user.
    pub const READ_USER: Self = Self { leaves: &["user:platform:read"], documented: "user:platform:read, user:*" };
    /// Allows a caller to modify somebody outside its own person.
    pub const MODIFY_ANY_USER: Self = Self { leaves: &["user:modify:any"], documented: "user:*, user:modify:any" };
    /// Allows a caller to purge any person.
    pub const PURGE_PERSON: Self =
        Self { leaves: &["purge:person:admin"], documented: "purge:*:*, purge:person:admin" };
    /// Allows a caller to purge its own person.
    pub const PURGE_SELF: Self = Self {
        leaves: &["purge:person:admin", "purge:person:self"],
        documented: "purge:*:*, purge:person:admin, purge:person:self",
    };
    /// Allows a caller to change the state of any user through the ZITADEL endpoints. `user:*`
    /// covers the second leaf.
    pub const WRITE_STATE: Self =
        Self { leaves: &["user.write", "user:modify:any"], documented: "user.write, user:*, user:modify:any" };
    /// Allows a caller to read any user through the ZITADEL endpoints. `user:*` covers the second
    /// leaf.
    pub const READ_STATE: Self =
        Self { leaves: &["user.read", "user:platform:read"], documented: "user.read, user:*, user:platform:read" };

    /// Allows a client to introspect and revoke tokens.
    pub const INTROSPECT: Self = Self { leaves: &["token:introspect"], documented: "token:introspect" };
    /// Allows a caller to list the sessions of any user.
    pub const READ_SESSIONS: Self =
        Self { leaves: &["user:session:read:any"], documented: "user:*, user:session:read:any" };
    /// Allows a caller to end the sessions of any user.
    pub const END_SESSIONS: Self =
        Self { leaves: &["user:session:modify:any"], documented: "user:*, user:session:modify:any" };

    /// The error for a caller without this permission.
    pub const fn refusal(&self) -> PermissionProblem {
        PermissionProblem { documented: self.documented, reason: "" }
    }

    /// Whether one of the held permissions covers a leaf.
    pub(crate) fn is_covered_by(&self, held: &[String]) -> bool {
        held.iter().any(|held| self.leaves.iter().any(|leaf| covers(held, leaf)))
    }
}

/// The caller is known and lacks the permission: 403 `insufficient_permissions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Insufficient Permissions - Expected any of: {documented}{reason}")]
pub struct PermissionProblem {
    documented: &'static str,
    reason: &'static str,
}

impl PermissionProblem {
    /// Appends the reason to the list of permissions, for a caller whose permission is not enough
    /// here.
    #[must_use]
    pub const fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    /// The `error_code` on the wire.
    pub const fn code(&self) -> &'static str {
        "insufficient_permissions"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Permission; 7] = [
        Permission::CREATE_USER,
        Permission::READ_USER,
        Permission::MODIFY_ANY_USER,
        Permission::PURGE_PERSON,
        Permission::PURGE_SELF,
        Permission::WRITE_STATE,
        Permission::READ_STATE,
    ];

    /// The permissions, out of those that callers typically hold, that cover this one.
    fn accepted(permission: &Permission) -> Vec<&'static str> {
        let held = [
            "*",
            "user:*",
            "user:platform:*",
            "user:platform:create",
            "user:platform:read",
            "user:modify:any",
            "user:modify",
            "user.write",
            "user.read",
            "user.*",
            "user.delete",
            "purge:*",
            "purge:*:*",
            "purge:person:admin",
            "purge:person:self",
            "purge:person",
        ];
        held.into_iter().filter(|held| permission.is_covered_by(&[(*held).to_owned()])).collect()
    }

    #[test]
    fn every_documented_permission_is_enough() {
        for permission in ALL {
            for held in permission.documented.split(", ") {
                assert!(permission.is_covered_by(&[held.to_owned()]), "{held}");
            }
        }
    }

    #[test]
    fn every_leaf_is_concrete() {
        assert!(ALL.iter().flat_map(|permission| permission.leaves).all(|leaf| !leaf.contains('*')));
    }

    #[test]
    fn user_permissions_accept_what_the_reference_lists_and_no_neighbour() {
        assert_eq!(accepted(&Permission::CREATE_USER), ["*", "user:*", "user:platform:*", "user:platform:create"]);
        assert_eq!(accepted(&Permission::READ_USER), ["*", "user:*", "user:platform:*", "user:platform:read"]);
        assert_eq!(accepted(&Permission::MODIFY_ANY_USER), ["*", "user:*", "user:modify:any"]);
    }

    #[test]
    fn purging_others_needs_more_than_purging_oneself() {
        let any = ["*", "purge:*", "purge:*:*", "purge:person:admin"];
        assert_eq!(accepted(&Permission::PURGE_PERSON), any);
        assert_eq!(accepted(&Permission::PURGE_SELF), [&any[..], &["purge:person:self"]].concat());
    }

    #[test]
    fn zitadel_permissions_accept_what_the_reference_lists_and_no_neighbour() {
        assert_eq!(accepted(&Permission::WRITE_STATE), ["*", "user:*", "user:modify:any", "user.write"]);
        assert_eq!(
            accepted(&Permission::READ_STATE),
            ["*", "user:*", "user:platform:*", "user:platform:read", "user.read"]
        );
    }

    #[test]
    fn nothing_held_is_never_enough() {
        assert!(ALL.iter().all(|permission| !permission.is_covered_by(&[])));
    }

    #[test]
    fn a_refusal_says_what_was_expected() {
        let refused = Permission::CREATE_USER.refusal();
        assert_eq!(refused.to_string(), "Insufficient Permissions - Expected any of: user:platform:create, user:*");
        let refused = refused.because(". Not today.");
        assert!(refused.to_string().ends_with(" user:platform:create, user:*. Not today."), "{refused}");
    }
}
