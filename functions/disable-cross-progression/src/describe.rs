use shared::http::describe::{Described, Operation};

use crate::{DisableCrossProgression, DisableRequest};

impl Described for DisableCrossProgression {
    fn operation() -> Operation {
        let text = "Clears the active player of a person: each login yields the platform user's own player again. The person is \
                    `person_id`, else the person of the named platform user, else the person of the token's platform user.";
        Operation::new("Cross progression", "Disable cross progression", text)
            .optional_body::<DisableRequest>(
                "DisableRequest",
                r#"{"person_id":"b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10"}"#,
            )
            .replies_nothing(200, "Cross progression is off for this person.")
    }
}
