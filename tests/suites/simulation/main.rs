//! Deterministic simulation: the real handlers on tables in memory, under every fault, in a random
//! order from a seed.
//!
//! `ROSTER_SCHEDULES` sets the number of schedules, which is 100,000 by default. A seed that breaks
//! a rule is printed with the command that replays it.

mod actor;
mod acts;
mod background;
mod callers;
mod dice;
mod engine;
mod executor;
mod flaws;
mod history;
mod invariants;
mod kms;
mod logins;
mod queue;
mod schedule;
mod sim;
mod spec;
mod tables;

use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use flaws::Flaw;
use schedule::Outcome;
use tokio::runtime::{Builder, Runtime};

/// The number of schedules by default.
const SCHEDULES: u64 = 100_000;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The functions set timeouts on the real clock. This runtime is never driven, so none of them
/// expires.
fn timers() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// The smallest of these seeds whose schedule breaks a rule.
fn search(seeds: std::ops::Range<u64>, flaw: Option<Flaw>, seen: impl Fn(&Outcome) + Sync) -> Option<(u64, Outcome)> {
    let next = AtomicU64::new(seeds.start);
    let stop = AtomicBool::new(false);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let look = || {
        let timers = timers();
        let _entered = timers.enter();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || stop.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = schedule::run(seed, flaw, false);
            seen(&outcome);
            if outcome.violation.is_some() {
                stop.store(true, Ordering::Relaxed);
                return Some((seed, outcome));
            }
        }
    };
    let found = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(look)).collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("a thread")).collect::<Vec<_>>()
    });
    found.into_iter().min_by_key(|(seed, _)| *seed)
}

#[test]
fn every_schedule_keeps_every_invariant() {
    let schedules = number("ROSTER_SCHEDULES").unwrap_or(SCHEDULES);
    let (requests, answered, purged) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let started = Instant::now();
    let first = number("ROSTER_SEED").unwrap_or(0);
    let found = search(first..first + schedules, None, |outcome| {
        requests.fetch_add(outcome.requests, Ordering::Relaxed);
        answered.fetch_add(outcome.answered, Ordering::Relaxed);
        purged.fetch_add(outcome.purged, Ordering::Relaxed);
    });
    tests::say(&format!(
        "{schedules} schedules in {:.1} s: {requests:?} tasks, {answered:?} answers, {purged:?} purges",
        started.elapsed().as_secs_f32()
    ));
    if let Some((seed, outcome)) = found {
        panic!(
            "{}\nseed {seed}; see it with: ROSTER_SEED={seed} cargo test --workspace --test simulation -- --nocapture replay",
            outcome.violation.expect("a violation")
        );
    }
}

/// Shows the schedule of `ROSTER_SEED`, or of seed 0.
#[test]
fn replay() {
    let timers = timers();
    let _entered = timers.enter();
    let outcome = schedule::run(number("ROSTER_SEED").unwrap_or(0), None, true);
    println!("{}", outcome.trace);
    if let Some(violation) = outcome.violation {
        panic!("{violation}");
    }
}

#[test]
fn a_seed_replays_byte_for_byte() {
    let timers = timers();
    let _entered = timers.enter();
    let mut lengths = Vec::new();
    for seed in 0..200 {
        let (first, second) = (schedule::run(seed, None, true), schedule::run(seed, None, true));
        assert_eq!(first, second, "seed {seed}");
        lengths.push(first.trace.len());
    }
    assert!(lengths.iter().all(|length| *length > 0));
    lengths.dedup();
    assert!(lengths.len() > 100, "seeds draw different schedules");
}

#[test]
fn every_broken_rule_is_found_by_the_invariant_that_names_it() {
    let flaws: [(Flaw, &[&str]); 26] = [
        (Flaw::ClaimOverwritten, &["tables-agree"]),
        (Flaw::ClaimsStay, &["tables-agree"]),
        (Flaw::NoReceipt, &["receipt-with-removal"]),
        (Flaw::PurgeBlind, &["only-what-is-queued", "never-early", "others-untouched", "tables-agree", "linearizable"]),
        (Flaw::OperationsForgotten, &["linearizable"]),
        (Flaw::TokensForgotten, &["linearizable"]),
        (Flaw::LeaseLosesPurge, &["nothing-due-lost"]),
        (Flaw::LeaseTouchesVersion, &["lease-leaves-version"]),
        (Flaw::PostponeForgotten, &["postponed-is-shown"]),
        (Flaw::CancelForgotten, &["linearizable"]),
        (Flaw::LinkIgnoresPurge, &["linearizable"]),
        (Flaw::InactiveOwner, &["linearizable"]),
        (Flaw::InactivePlayer, &["linearizable"]),
        (Flaw::OwnPurgeBlind, &["linearizable"]),
        (Flaw::BanIgnored, &["linearizable"]),
        (Flaw::UpdateCreates, &["tables-agree", "no-comeback", "nothing-left"]),
        (Flaw::AcknowledgedFailures, &["acknowledged-is-done", "postponed-is-shown"]),
        (Flaw::AnyStateLogsIn, &["no-session-while-restricted", "restricted-at-once"]),
        (Flaw::SessionsStay, &["no-session-while-restricted"]),
        (Flaw::SessionBeforeState, &["restricted-at-once"]),
        (Flaw::UseBlind, &["sessions-only-grow"]),
        (Flaw::SessionStays, &["refused-stays-refused", "linearizable"]),
        (Flaw::NinthSession, &["at-most-eight-sessions"]),
        (Flaw::EarlierLoginWins, &["last-login-is-the-latest"]),
        (Flaw::PlayerStateUnread, &["plays-an-active-player-of-its-own", "linearizable"]),
        (Flaw::TokenAhead, &["iat-near-its-write"]),
    ];
    for (flaw, invariants) in flaws {
        let found = search(0..100_000, Some(flaw), |_| {});
        let (seed, outcome) = found.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        let violation = outcome.violation.expect("a violation");
        println!("{flaw:?}: {} at seed {seed}", violation.invariant);
        assert!(invariants.contains(&violation.invariant), "{flaw:?} at seed {seed}: {violation}");
    }
}
