use shared::http::describe::{Described, Operation};
use shared::identity::PlayerUuid;

use crate::EndSessions;

impl Described for EndSessions {
    fn operation() -> Operation {
        let text = "Ends all sessions of a user. Its refresh tokens are refused from now on. Access tokens stay valid \
                    until they expire; introspection reports them as inactive.";
        Operation::new("Login", "Log a user out everywhere", text)
            .path::<PlayerUuid>("player_uuid", "The user's player.", "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e")
            .replies_nothing(204, "All sessions have ended.")
    }
}
