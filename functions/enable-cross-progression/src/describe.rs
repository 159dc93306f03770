use shared::http::describe::{Described, Operation};

use crate::{EnableCrossProgression, EnableRequest};

impl Described for EnableCrossProgression {
    fn operation() -> Operation {
        let text = "Makes the player of the named platform user the one that every login of its person yields. \
                    Without a body, or with half of the pair, it is the platform user of the caller's token. \
                    A platform user that is deactivated or locked is refused, whoever asks.";
        Operation::new("Cross progression", "Enable cross progression", text)
            .optional_body::<EnableRequest>(
                "EnableRequest",
                r#"{"platform":"Steam","platform_user_id":"76561198000000001"}"#,
            )
            .replies_nothing(200, "Cross progression is on for this player.")
            .then_with_body("disable-cross-progression", "$request.body")
    }
}
