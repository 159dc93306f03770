//! The tables: their names, their items, and every condition on them.

pub(crate) mod identities;
pub(crate) mod operations;
pub(crate) mod persons;
pub(crate) mod receipts;
pub(crate) mod seals;
pub(crate) mod sequences;
pub(crate) mod users;

use crate::config::{ConfigProblem, Environment};

/// The names of the tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `person_id` → person.
    pub persons: String,
    /// `player_uuid` → platform user.
    pub users: String,
    /// `identity` → claim.
    pub identities: String,
    /// `person_id` → receipt.
    pub receipts: String,
    /// `chain` and number → seal.
    pub seals: String,
    /// `name` → next free number.
    pub sequences: String,
}

impl Tables {
    /// The names in the variables that the template sets for every function.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigProblem> {
        let name = |variable| Ok(environment.text(variable, "the name of a DynamoDB table")?.to_owned());
        Ok(Self {
            persons: name("PERSONS_TABLE")?,
            users: name("USERS_TABLE")?,
            identities: name("IDENTITIES_TABLE")?,
            receipts: name("RECEIPTS_TABLE")?,
            seals: name("SEALS_TABLE")?,
            sequences: name("SEQUENCES_TABLE")?,
        })
    }
}
