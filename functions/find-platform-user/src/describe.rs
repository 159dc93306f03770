use shared::http::{
    describe::{Described, Operation},
    rallyhere::PlatformUserBody,
};

use crate::{FindPlatformUser, FindQuery};

impl Described for FindPlatformUser {
    fn operation() -> Operation {
        let text = "Finds a platform user by its account on the platform. \
                    No active player is shown while the user of that player is deactivated or locked.";
        Operation::new("Platform users", "Find a platform user", text)
            .query::<FindQuery>(&[
                ("platform", "The platform.", "Steam"),
                ("platform_user_id", "The account's id on the platform.", "76561198000000001"),
            ])
            .replies::<PlatformUserBody<'_>>(200, "The platform user.", PlatformUserBody::EXAMPLE)
            .then("get-player-links", &[("player_uuid", "$response.body#/player_uuid")])
    }
}
