use shared::{
    http::{
        describe::{Described, Operation},
        rallyhere::ReceiptBody,
    },
    identity::PersonId,
};

use crate::GetPurgeReceipt;

impl Described for GetPurgeReceipt {
    fn operation() -> Operation {
        let text = "Shows the receipt of a purge, and the proof that a seal covers it. A signed seal over all \
                    receipts of an hour is made twelve minutes after the end of that hour.";
        Operation::new("Purges", "Show the receipt of a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies::<ReceiptBody<'_>>(200, "The receipt.", ReceiptBody::EXAMPLE)
    }
}
