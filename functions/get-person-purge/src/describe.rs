use shared::{
    http::{
        describe::{Described, Operation},
        rallyhere::PurgeBody,
    },
    identity::PersonId,
};

use crate::GetPersonPurge;

impl Described for GetPersonPurge {
    fn operation() -> Operation {
        let text = "Shows the purge of a person: queued, in progress or complete.";
        Operation::new("Purges", "Show a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies::<PurgeBody>(200, "The purge.", PurgeBody::EXAMPLE)
    }
}
