//! Seals: each seal covers the receipts of one hour and names the seal before it, so that any later
//! change can be detected.

use std::{fmt, time::Duration};

use serde::Serialize;

use super::{Digest, Second, Timestamp, merkle, receipt::canonical};

const HOUR: i64 = 3600;

/// An hour is sealed only this long after its end. By then its last receipts are written, and the
/// index shows them.
pub const SETTLE_MARGIN: Duration = Duration::from_mins(10);

/// A full hour in UTC, written as its first second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The hour that contains this second.
    pub const fn of(second: Second) -> Self {
        Self(second.as_unix().div_euclid(HOUR))
    }

    /// The last hour that is over and settled.
    pub fn last_settled(now: Timestamp) -> Self {
        Self::of(now.round_down().minus(SETTLE_MARGIN)).before()
    }

    /// The first second of the hour.
    pub const fn start(self) -> Second {
        Second::from_unix(self.0.saturating_mul(HOUR))
    }

    /// The time from which the hour can be sealed.
    pub fn settles_on(self) -> Second {
        self.next().start().plus(SETTLE_MARGIN)
    }

    /// The hour after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The hour before it.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.start().fmt(f)
    }
}

impl Serialize for Hour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A statement about the receipts of an hour. The fields are declared in the order of RFC 8785, so
/// the JSON is canonical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seal {
    /// The number of receipts.
    pub count: u64,
    /// The time at which the first of them expires. Absent without receipts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_from: Option<Second>,
    /// The hour. If the index showed receipts only after their hour was sealed, the hour is sealed
    /// again, later in the chain.
    pub hour: Hour,
    /// The place in the chain, from 0.
    pub number: u64,
    /// The hash of the seal before it. Absent in the first seal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// The root of the Merkle tree over the digests of the receipts, in their order.
    pub root: Digest,
    /// The time at which the seal was made.
    pub sealed_on: Second,
}

impl Seal {
    /// The seal that follows `previous`, over the receipts of an hour.
    pub fn after(previous: Option<&Self>, hour: Hour, receipts: &HourOfReceipts, now: Timestamp) -> Self {
        Self {
            count: u64::try_from(receipts.digests.len()).unwrap_or(u64::MAX),
            expire_from: receipts.expire_from,
            hour,
            number: previous.map_or(0, |previous| previous.number.saturating_add(1)),
            previous: previous.map(Self::hash),
            root: merkle::root(&receipts.digests),
            sealed_on: now.round_down(),
        }
    }

    /// The bytes that are signed: canonical JSON (RFC 8785).
    pub fn bytes(&self) -> Vec<u8> {
        canonical(self).into_bytes()
    }

    /// SHA-256 of these bytes.
    pub fn hash(&self) -> Digest {
        Digest::of(&self.bytes())
    }

    /// Whether the hour has more receipts now than this seal covers.
    pub fn misses_some(&self, receipts: &HourOfReceipts) -> bool {
        u64::try_from(receipts.digests.len()).is_ok_and(|count| count > self.count)
    }
}

/// A seal with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSeal {
    /// The seal that was signed.
    pub seal: Seal,
    /// The name of the key.
    pub key_id: String,
    /// The signature: ECDSA over P-256 and SHA-256, in DER.
    pub signature: Vec<u8>,
}

/// The digests of an hour's receipts, and the time at which the first receipt expires.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HourOfReceipts {
    /// The digests in ascending order, each once.
    pub digests: Vec<Digest>,
    /// The earliest expiry.
    pub expire_from: Option<Second>,
}

impl HourOfReceipts {
    /// Sorts these digests, given in any order.
    pub fn new(receipts: impl IntoIterator<Item = (Digest, Second)>) -> Self {
        let (mut digests, mut expire_from) = (Vec::new(), None::<Second>);
        for (digest, expires_on) in receipts {
            digests.push(digest);
            expire_from = Some(expire_from.map_or(expires_on, |earliest| earliest.min(expires_on)));
        }
        digests.sort_unstable();
        digests.dedup();
        Self { digests, expire_from }
    }
}

