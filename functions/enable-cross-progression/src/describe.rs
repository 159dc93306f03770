use shared::http::describe::{Described, Operation};

use crate::{EnableCrossProgression, EnableRequest};

impl Described for EnableCrossProgression {
    fn operation() -> Operation {
        let text = "Makes the player of the named platform user the active player: every login of its person yields it. \
                    Without a body, or with half of the pair, it is the platform user of the caller's token. \
                    A deactivated or locked platform user is refused, even with permission.";
        Operation::new("Cross progression", "Enable cross progression", text)
            .optional_body::<EnableRequest>(
                "EnableRequest",
                r#"{"platform":"Steam","platform_user_id":"76561198000000001"}"#,
            )
            .replies_nothing(200, "Cross progression is on for this player.")
            .then_with_body("disable-cross-progression", "$request.body")
    }
}
