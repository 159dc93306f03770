//! `GET /users/v1/person/{person_id}/purge/receipt`

mod describe;

use std::sync::{Arc, Mutex, PoisonError};

use shared::{
    aws::CallError,
    http::rallyhere::ReceiptBody,
    identity::{
        Digest, HourOfReceipts, PersonId, Seal, check_hour,
        merkle::{self, Inclusion},
    },
    prelude::rallyhere::*,
    store::{ReadReceipts, ReadSeals},
};

refusals! {
    /// The refusals of this endpoint besides 403 and 422.
    pub enum GetReceiptRefusal: ApiError { ReceiptNotFound = ApiError::RECEIPT_NOT_FOUND }
}

/// Shows the receipt of a purge, and the proof that a seal covers it.
#[derive(Debug, Default)]
pub struct GetPurgeReceipt {
    last_hour: Mutex<Option<(Digest, Arc<HourOfReceipts>)>>,
}

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<GetPurgeReceipt>>, ConfigProblem> {
    setup.serve(Guarded(GetPurgeReceipt::default()))
}

impl<S: ReadReceipts + ReadSeals> Rule<S> for GetPurgeReceipt {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::Permitted(&Permission::PURGE_PERSON);
    type Refusal = GetReceiptRefusal;

    async fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        let now = rights.now();
        let person_id = request.path_parameter::<PersonId>("person_id")?;
        audit.set_subject(person_id);
        let receipt = app.store.receipt(person_id).await?.ok_or(GetReceiptRefusal::ReceiptNotFound)?;
        let Some(seal) = app.store.seal_of(receipt.hour()).await? else {
            return Ok(Reply::json(200, &ReceiptBody::unsealed(&receipt)));
        };
        let sealed = self.under(&app.store, &seal.seal, receipt.digest()).await?;
        let place = sealed.digests.binary_search(&receipt.digest()).ok();
        let (Some(place), false) = (place, seal.seal.misses_some(&sealed)) else {
            // The index showed this receipt only after its hour was sealed. The next seal of the
            // hour covers it.
            return Ok(Reply::json(200, &ReceiptBody::unsealed(&receipt)));
        };
        let proof = Inclusion::of(&sealed.digests, place);
        let proof = proof.filter(|proof| proof.root_from(receipt.digest()) == Some(seal.seal.root));
        match (&proof, check_hour(&seal.seal, &sealed, now)) {
            (None, Some(problem)) => Err(CallError::Broken(problem.to_string()).into()),
            _ => Ok(Reply::json(200, &ReceiptBody::sealed(&receipt, &seal, proof.as_ref()))),
        }
    }
}

impl GetPurgeReceipt {
    /// The receipts of a sealed hour. The last hour is cached, because requests often ask for
    /// several receipts of the same hour.
    async fn under(
        &self,
        store: &impl ReadSeals,
        seal: &Seal,
        digest: Digest,
    ) -> Result<Arc<HourOfReceipts>, CallError> {
        let kept = self.last_hour.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let covers = |kept: &HourOfReceipts| kept.digests.binary_search(&digest).is_ok();
        if let Some((_, kept)) = kept.filter(|(root, kept)| *root == seal.root && covers(kept)) {
            return Ok(kept);
        }
        let receipts = Arc::new(store.hour_of_receipts(seal.hour).await?);
        // Only a complete hour is cached, and only if it matches the seal: its receipts no longer
        // change.
        if merkle::root(&receipts.digests) == seal.root {
            let last_hour = Some((seal.root, Arc::clone(&receipts)));
            *self.last_hour.lock().unwrap_or_else(PoisonError::into_inner) = last_hour;
        }
        Ok(receipts)
    }
}
