//! `POST /v2/users/{userId}/reactivate`
//! `POST /zitadel.user.v2.UserService/ReactivateUser`

use shared::{
    identity::StateChange,
    prelude::zitadel::*,
    user_state::{ChangeState, StateRule},
};

refusals! {
    /// The refusals of this endpoint besides those that its whole dialect shares.
    pub enum ReactivateRefusal: ApiError {
        UserNotFound = ApiError::user_not_found("COMMAND-9hy5kzbuk6"),
        NotInactive = ApiError::failed_precondition("COMMAND-s5qqcz97hf", "User is not inactive"),
    }
}

impl StateRule for ReactivateRefusal {
    const ACTION: &'static str = env!("CARGO_PKG_NAME");
    const CHANGE: StateChange = StateChange::Reactivate;
    const SUMMARY: &'static str = "Reactivate a user";
    const TEXT: &'static str = "The user may be used again. Only an inactive user can be reactivated.";
    const REQUEST: &'static str = "ReactivateUserRequest";
    const NOT_FOUND: Self = Self::UserNotFound;
    const REFUSED: Self = Self::NotInactive;
}

/// Reactivates a deactivated user: it may be used again.
pub type ReactivateUser = ChangeState<ReactivateRefusal>;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<ReactivateUser>, ConfigProblem> {
    setup.serve(ChangeState::default())
}
