use shared::http::{
    describe::{Described, Operation},
    rallyhere::PlatformUserBody,
};

use crate::{UpsertPlatformUser, UpsertQuery};

impl Described for UpsertPlatformUser {
    fn operation() -> Operation {
        let text = "Creates a platform user as `POST` does, or changes the display name of the existing one. Nothing else of \
                    it changes, and nothing at all if it already has that name.";
        Operation::new("Platform users", "Create or update a platform user", text)
            .query::<UpsertQuery>(&[
                ("platform", "The platform.", "Steam"),
                ("platform_user_id", "The account's id on the platform.", "76561198000000001"),
                ("display_name", "The name that others see.", "Ada"),
            ])
            .replies::<PlatformUserBody<'_>>(200, "The platform user, updated.", PlatformUserBody::EXAMPLE)
            .replies::<PlatformUserBody<'_>>(201, "The platform user, created.", PlatformUserBody::EXAMPLE)
            .then(
                "find-platform-user",
                &[("platform", "$response.body#/platform"), ("platform_user_id", "$response.body#/platform_user_id")],
            )
            .then("get-player-links", &[("player_uuid", "$response.body#/player_uuid")])
    }
}
