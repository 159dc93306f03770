use shared::http::{
    describe::{Described, Operation},
    rallyhere::SessionsBody,
};
use shared::identity::PlayerUuid;

use crate::ListSessions;

impl Described for ListSessions {
    fn operation() -> Operation {
        let text = "The sessions of a user that have not ended, at most eight. A session begins with a login that asks \
                    for a refresh token.";
        Operation::new("Login", "List the sessions of a user", text)
            .path::<PlayerUuid>("player_uuid", "The user's player.", "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e")
            .replies::<SessionsBody<'_>>(200, "The sessions.", SessionsBody::EXAMPLE)
    }
}
