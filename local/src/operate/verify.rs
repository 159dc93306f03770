//! `roster verify`: whether the chain of seals is whole, and whether the receipts under it are those that were sealed.

use std::time::Duration;

use super::{
    Target, failed,
    public_key::{PublicKey, Verdict, signer},
};
use crate::problem::Problem;
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::{
    aws::CallError,
    identity::{
        ChainCheck, Digest, Hour, HourOfReceipts, PersonId, Receipt, Seal, SealProblem, Second, SignedSeal, Timestamp,
        check_hour,
    },
    store::{DynamoStore, ReadReceipts, WalkSeals},
};

/// How many receipts are read at the same time.
const READS: usize = 16;

/// How long after it can be an hour's seal is missed: rounds come every hour, some minutes after it.
const LATE: Duration = Duration::from_mins(15);

/// How many hours before the first seal are looked into.
const BEFORE_THE_FIRST: i64 = 24;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// With the chain, or between a seal and its receipts.
    #[error("{0}")]
    Seal(#[from] SealProblem),
    /// A seal that cannot be read as one.
    #[error("a seal from number {number} on cannot be read: {problem}")]
    SealUnreadable {
        /// Where reading began.
        number: u64,
        /// Which attribute.
        problem: CallError,
    },
    /// A seal of a key that the operator does not trust.
    #[error("seal {number} is signed by the key {key_id}, which is not trusted")]
    UnknownKey {
        /// Which seal.
        number: u64,
        /// The key that it names.
        key_id: String,
    },
    /// No seal at all.
    #[error("there is no seal")]
    NoSeals,
    /// No seal since.
    #[error("the hour {0} should be sealed by now, and all after it")]
    Late(Hour),
    /// A receipt that is not as it was written.
    #[error("the receipt of person {person_id} is not as it was written: {problem}")]
    Receipt {
        /// Whose.
        person_id: PersonId,
        /// Which attribute.
        problem: CallError,
    },
    /// A receipt that no seal will ever cover.
    #[error("the hour {hour} has {count} receipts and is before the first seal")]
    BeforeTheFirst {
        /// Which hour.
        hour: Hour,
        /// How many.
        count: usize,
    },
    /// A seal is not the one that was noted down, or is gone.
    #[error("seal {number} is not the one that was noted: {}", found.map_or_else(|| "it is gone".to_owned(), |hash| format!("its hash is {hash}")))]
    NotAsNoted {
        /// Which seal.
        number: u64,
        /// What its hash is now.
        found: Option<Digest>,
    },
    /// The receipts of an hour cannot be listed.
    #[error("the receipts of the hour {hour} cannot be listed: {problem}")]
    HourUnreadable {
        /// Which hour.
        hour: Hour,
        /// Why.
        problem: CallError,
    },
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Seals.
    pub seals: u64,
    /// Receipts that were read.
    pub receipts: u64,
    /// Receipts that were sealed and have expired since.
    pub expired: u64,
    /// Receipts of hours that cannot be sealed yet.
    pub unsealed: u64,
    /// How much is wrong.
    pub findings: u64,
    /// The last seal. Whoever notes it down knows that nothing up to it can be taken away unnoticed.
    pub last: Option<Seal>,
}

/// What is verified.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Receipts of earlier hours are not read.
    pub since: Option<Second>,
    /// The number and hash of a seal that somebody noted down.
    pub noted: Option<(u64, Digest)>,
}

/// Walks the whole chain, and reads the receipts of every hour from `since` on. Tells what is wrong as it comes.
pub async fn verify(
    target: &Target,
    keys: &[PublicKey],
    scope: Scope,
    found: impl FnMut(&Finding),
) -> Result<Verified, Problem> {
    let (since, noted) = (scope.since.map(Hour::of), scope.noted);
    let names = vec![None; keys.len()];
    let now = target.ambient().now();
    Walk { store: target.store(), keys, names, since, noted, now, found, done: Verified::default() }.along().await
}

struct Walk<'w, F> {
    store: &'w DynamoStore,
    keys: &'w [PublicKey],
    /// The name that each key was first seen under.
    names: Vec<Option<String>>,
    since: Option<Hour>,
    /// What was noted down and has not come by.
    noted: Option<(u64, Digest)>,
    now: Timestamp,
    found: F,
    done: Verified,
}

/// What an hour's receipts are, as they were read one by one.
#[derive(Default)]
struct Read {
    hour: HourOfReceipts,
    count: u64,
}

