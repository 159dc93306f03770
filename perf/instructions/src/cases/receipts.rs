//! Receipts, and the seal of an hour of them. The instructions of SHA-256 itself are left out.

use shared::identity::{Digest, Hour, HourOfReceipts, Seal, Second, merkle::Inclusion};

use crate::{
    fixtures::{now, receipt},
    measure::Measure,
};

/// The number of persons that were purged in the hour.
const HOUR: u128 = 200;

pub fn run(measure: &mut Measure) {
    let one = receipt(0);
    let canonical = |receipt: &shared::identity::Receipt| serde_json::to_string(&receipt.body());
    measure.case("receipt: canonical JSON", || &one, canonical, Result::is_ok);
    measure.case("receipt: digest", || &one, |receipt| receipt.digest(), |digest| *digest != Digest::of(b""));

    let entries: Vec<(Digest, Second)> = (0..HOUR).map(receipt).map(|one| (one.digest(), one.expires_on)).collect();
    let count = entries.len();
    measure.case(
        "hour: 200 receipts in order",
        || entries.clone(),
        HourOfReceipts::new,
        |hour| hour.digests.len() == count,
    );
    let hour = HourOfReceipts::new(entries.iter().copied());
    let seal = |receipts: &HourOfReceipts| Seal::after(None, Hour::of(one.completed_on), receipts, now());
    measure.case("hour: seal over 200 receipts", || &hour, seal, |seal| seal.count == 200);
    let proof = |digests: &[Digest]| Inclusion::of(digests, 77);
    measure.case("hour: proof for one of 200", || &hour.digests[..], proof, Option::is_some);
}
