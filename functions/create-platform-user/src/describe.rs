use shared::http::{
    describe::{Described, Operation},
    rallyhere::PlatformUserBody,
};

use crate::{CreatePlatformUser, CreateRequest};

impl Described for CreatePlatformUser {
    fn operation() -> Operation {
        let text = "Creates a platform user, its player, and a new person for it. \
                    A platform account has one platform user; a second creation is refused.";
        let person = [("person_id", "$response.body#/person_id")];
        let user = [("userId", "$response.body#/player_uuid")];
        Operation::new("Platform users", "Create a platform user", text)
            .body::<CreateRequest>(
                "CreateRequest",
                r#"{"platform":"Steam","platform_user_id":"76561198000000001","display_name":"Ada"}"#,
            )
            .replies::<PlatformUserBody<'_>>(201, "The platform user.", PlatformUserBody::EXAMPLE)
            .then(
                "find-platform-user",
                &[("platform", "$response.body#/platform"), ("platform_user_id", "$response.body#/platform_user_id")],
            )
            .then("get-player-links", &[("player_uuid", "$response.body#/player_uuid")])
            .then_with_body("enable-cross-progression", "$response.body")
            .then_with_body("disable-cross-progression", "$response.body")
            .then_with_body("unlink-platform-user", "$response.body")
            .then("queue-person-purge", &person)
            .then("get-person-purge", &person)
            .then("cancel-person-purge", &person)
            .then("get-user", &user)
            .then("deactivate-user", &user)
    }
}