impl<F: FnMut(&Finding)> Walk<'_, F> {
    async fn along(mut self) -> Result<Verified, Problem> {
        let mut chain = ChainCheck::default();
        let mut from = Some(0);
        while let Some(number) = from {
            let (seals, next) = self.store.seals_from(number).await.map_err(failed("reading the seals"))?;
            for signed in seals {
                self.seal(&mut chain, number, signed).await?;
            }
            from = next;
        }
        match chain.last() {
            Some(last) => {
                self.hour(last).await?;
                self.after(last).await?;
            }
            None => self.tell(&Finding::NoSeals),
        }
        if let Some((number, _)) = self.noted {
            self.tell(&Finding::NotAsNoted { number, found: None });
        }
        self.done.last = chain.last().cloned();
        Ok(self.done)
    }

    async fn seal(
        &mut self,
        chain: &mut ChainCheck,
        number: u64,
        signed: Result<SignedSeal, CallError>,
    ) -> Result<(), Problem> {
        self.done.seals += 1;
        let signed = match signed {
            Ok(signed) => signed,
            Err(problem) => {
                self.tell(&Finding::SealUnreadable { number, problem });
                return Ok(());
            }
        };
        self.signature(&signed);
        if let Some((number, hash)) = self.noted.take_if(|(number, _)| *number == signed.seal.number)
            && hash != signed.seal.hash()
        {
            self.tell(&Finding::NotAsNoted { number, found: Some(signed.seal.hash()) });
        }
        match chain.last().cloned() {
            // An hour is sealed anew when receipts came to light: its last seal counts.
            Some(before) if before.hour != signed.seal.hour => self.hour(&before).await?,
            Some(_) => {}
            None => self.before(&signed.seal).await?,
        }
        for problem in chain.next(&signed.seal) {
            self.tell(&problem.into());
        }
        Ok(())
    }

    fn signature(&mut self, signed: &SignedSeal) {
        let number = signed.seal.number;
        match signer(self.keys, signed) {
            Verdict::SignedBy(place) => {
                // A key from a file has no name: but it has the same one in every seal.
                let name = self.names.get_mut(place).map(|name| name.get_or_insert_with(|| signed.key_id.clone()));
                if name.is_some_and(|name| *name != signed.key_id) {
                    self.tell(&Finding::UnknownKey { number, key_id: signed.key_id.clone() });
                }
            }
            Verdict::UnknownKey => self.tell(&Finding::UnknownKey { number, key_id: signed.key_id.clone() }),
            Verdict::NotSigned => self.tell(&SealProblem::Signature(number).into()),
        }
    }

    /// The receipts under an hour's last seal.
    async fn hour(&mut self, seal: &Seal) -> Result<(), Problem> {
        if self.since.is_some_and(|since| seal.hour < since) {
            return Ok(());
        }
        let Some(read) = self.read(seal.hour).await? else { return Ok(()) };
        match check_hour(seal, &read.hour, self.now) {
            Some(problem) => self.tell(&problem.into()),
            None => self.done.expired += seal.count.saturating_sub(read.count),
        }
        Ok(())
    }

    /// Hours that nobody sealed, after the last that was.
    async fn after(&mut self, last: &Seal) -> Result<(), Problem> {
        let current = Hour::of(self.now.round_down());
        let mut hour = last.hour.next();
        if hour.settles_on().plus(LATE) <= self.now.round_down() {
            self.tell(&Finding::Late(hour));
        }
        while hour <= current {
            if self.since.is_none_or(|since| since <= hour) {
                self.done.unsealed += self.read(hour).await?.map_or(0, |read| read.count);
            }
            hour = hour.next();
        }
        Ok(())
    }

    /// Hours that the chain has passed over at its beginning.
    async fn before(&mut self, first: &Seal) -> Result<(), Problem> {
        let mut hour = first.hour;
        for _ in 0..BEFORE_THE_FIRST {
            hour = hour.before();
            if self.since.is_some_and(|since| hour < since) {
                return Ok(());
            }
            let listed = self.store.receipts_of(hour).await.map_err(failed("listing receipts"))?;
            if !listed.is_empty() {
                self.tell(&Finding::BeforeTheFirst { hour, count: listed.len() });
            }
        }
        Ok(())
    }

    /// Reads every receipt of an hour; `None` where they cannot be listed.
    async fn read(&mut self, hour: Hour) -> Result<Option<Read>, Problem> {
        let listed = match self.store.receipts_of(hour).await {
            Ok(listed) => listed,
            Err(problem @ CallError::Broken(_)) => {
                self.tell(&Finding::HourUnreadable { hour, problem });
                return Ok(None);
            }
            Err(source) => return Err(failed("listing receipts")(source)),
        };
        let store = self.store;
        let reads = stream::iter(listed).map(|(person_id, digest)| async move {
            let receipt = store.receipt(person_id).await;
            match receipt {
                Ok(_) | Err(CallError::Broken(_)) => Ok((person_id, digest, receipt)),
                Err(source) => Err(failed("reading a receipt")(source)),
            }
        });
        let mut reads = reads.buffer_unordered(READS);
        let mut leaves = Vec::new();
        while let Some((person_id, digest, receipt)) = reads.try_next().await? {
            match receipt {
                Ok(Some(receipt)) => leaves.push(self.leaf(hour, &receipt)),
                // It expired while the index still showed it.
                Ok(None) => {}
                Err(problem) => {
                    self.tell(&Finding::Receipt { person_id, problem });
                    // It is there, whatever it says: only one thing is wrong with it.
                    leaves.push((digest, Second::from_unix(i64::MAX)));
                }
            }
        }
        let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        self.done.receipts += count;
        Ok(Some(Read { hour: HourOfReceipts::new(leaves), count }))
    }

    fn leaf(&mut self, hour: Hour, receipt: &Receipt) -> (Digest, Second) {
        if receipt.hour() != hour {
            let problem = CallError::Broken(format!("the index shows it in the hour {hour}"));
            self.tell(&Finding::Receipt { person_id: receipt.person_id, problem });
        }
        (receipt.digest(), receipt.expires_on)
    }

    fn tell(&mut self, finding: &Finding) {
        self.done.findings += 1;
        (self.found)(finding);
    }
}
