//! `POST /v2/users/{userId}/unlock`
//! `POST /zitadel.user.v2.UserService/UnlockUser`

use shared::{
    identity::StateChange,
    prelude::zitadel::*,
    user_state::{ChangeState, StateRule},
};

refusals! {
    /// The refusals of this endpoint besides those that its whole dialect shares.
    pub enum UnlockRefusal: ApiError {
        UserNotFound = ApiError::user_not_found("COMMAND-x377t913pw"),
        NotLocked = ApiError::failed_precondition("COMMAND-olb9vb0oca", "User is not locked"),
    }
}

impl StateRule for UnlockRefusal {
    const ACTION: &'static str = env!("CARGO_PKG_NAME");
    const CHANGE: StateChange = StateChange::Unlock;
    const SUMMARY: &'static str = "Unlock a user";
    const TEXT: &'static str = "The user may be used again. Only a locked user can be unlocked.";
    const REQUEST: &'static str = "UnlockUserRequest";
    const NOT_FOUND: Self = Self::UserNotFound;
    const REFUSED: Self = Self::NotLocked;
}

/// Unlocks a locked user: it may be used again.
pub type UnlockUser = ChangeState<UnlockRefusal>;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<UnlockUser>, ConfigProblem> {
    setup.serve(ChangeState::default())
}
