use shared::http::describe::{Described, Operation};

use crate::{UnlinkPlatformUser, UnlinkRequest};

impl Described for UnlinkPlatformUser {
    fn operation() -> Operation {
        let text = "Takes a platform user out of its person and gives it a new person of its own. \
                    Without a body, or with half of the pair, it is the platform user of the caller's token.";
        Operation::new("Links", "Unlink a platform user", text)
            .optional_body::<UnlinkRequest>(
                "UnlinkRequest",
                r#"{"platform":"Epic","platform_user_id":"c4f2a1d0b7e94f0f8a52"}"#,
            )
            .replies_nothing(200, "The platform user is alone in a new person.")
    }
}
