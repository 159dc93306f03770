use std::collections::HashMap;

use crate::identity::{Claim, IdentityKey, Person, PersonId, PlatformUser, PlayerUuid};

/// The keys of several records.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Persons.
    pub persons: Vec<PersonId>,
    /// Platform users.
    pub users: Vec<PlayerUuid>,
    /// Claims.
    pub identities: Vec<IdentityKey>,
}

/// The records that were found, each as it was at some moment of the read.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Persons.
    pub persons: HashMap<PersonId, Person>,
    /// Platform users.
    pub users: HashMap<PlayerUuid, PlatformUser>,
    /// Claims.
    pub claims: HashMap<IdentityKey, Claim>,
}
