//! Finds the user or person that a request targets, and checks that the caller may act on it.
//!
//! The caller's own person is the person to which its own user belongs now
//! (docs/contract/rallyhere.md, "Own person"). A person named in the token is ignored. The write
//! that follows checks the link again, because it may have changed since.

mod find;
mod look_up;
mod own;

pub use find::{Found, TargetUser, find_person, find_user};
pub use look_up::{LookedUp, Seen, look_up};
pub use own::{FoundUser, active_own_person, is_itself, is_of_own_person, own_person, own_user, want};

use crate::{auth::TokenProblem, aws::CallError, http::rallyhere::Rejection};

/// The reasons why the own user cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum AccessProblem {
    /// The two names of the own user in the token contradict each other.
    #[error(transparent)]
    Token(#[from] TokenProblem),
    /// A call to AWS failed.
    #[error(transparent)]
    Store(#[from] CallError),
}

impl<E> From<AccessProblem> for Rejection<E> {
    fn from(problem: AccessProblem) -> Self {
        match problem {
            AccessProblem::Token(refused) => Self::Auth(refused),
            AccessProblem::Store(error) => Self::Store(error),
        }
    }
}
