use std::fmt;

use crate::{
    auth::{Actor, Caller, Permission, PermissionProblem},
    identity::Timestamp,
    validation::Account,
};

/// Who may call an operation, besides that everybody needs a token.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Whoever has this permission; 403 for everybody else.
    Permitted(&'static Permission),
    /// Whoever has the first permission, and a player for its own person, with the second one if that is named; 403 for
    /// everybody else.
    OwnOrPermitted(&'static Permission, Option<&'static Permission>),
    /// Whoever has this permission, and a player for its own person; everybody else gets one of the operation's refusals.
    OwnOrRefused(&'static Permission),
    /// Whoever has this permission, and a user for itself, which is less than its person; 403 for everybody else.
    ItselfOrPermitted(&'static Permission),
}

impl Access {
    /// What opens everybody's data.
    pub(super) fn unrestricted(self) -> &'static Permission {
        let (Self::Permitted(permission)
        | Self::OwnOrPermitted(permission, _)
        | Self::OwnOrRefused(permission)
        | Self::ItselfOrPermitted(permission)) = self;
        permission
    }
}

/// Who calls an endpoint, and what the access of that endpoint opens to it.
pub struct Rights {
    caller: Caller,
    access: Access,
    now: Timestamp,
}

/// Whose data a caller may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// Anybody's.
    Any,
    /// Its own person's, which this account is to prove; the answer where it does not.
    Own(Account, PermissionProblem),
}

impl Rights {
    /// The rights of this caller at an endpoint with this access, at the time of its request.
    pub fn of(caller: Caller, access: Access, now: Timestamp) -> Self {
        Self { caller, access, now }
    }

    /// The time of the request, by which its token was judged.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether anybody's data is open to the caller.
    pub fn are_unrestricted(&self) -> bool {
        self.caller.holds(self.access.unrestricted())
    }

    /// Refuses a caller to whom not everybody's data is open.
    pub fn require_unrestricted(&self) -> Result<(), PermissionProblem> {
        self.caller.require(self.access.unrestricted())
    }

    /// What the caller's permissions allow, before anything is looked up. A refusal names what the caller lacks: the
    /// permission for its own person too, unless the caller holds it and it is not enough.
    pub fn authority(&self) -> Result<Authority, PermissionProblem> {
        let Err(refused) = self.require_unrestricted() else { return Ok(Authority::Any) };
        if let Access::OwnOrPermitted(_, Some(own)) = self.access {
            self.caller.require(own)?;
        }
        self.own_account().map(|account| Authority::Own(account, refused)).ok_or(refused)
    }

    /// The platform account that the token names.
    pub fn own_account(&self) -> Option<Account> {
        self.caller.account()
    }

    /// The caller, as the token proves it.
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
