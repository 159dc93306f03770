//! Runs every hour: seals the receipts of each hour that is over.

use std::time::{Duration, Instant};

use shared::{
    ambient::Ambient,
    aws::CallError,
    config::ConfigProblem,
    identity::{Hour, HourOfReceipts, Seal, SignedSeal},
    lambda::{Setup, Task, TaskProblem},
    signing::{KmsKey, Sign},
    store::{AddSeals, DynamoStore, ReadSeals, Sealed},
};

/// A round stops this long before its deadline: enough to read an hour, sign and write, with all
/// retries.
const MARGIN: Duration = Duration::from_secs(20);

const DAY_HOURS: u32 = 24;

/// Adds seals to the chain.
#[derive(Debug)]
pub struct SealReceipts<S, K> {
    ambient: Ambient,
    store: S,
    key: K,
}

impl<S, K> SealReceipts<S, K> {
    /// Creates the task.
    pub fn new(ambient: Ambient, store: S, key: K) -> Self {
        Self { ambient, store, key }
    }
}

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<SealReceipts<DynamoStore, KmsKey>, ConfigProblem> {
    Ok(SealReceipts::new(setup.ambient(), setup.store()?, setup.seal_key()?))
}

impl<S: AddSeals + ReadSeals, K: Sign> Task for SealReceipts<S, K> {
    /// Seals hour after hour, up to the last settled one. If time runs out, the next round
    /// continues.
    async fn run(&self, time_left: Duration) -> Result<(), TaskProblem> {
        let stop = Instant::now() + time_left.saturating_sub(MARGIN);
        let mut last = self.store.last_seal().await?.map(|signed| signed.seal);
        let settled = Hour::last_settled(self.ambient.now());
        let mut hour = match &last {
            Some(last) => last.hour.next(),
            None => self.first_hour(settled).await?,
        };
        if let Some(before) = last.clone().filter(|_| hour <= settled) {
            let receipts = self.store.hour_of_receipts(before.hour).await?;
            if before.misses_some(&receipts) {
                tracing::warn!(hour = %before.hour, "the index showed receipts only after their hour was sealed");
                last = self.add(Some(&before), before.hour, &receipts).await?;
                if last.is_none() {
                    return Ok(());
                }
            }
        }
        while hour <= settled && Instant::now() < stop {
            let receipts = self.store.hour_of_receipts(hour).await?;
            last = self.add(last.as_ref(), hour, &receipts).await?;
            if last.is_none() {
                return Ok(());
            }
            hour = hour.next();
        }
        Ok(())
    }
}

impl<S: AddSeals + ReadSeals, K: Sign> SealReceipts<S, K> {
    /// The hour in which the chain begins: the first hour of the last day that has receipts, in
    /// case the first rounds failed.
    async fn first_hour(&self, settled: Hour) -> Result<Hour, CallError> {
        let mut first = settled;
        let mut hour = settled;
        for _ in 0..DAY_HOURS {
            hour = hour.before();
            if !self.store.hour_of_receipts(hour).await?.digests.is_empty() {
                first = hour;
            }
        }
        Ok(first)
    }

    /// Adds a seal, and returns it. `None` if another round added one first; that round continues.
    async fn add(
        &self,
        previous: Option<&Seal>,
        hour: Hour,
        receipts: &HourOfReceipts,
    ) -> Result<Option<Seal>, CallError> {
        let seal = Seal::after(previous, hour, receipts, self.ambient.now());
        let signature = self.key.sign(&seal.bytes()).await?;
        let signed = SignedSeal { seal, key_id: signature.key_id, signature: signature.bytes };
        match self.store.add_seal(&signed, self.ambient.operation()).await? {
            Sealed::Done => {
                let SignedSeal { seal, .. } = signed;
                tracing::info!(number = seal.number, hour = %hour, count = seal.count, hash = %seal.hash(), "sealed");
                Ok(Some(seal))
            }
            Sealed::Taken => Ok(None),
        }
    }
}
