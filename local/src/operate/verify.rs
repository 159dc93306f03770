//! `roster verify`: checks that the chain of seals is whole, and that the receipts under it are the
//! ones that were sealed.

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

/// The number of receipts that are read at the same time.
const READS: usize = 16;

/// A seal is late if it is still missing this long after its hour could be sealed. The function
/// that seals runs once an hour, some minutes after the hour.
const LATE: Duration = Duration::from_mins(15);

/// The number of hours before the first seal that are checked for receipts.
const BEFORE_THE_FIRST: i64 = 24;

/// Something that is wrong in a chain or a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The chain is broken, or a seal and its receipts disagree.
    #[error("{0}")]
    Seal(#[from] SealProblem),
    /// A record in the table of seals is not a seal.
    #[error("a seal with number {number} or higher cannot be read: {}", reason(.problem))]
    SealUnreadable {
        /// The number at which the read began.
        number: u64,
        /// The attribute that is wrong.
        problem: CallError,
    },
    /// A seal is signed by a key that the operator does not trust.
    #[error("seal {number} is signed by the key {key_id}, which is not trusted")]
    UnknownKey {
        /// The number of the seal.
        number: u64,
        /// The key that the seal names.
        key_id: String,
    },
    /// There are no seals at all.
    #[error("there is no seal")]
    NoSeals,
    /// This hour has no seal, and neither has any later hour.
    #[error("the hour {0} should be sealed by now, and so should later hours")]
    Late(Hour),
    /// A receipt was changed after it was written.
    #[error("the receipt of person {person_id} is not as it was written: {}", reason(.problem))]
    Receipt {
        /// The person in the receipt's key.
        person_id: PersonId,
        /// The attribute that is wrong.
        problem: CallError,
    },
    /// Receipts are too old for any seal to cover them.
    #[error("the hour {hour} has {count} receipts and is before the first seal")]
    BeforeTheFirst {
        /// The hour of the receipts.
        hour: Hour,
        /// The number of receipts.
        count: usize,
    },
    /// A seal differs from the one that was noted down, or is gone.
    #[error("seal {number} is not the one that was noted: {}", found.map_or_else(|| "it is gone".to_owned(), |hash| format!("its hash is {hash}")))]
    NotAsNoted {
        /// The number of the seal.
        number: u64,
        /// The hash that it has now. `None` if it is gone.
        found: Option<Digest>,
    },
    /// The receipts of an hour cannot be listed.
    #[error("the receipts of the hour {hour} cannot be listed: {}", reason(.problem))]
    HourUnreadable {
        /// The hour of the receipts.
        hour: Hour,
        /// The failure of the call.
        problem: CallError,
    },
}

/// The reason of a broken call without the sentence that announces it, since the finding already
/// says what is wrong.
fn reason(problem: &CallError) -> String {
    match problem {
        CallError::Broken(reason) => reason.clone(),
        problem => problem.to_string(),
    }
}

/// The result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The number of seals in the chain.
    pub seals: u64,
    /// The number of receipts that were read.
    pub receipts: u64,
    /// The number of receipts that were sealed and have expired since.
    pub expired: u64,
    /// The number of receipts in hours that cannot be sealed yet.
    pub unsealed: u64,
    /// The number of findings.
    pub findings: u64,
    /// The last seal. Once it is noted down, no seal up to it can be removed unnoticed.
    pub last: Option<Seal>,
}

/// The extent of a verification.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// The first time whose receipts are read. `None` reads all receipts.
    pub since: Option<Second>,
    /// The number and the hash of a seal that an earlier verification printed.
    pub noted: Option<(u64, Digest)>,
}

/// Verifies the whole chain, and reads the receipts of every hour from `since` on. Reports each
/// finding at once.
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
    /// The name that each key had in the first seal that it signed.
    names: Vec<Option<String>>,
    since: Option<Hour>,
    /// The noted seal, until the walk has reached it.
    noted: Option<(u64, Digest)>,
    now: Timestamp,
    found: F,
    done: Verified,
}

/// The receipts of one hour, as they were read one by one.
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
            // An hour is sealed again when further receipts of it were found. Its last seal counts.
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
                // A key from a file has no name, but all its seals must give it the same name.
                let name = self.names.get_mut(place).map(|name| name.get_or_insert_with(|| signed.key_id.clone()));
                if name.is_some_and(|name| *name != signed.key_id) {
                    self.tell(&Finding::UnknownKey { number, key_id: signed.key_id.clone() });
                }
            }
            Verdict::UnknownKey => self.tell(&Finding::UnknownKey { number, key_id: signed.key_id.clone() }),
            Verdict::NotSigned => self.tell(&SealProblem::Signature(number).into()),
        }
    }

    /// Checks the receipts of an hour against its last seal.
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

    /// Checks that no hour after the last sealed one is late.
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

    /// Checks that no receipts are left in the hours before the first seal.
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

    /// Reads every receipt of an hour. Returns `None` if they cannot be listed.
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
                // The receipt expired while the index still listed it.
                Ok(None) => {}
                Err(problem) => {
                    self.tell(&Finding::Receipt { person_id, problem });
                    // An unreadable receipt still counts as present, so that it causes one finding
                    // and not two.
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
