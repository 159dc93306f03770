use shared::http::{
    describe::{Described, Operation},
    rallyhere::PlatformUserBody,
};

use crate::{UpsertPlatformUser, UpsertQuery};

impl Described for UpsertPlatformUser {
    fn operation() -> Operation {
        let text = "Creates a platform user as `POST` does, or gives the one that is there this display name. Nothing else of it \
                    changes, and nothing at all where it has that name.";
        Operation::new("Platform users", "Create or update a platform user", text)
            .query::<UpsertQuery>(&[
                ("platform", "The platform.", "Steam"),
                ("platform_user_id", "The account's id there.", "76561198000000001"),
                ("display_name", "What others see.", "Ada"),
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
