//! `POST /v2/users/{userId}/deactivate`
//! `POST /zitadel.user.v2.UserService/DeactivateUser`

use shared::{
    identity::StateChange,
    prelude::zitadel::*,
    user_state::{ChangeState, StateRule},
};

refusals! {
    /// The refusals of this endpoint besides those that its whole dialect shares.
    pub enum DeactivateRefusal: ApiError {
        UserNotFound = ApiError::user_not_found("COMMAND-5gp2p62iin"),
        AlreadyInactive = ApiError::failed_precondition("COMMAND-5gunjw0cd7", "User already inactive"),
    }
}

impl StateRule for DeactivateRefusal {
    const ACTION: &'static str = env!("CARGO_PKG_NAME");
    const CHANGE: StateChange = StateChange::Deactivate;
    const SUMMARY: &'static str = "Deactivate a user";
    const TEXT: &'static str = "Nobody may log in as the user until it is reactivated; its data stays. An active or locked user can be deactivated.";
    const REQUEST: &'static str = "DeactivateUserRequest";
    const NOT_FOUND: Self = Self::UserNotFound;
    const REFUSED: Self = Self::AlreadyInactive;
}

/// Deactivates a user: nobody may log in as it, its data stays.
pub type DeactivateUser = ChangeState<DeactivateRefusal>;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<DeactivateUser>, ConfigProblem> {
    setup.serve(ChangeState::default())
}
