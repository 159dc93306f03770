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
        let text = "Shows what is left of a person after its purge, and what proves that it is under a seal: each hour is \
                    closed, ten minutes after its end, by a signed seal over all of its receipts.";
        Operation::new("Purges", "Show the receipt of a purge", text)
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies::<ReceiptBody<'_>>(200, "The receipt.", ReceiptBody::EXAMPLE)
    }
}