/// The reasons why a chain of seals, or the receipts of an hour, fail the verification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealProblem {
    /// A seal is missing, or has the number of another.
    #[error("seal {0} is in the place of seal {1}")]
    Number(u64, u64),
    /// An hour is missing, or comes too early.
    #[error("seal {0} is for the hour {1}, which is not the next hour")]
    Hour(u64, Hour),
    /// The seal does not name the seal before it.
    #[error("seal {0} does not name the seal before it")]
    Previous(u64),
    /// The signature was not made by the key, or not over this seal.
    #[error("seal {0} is not signed by its key")]
    Signature(u64),
    /// Receipts are missing, although none of them has expired.
    #[error("the hour {hour} lacks {missing} of {count} receipts, and none has expired")]
    Missing {
        /// The hour.
        hour: Hour,
        /// The number of missing receipts.
        missing: u64,
        /// The number of sealed receipts.
        count: u64,
    },
    /// Receipts exist that no seal covers.
    #[error("the hour {hour} has {more} more receipts than its seal covers")]
    Unsealed {
        /// The hour.
        hour: Hour,
        /// The number of receipts that the seal does not cover.
        more: u64,
    },
    /// There are as many receipts as were sealed, but not the same ones.
    #[error("the receipts of the hour {0} are not those that were sealed")]
    Root(Hour),
}

/// Verifies a chain of seals, one after another from its beginning.
#[derive(Debug, Default)]
pub struct ChainCheck {
    last: Option<Seal>,
}

impl ChainCheck {
    /// The problems of the next seal, apart from its signature.
    pub fn next(&mut self, seal: &Seal) -> Vec<SealProblem> {
        let mut problems = Vec::new();
        let expected = self.last.as_ref().map_or(0, |last| last.number.saturating_add(1));
        if seal.number != expected {
            problems.push(SealProblem::Number(seal.number, expected));
        }
        if seal.previous != self.last.as_ref().map(Seal::hash) {
            problems.push(SealProblem::Previous(seal.number));
        }
        // An hour may be sealed again until the next one is.
        let in_order = |last: &Seal| seal.hour == last.hour.next() || seal.hour == last.hour && seal.count > last.count;
        if !self.last.as_ref().is_none_or(in_order) {
            problems.push(SealProblem::Hour(seal.number, seal.hour));
        }
        self.last = Some(seal.clone());
        problems
    }

    /// The last verified seal.
    pub fn last(&self) -> Option<&Seal> {
        self.last.as_ref()
    }
}

