//! The compiled bundle under AWS's errors, cut connections and SIGKILL: each acknowledged change is
//! applied once, in time.
//!
//! `ROSTER_WIRE_PERSONS` sets the number of persons, `ROSTER_WIRE_FAULTS` the number of faults for
//! a thousand calls, and `ROSTER_WIRE_SEED` the seed. A seed repeats the requests of clients and
//! the faults of calls, but not the order of threads.

mod checks;
mod client;
mod front;
mod ledger;

use std::{
    collections::{BTreeMap, VecDeque},
    env,
    str::FromStr,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use tests::{
    random::Random,
    roster::{Folder, Roster},
};
use tokio::task::JoinSet;

use client::{Client, look};
use front::Front;
use ledger::{Ledger, Standing, now};

/// The number of clients at the same time.
const CLIENTS: usize = 64;
/// How often the process is killed meanwhile. It is killed once more at the end.
const KILLS: usize = 5;
/// How long the last purges may take. A purge can wait for the lease of a killed process, which is
/// at most as long as the run so far.
const PATIENCE: Duration = Duration::from_mins(5);

fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// Prints the command that repeats a failed run.
struct Repeat {
    seed: u64,
    persons: usize,
    faults: u64,
}

impl Drop for Repeat {
    fn drop(&mut self) {
        if thread::panicking() {
            let Self { seed, persons, faults } = self;
            let settings = format!("ROSTER_WIRE_PERSONS={persons} ROSTER_WIRE_FAULTS={faults}");
            eprintln!("ROSTER_WIRE_SEED={seed} {settings} cargo test --workspace --test wire");
        }
    }
}

/// The output and the logs of ended processes.
#[derive(Default)]
struct Remains {
    kills: usize,
    faults: BTreeMap<String, usize>,
    logs: Vec<String>,
}

impl Remains {
    fn kill(&mut self, mut roster: Roster) {
        let (printed, log) = roster.kill();
        self.kills += 1;
        for fault in printed.lines().filter_map(|line| line.strip_prefix("fault ")) {
            let kind = fault.rsplit(' ').next().unwrap_or_default();
            *self.faults.entry(kind.to_owned()).or_default() += 1;
        }
        self.logs.push(log);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_under_faults_and_kill_9_is_done_once_and_in_time() {
    let seed = setting("ROSTER_WIRE_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    let repeat = Repeat {
        seed,
        persons: setting("ROSTER_WIRE_PERSONS").unwrap_or(1000),
        faults: setting("ROSTER_WIRE_FAULTS").unwrap_or(200),
    };
    let (data, started) = (Folder::new(), Instant::now());
    let mut remains = Remains::default();
    let (front, roster, mut ledgers) = under_faults(&data, &repeat, &mut remains).await;
    let lived = started.elapsed();
    // No request of an earlier process is running any more, so every answer is certain.
    remains.kill(roster);
    let roster = front::start(&data, seed, 0);
    front.moved_to(&roster);
    everything_due_gets_complete(&front, &mut ledgers).await;
    remains.kill(roster);
    let purged = ledgers.iter().filter(|ledger| matches!(ledger.certain(), Standing::Complete(_))).count();
    let faults: usize = remains.faults.values().sum();
    let Remains { kills, faults: kinds, logs } = &remains;
    checks::tables(&data, &ledgers).await;
    checks::purged_once(logs, &ledgers);
    // Rust's test runner hides the output of a test that succeeds, so this writes past it.
    let summary = format!(
        "wire: seed {seed}, {} persons, {purged} purged, {kills} kills, {faults} faults {kinds:?}, {} requests \
         without an answer, {:.0?} under faults, {:.0?} in all",
        ledgers.len(),
        front.unanswered(),
        lived,
        started.elapsed(),
    );
    tests::say(&summary);
    assert!(purged >= repeat.persons / 4 && ledgers.len() - purged >= repeat.persons / 8, "{summary}");
    assert!(repeat.faults == 0 || faults >= repeat.persons, "{summary}");
    // A kill may make the client lose a request; a bundle that does not answer would lose more.
    assert!(front.unanswered() <= *kills, "{summary}");
}

/// Runs all clients, and kills the process several times meanwhile.
async fn under_faults(data: &Folder, repeat: &Repeat, remains: &mut Remains) -> (Arc<Front>, Roster, Vec<Ledger>) {
    let &Repeat { seed, persons, faults } = repeat;
    let mut roster = front::start(data, seed, faults);
    let front = Arc::new(Front::new(&roster));
    let waiting = Arc::new(Mutex::new((0..persons).collect::<VecDeque<_>>()));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (front, waiting) = (Arc::clone(&front), Arc::clone(&waiting));
        clients.spawn(async move {
            let mut ledgers = Vec::new();
            let next = || waiting.lock().unwrap().pop_front();
            while let Some(index) = next() {
                ledgers.extend(Client::new(&front, seed, index).live().await);
            }
            ledgers
        });
    }
    let (mut ledgers, mut dice) = (Vec::new(), Random::of(seed, "kills", 0));
    while !clients.is_empty() {
        tokio::select! {
            Some(lived) = clients.join_next() => ledgers.extend(lived.unwrap()),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        let begun = persons - waiting.lock().unwrap().len();
        if remains.kills < KILLS && begun * (KILLS + 1) >= persons * (remains.kills + 1) {
            tokio::time::sleep(Duration::from_millis(dice.below(500) as u64)).await;
            remains.kill(roster);
            roster = front::start(data, seed.wrapping_add(remains.kills as u64), faults);
            front.moved_to(&roster);
        }
    }
    (front, roster, ledgers)
}

/// Waits for every purge that is due within a minute.
async fn everything_due_gets_complete(front: &Front, ledgers: &mut [Ledger]) {
    let started = Instant::now();
    for ledger in ledgers {
        loop {
            match look(front, ledger).await {
                Standing::Queued(on) if on < now() + 60 => {}
                _ => break,
            }
            assert!(started.elapsed() < PATIENCE, "{ledger:?} is not purged after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
