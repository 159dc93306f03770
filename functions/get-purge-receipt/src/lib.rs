//! `GET /users/v1/person/{person_id}/purge/receipt`

use std::sync::{Arc, Mutex, PoisonError};

use shared::{
    ambient::Ambient,
    auth::{Authenticator, Permission},
    config::ConfigError,
    http::{
        Endpoint, Reply, Request,
        describe::{Access, Described, Operation},
        rallyhere::{self, Answer, RECEIPT_NOT_FOUND, ReceiptBody, Rejection},
    },
    identity::{
        Digest, HourOfReceipts, PersonId, Seal, check_hour,
        merkle::{self, Inclusion},
    },
    lambda::Setup,
    refusals,
    store::{DynamoStore, ReadReceipts, ReadSeals, StoreError},
};

refusals! {
    /// What this endpoint refuses besides 403 and 422.
    pub enum GetReceiptRefusal: Answer { ReceiptNotFound = RECEIPT_NOT_FOUND }
}

/// Shows the receipt of a purge, and what proves that it is under a seal.
#[derive(Debug)]
pub struct GetPurgeReceipt<S> {
    auth: Authenticator,
    ambient: Ambient,
    store: S,
    last_hour: Mutex<Option<(Digest, Arc<HourOfReceipts>)>>,
}

/// Starts the function with its settings.
pub fn start(setup: &Setup) -> Result<GetPurgeReceipt<DynamoStore>, ConfigError> {
    Ok(GetPurgeReceipt {
        auth: setup.authenticator()?,
        ambient: setup.ambient(),
        store: setup.store()?,
        last_hour: Mutex::default(),
    })
}

impl<S: ReadReceipts + ReadSeals> Endpoint for GetPurgeReceipt<S> {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Rejection<GetReceiptRefusal>;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let now = self.ambient.now();
        let caller = rallyhere::authenticate(&self.auth, request, now).await?;
        caller.require(&Permission::PURGE_PERSON)?;
        let person_id = request.path_parameter::<PersonId>("person_id")?;
        request.set_subject(person_id);
        let receipt = self.store.receipt(person_id).await?.ok_or(GetReceiptRefusal::ReceiptNotFound)?;
        let Some(seal) = self.store.seal_of(receipt.hour()).await? else {
            return Ok(Reply::json(200, &ReceiptBody::unsealed(&receipt)));
        };
        let sealed = self.under(&seal.seal, receipt.digest()).await?;
        let place = sealed.digests.binary_search(&receipt.digest()).ok();
        let (Some(place), false) = (place, seal.seal.misses_some(&sealed)) else {
            // It came to light after the seal was made, and goes under the next one.
            return Ok(Reply::json(200, &ReceiptBody::unsealed(&receipt)));
        };
        let proof = Inclusion::of(&sealed.digests, place);
        let proof = proof.filter(|proof| proof.root_from(receipt.digest()) == Some(seal.seal.root));
        match (&proof, check_hour(&seal.seal, &sealed, now)) {
            (None, Some(problem)) => Err(StoreError::Broken(problem.to_string()).into()),
            _ => Ok(Reply::json(200, &ReceiptBody::sealed(&receipt, &seal, proof.as_ref()))),
        }
    }
}

impl<S: ReadSeals> GetPurgeReceipt<S> {
    /// The receipts of a sealed hour. The last hour is kept: whoever asks for one receipt asks for others.
    async fn under(&self, seal: &Seal, digest: Digest) -> Result<Arc<HourOfReceipts>, StoreError> {
        let kept = self.last_hour.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let covers = |kept: &HourOfReceipts| kept.digests.binary_search(&digest).is_ok();
        if let Some((_, kept)) = kept.filter(|(root, kept)| *root == seal.root && covers(kept)) {
            return Ok(kept);
        }
        let receipts = Arc::new(self.store.hour_of_receipts(seal.hour).await?);
        // Only what the seal covers, and all of it, stays as it is.
        if merkle::root(&receipts.digests) == seal.root {
            let last_hour = Some((seal.root, Arc::clone(&receipts)));
            *self.last_hour.lock().unwrap_or_else(PoisonError::into_inner) = last_hour;
        }
        Ok(receipts)
    }
}

impl<S: ReadReceipts + ReadSeals> Described for GetPurgeReceipt<S> {
    fn operation() -> Operation {
        let text = "Shows what is left of a person after its purge, and what proves that it is under a seal: each hour is \
                    closed, ten minutes after its end, by a signed seal over all of its receipts.";
        Operation::new("Purges", "Show the receipt of a purge", text, Access::Permitted(&Permission::PURGE_PERSON))
            .path::<PersonId>("person_id", "The person.", "b7222df8-3b5e-4f0e-9c55-6f7d2a9c1e10")
            .replies::<ReceiptBody<'_>>(200, "The receipt.", ReceiptBody::EXAMPLE)
    }
}
