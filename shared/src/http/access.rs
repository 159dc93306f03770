use std::fmt;

use crate::{
    auth::{Actor, Caller, OwnUser, Permission, PermissionProblem},
    identity::Timestamp,
};

/// The access rule of an endpoint. All but `Open` and `Client` require a valid token.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Everybody, without authentication.
    Open,
    /// Callers with a valid token, whatever its permissions.
    AnyToken,
    /// Clients of login with their secret, by HTTP Basic (RFC 7617). If a permission is named, the
    /// client needs it. Others get 403.
    Client(Option<&'static Permission>),
    /// Callers with this permission. Others get 403.
    Permitted(&'static Permission),
    /// Callers with the first permission, and players for their own person. If a second permission
    /// is named, a player needs it too. Others get 403.
    OwnOrPermitted(&'static Permission, Option<&'static Permission>),
    /// Callers with this permission, and players for their own person. Others get one of the
    /// endpoint's own refusals.
    OwnOrRefused(&'static Permission),
    /// Callers with this permission, and users for themselves, though not for other users of their
    /// person. Others get 403.
    ItselfOrPermitted(&'static Permission),
}

impl Access {
    /// Whether the endpoint requires a bearer token.
    pub const fn takes_token(self) -> bool {
        !matches!(self, Self::Open | Self::Client(_))
    }

    /// The permission that lifts the restriction to the caller's own data. `None` if nothing is
    /// restricted.
    pub(super) fn unrestricted(self) -> Option<&'static Permission> {
        match self {
            Self::Open | Self::AnyToken | Self::Client(_) => None,
            Self::Permitted(permission)
            | Self::OwnOrPermitted(permission, _)
            | Self::OwnOrRefused(permission)
            | Self::ItselfOrPermitted(permission) => Some(permission),
        }
    }
}

/// The caller of an endpoint, with the access rule of that endpoint.
pub struct Rights {
    caller: Caller,
    access: Access,
    now: Timestamp,
}

/// The data that a caller may read or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// The data of any person.
    Any,
    /// Only the data of the own person. Holds the user that must belong to it, and the refusal
    /// otherwise.
    Own(OwnUser, PermissionProblem),
}

impl Rights {
    /// The rights of this caller at an endpoint with this access rule, at the time of the request.
    pub fn of(caller: Caller, access: Access, now: Timestamp) -> Self {
        Self { caller, access, now }
    }

    /// The time of the request, at which the token was verified.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether the caller may act on any person, not only on its own.
    pub fn are_unrestricted(&self) -> bool {
        self.require_unrestricted().is_ok()
    }

    /// Refuses a caller that may act on its own person only.
    pub fn require_unrestricted(&self) -> Result<(), PermissionProblem> {
        self.access.unrestricted().map_or(Ok(()), |permission| self.caller.require(permission))
    }

    /// The authority that the caller's permissions give, before any record is read. A refusal lists
    /// the permissions that would be enough. The permission for the own person is listed too,
    /// unless the caller holds it.
    pub fn authority(&self) -> Result<Authority, PermissionProblem> {
        let Err(refused) = self.require_unrestricted() else { return Ok(Authority::Any) };
        if let Access::OwnOrPermitted(_, Some(own)) = self.access {
            self.caller.require(own)?;
        }
        self.own_user().map(|own| Authority::Own(own, refused)).ok_or(refused)
    }

    /// The own user that the token names.
    pub fn own_user(&self) -> Option<OwnUser> {
        self.caller.own_user()
    }

    /// The caller that the token proves.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The caller's name in audit lines.
    pub fn actor(&self) -> &Actor {
        self.caller.actor()
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rights").field(&self.caller).finish()
    }
}
