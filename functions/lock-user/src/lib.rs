//! `POST /v2/users/{userId}/lock`
//! `POST /zitadel.user.v2.UserService/LockUser`

use shared::{
    identity::StateChange,
    prelude::zitadel::*,
    user_state::{ChangeState, StateRule},
};

refusals! {
    /// The refusals of this endpoint besides those that its whole dialect shares.
    pub enum LockRefusal: ApiError {
        UserNotFound = ApiError::user_not_found("COMMAND-450yxuqrh1"),
        NotActive = ApiError::failed_precondition("COMMAND-lgws8wtsqf", "User is not active or initial"),
    }
}

impl StateRule for LockRefusal {
    const ACTION: &'static str = env!("CARGO_PKG_NAME");
    const CHANGE: StateChange = StateChange::Lock;
    const SUMMARY: &'static str = "Lock a user";
    const TEXT: &'static str = "Nobody may log in as the user until it is unlocked. Only an active user can be locked.";
    const REQUEST: &'static str = "LockUserRequest";
    const NOT_FOUND: Self = Self::UserNotFound;
    const REFUSED: Self = Self::NotActive;
}

/// Locks a user: nobody may log in as it until it is unlocked.
pub type LockUser = ChangeState<LockRefusal>;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<LockUser>, ConfigProblem> {
    setup.serve(ChangeState::default())
}