/// Compares the last seal of an hour with the receipts that exist now.
///
/// Receipts expire one by one, in no particular order. Once the first may have expired, the rest of
/// the hour cannot be compared.
pub fn check_hour(seal: &Seal, receipts: &HourOfReceipts, now: Timestamp) -> Option<SealProblem> {
    let (hour, found) = (seal.hour, u64::try_from(receipts.digests.len()).unwrap_or(u64::MAX));
    if found > seal.count {
        return Some(SealProblem::Unsealed { hour, more: found - seal.count });
    }
    if found < seal.count {
        let may_expire = seal.expire_from.is_some_and(|from| from <= now.round_down());
        let missing = SealProblem::Missing { hour, missing: seal.count - found, count: seal.count };
        return (!may_expire).then_some(missing);
    }
    (merkle::root(&receipts.digests) != seal.root).then_some(SealProblem::Root(hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipts(numbers: std::ops::Range<u8>) -> HourOfReceipts {
        HourOfReceipts::new(numbers.map(|number| (Digest::of(&[number]), Second::from_unix(9_000_000))))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    /// A chain over the hours 0, 1, 1 again and 2.
    fn chain() -> Vec<Seal> {
        let hour = |number| Hour(number);
        let first = Seal::after(None, hour(0), &receipts(0..3), at(4200));
        let second = Seal::after(Some(&first), hour(1), &receipts(0..0), at(7800));
        let again = Seal::after(Some(&second), hour(1), &receipts(3..4), at(11_400));
        let third = Seal::after(Some(&again), hour(2), &receipts(4..9), at(11_400));
        vec![first, second, again, third]
    }

    fn problems(seals: &[Seal]) -> Vec<SealProblem> {
        let mut check = ChainCheck::default();
        seals.iter().flat_map(|seal| check.next(seal)).collect()
    }

    #[test]
    fn an_hour_is_sealed_ten_minutes_after_its_end() {
        assert_eq!(Hour::last_settled(at(3600 + 599)), Hour(-1));
        assert_eq!(Hour::last_settled(at(3600 + 600)), Hour(0));
        assert_eq!(Hour(0).settles_on(), Second::from_unix(4200));
        assert_eq!(Hour::of(Second::from_unix(-1)), Hour(-1));
    }

    #[test]
    fn a_chain_without_gaps_is_whole() {
        assert_eq!(problems(&chain()), []);
    }

    #[test]
    fn a_seal_that_is_left_out_moved_doubled_or_changed_is_found() {
        let whole = chain();
        for index in 0..whole.len() - 1 {
            let mut without = whole.clone();
            without.remove(index);
            assert_ne!(problems(&without), [], "without {index}");
            let mut moved = whole.clone();
            moved.swap(index, index + 1);
            assert_ne!(problems(&moved), [], "{index} moved");
            let mut changed = whole.clone();
            changed[index].count += 1;
            assert_ne!(problems(&changed), [], "{index} changed");
        }
        let mut doubled = whole.clone();
        doubled.push(whole[3].clone());
        assert_ne!(problems(&doubled), []);
    }

    #[test]
    fn an_hour_is_sealed_anew_only_with_more_receipts() {
        let whole = chain();
        let same = |count: u64| {
            let previous = whole.last().unwrap();
            let again =
                Seal { number: previous.number + 1, previous: Some(previous.hash()), count, ..previous.clone() };
            problems(&[whole.clone(), vec![again]].concat())
        };
        assert_eq!(same(6), []);
        assert_eq!(same(5), [SealProblem::Hour(4, Hour(2))], "no more than before");
        let skipped = Seal { hour: Hour(4), ..Seal::after(whole.last(), Hour(3), &receipts(0..9), at(18_600)) };
        assert_eq!(problems(&[whole.clone(), vec![skipped]].concat()), [SealProblem::Hour(4, Hour(4))]);
    }

    #[test]
    fn a_seal_misses_some_where_there_are_more_than_it_counts() {
        let seal = Seal::after(None, Hour(0), &receipts(0..3), at(4200));
        let misses = [0..2, 0..3, 0..4].map(|numbers| seal.misses_some(&receipts(numbers)));
        assert_eq!(misses, [false, false, true]);
    }

    #[test]
    fn a_walk_remembers_the_last_seal_and_an_hour_is_written_as_its_first_second() {
        let mut check = ChainCheck::default();
        assert_eq!(check.last(), None);
        for seal in chain() {
            check.next(&seal);
            assert_eq!(check.last(), Some(&seal));
        }
        assert_eq!(Hour(1).to_string(), "1970-01-01T01:00:00Z");
    }

    #[test]
    fn receipts_are_compared_with_their_seal() {
        let seal = Seal::after(None, Hour(0), &receipts(0..3), at(4200));
        let (early, late) = (at(5000), at(9_000_000));
        assert_eq!(check_hour(&seal, &receipts(0..3), early), None);
        assert_eq!(check_hour(&seal, &receipts(1..4), early), Some(SealProblem::Root(Hour(0))));
        assert_eq!(check_hour(&seal, &receipts(0..4), early), Some(SealProblem::Unsealed { hour: Hour(0), more: 1 }));
        assert_eq!(check_hour(&seal, &receipts(0..9), early), Some(SealProblem::Unsealed { hour: Hour(0), more: 6 }));
        let missing = SealProblem::Missing { hour: Hour(0), missing: 1, count: 3 };
        assert_eq!(check_hour(&seal, &receipts(0..2), early), Some(missing));
        let missing = SealProblem::Missing { hour: Hour(0), missing: 2, count: 3 };
        assert_eq!(check_hour(&seal, &receipts(0..1), early), Some(missing));
        assert_eq!(check_hour(&seal, &receipts(0..2), late), None, "expired");
        assert_eq!(check_hour(&seal, &receipts(1..4), late), Some(SealProblem::Root(Hour(0))));
    }
}
