use shared::{
    http::describe::{Described, Operation},
    identity::PersonId,
};

use crate::CancelPersonPurge;

impl Described for CancelPersonPurge {
    fn operation() -> Operation {
        let text = "Cancels a purge that has not begun. A purge that is queued afterwards is a new purge.";
        Operation::new("Purges", "Cancel a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies_nothing(204, "No purge is queued any more.")
    }
}
