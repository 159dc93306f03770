use shared::{
    http::{
        describe::{Described, Operation},
        rallyhere::LinksBody,
    },
    identity::PlayerUuid,
};

use crate::GetPlayerLinks;

impl Described for GetPlayerLinks {
    fn operation() -> Operation {
        let text = "Shows a player, its person, and every platform user that is linked to that person. \
                    No active player is shown while the user of that player is deactivated or locked.";
        Operation::new("Links", "Show a player's links", text)
            .path::<PlayerUuid>("player_uuid", "The player.", "66c4ff34-e8fc-4c09-a7c9-7c1c9d1f8f0e")
            .replies::<LinksBody<'_>>(200, "The player and its person's platform users.", LinksBody::EXAMPLE)
    }
}
