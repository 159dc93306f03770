//! Visits every state within the bounds. No rule is ever broken, and each run comes to an end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use stateright::{Checker, Model};

use super::{
    protocol::{Act, Bounds, Edge, Edges, Protocol},
    rules,
    state::{Ask, Left},
};

/// Bounds for steps that overtake each other: two requests beside workers and rounds, one fault,
/// and one jump of the clock.
pub const OVERTAKING: Bounds = Bounds {
    left: Left { asks: 2, acts: 0, faults: 1, haste: 1 },
    asks: &[Ask::Now, Ask::Later, Ask::Cancel],
    own_asks: &[],
    acts: &[],
    poison: false,
    sights: &[
        rules::DUPLICATE_AFTER,
        rules::CRASH_AFTER_WRITE,
        rules::TWO_WORKERS,
        rules::TWO_ROUNDS,
        rules::RETIME_RACE,
        rules::CANCEL_RACE,
        rules::STALE_ENTRY,
        rules::STALE_AFTER,
        rules::POSTPONED,
    ],
};

/// Bounds for two faults of any kinds, one after or inside the other.
pub const FAILING: Bounds = Bounds {
    left: Left { asks: 1, acts: 0, faults: 2, haste: 1 },
    asks: &[Ask::Now, Ask::Later],
    sights: &[rules::DUPLICATE_AFTER, rules::CRASH_AFTER_WRITE, rules::STALE_AFTER, rules::SECOND_LEASE],
    ..OVERTAKING
};

/// Bounds for three requests, with permission and by the person itself, which reads before it
/// writes.
pub const ASKING: Bounds = Bounds {
    left: Left { asks: 3, acts: 0, faults: 1, haste: 0 },
    own_asks: &[Ask::Some, Ask::Later, Ask::Cancel],
    sights: &[rules::ANEW_RACE, rules::OWN_RACE, rules::RETIME_RACE, rules::POSTPONED, rules::STALE_ENTRY],
    ..OVERTAKING
};

/// Bounds for accounts that are created, linked and switched during a purge.
pub const MEETING: Bounds = Bounds {
    left: Left { asks: 1, acts: 3, faults: 1, haste: 0 },
    asks: &[Ask::Now, Ask::Later],
    acts: &[Act::CreateAnew, Act::LinkIntoX, Act::LinkIntoHolder, Act::LinkIntoL, Act::Unlink, Act::Toggle],
    sights: &[
        rules::DUPLICATE_AFTER,
        rules::CREATED_ANEW,
        rules::LINKED_ANEW,
        rules::TWO_USERS,
        rules::LINK_RACE,
        rules::SWITCH_RACE,
    ],
    ..OVERTAKING
};

/// Bounds with a foreign message among the others.
pub const POISONED: Bounds = Bounds {
    left: Left { asks: 2, acts: 0, faults: 1, haste: 0 },
    poison: true,
    sights: &[rules::POISONED, rules::DUPLICATE_AFTER, rules::POSTPONED],
    ..OVERTAKING
};

#[test]
fn every_state_of_a_purge_that_requests_and_workers_race_for_keeps_the_rules() {
    visit("overtaking", OVERTAKING);
}

#[test]
fn every_state_of_a_purge_with_two_faults_keeps_the_rules() {
    visit("failing", FAILING);
}

#[test]
fn every_state_of_a_purge_that_is_asked_for_and_cancelled_keeps_the_rules() {
    visit("asking", ASKING);
}

#[test]
fn every_state_of_accounts_that_move_around_a_purge_keeps_the_rules() {
    visit("meeting", MEETING);
}

#[test]
fn every_state_of_a_queue_with_a_poison_message_keeps_the_rules() {
    visit("poisoned", POISONED);
}

fn visit(name: &str, bounds: Bounds) {
    let started = Instant::now();
    let edges: Edges = Arc::new(Mutex::new(Vec::new()));
    let protocol = Protocol { bounds, wrong: None, edges: Some(Arc::clone(&edges)) };
    let checker = protocol.checker().spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.is_done(), "cut off");
    let edges = std::mem::take(&mut *edges.lock().unwrap());
    let states = ends(&edges);
    // Both hashes found the same number of states, so no two states were confused and none was left
    // out.
    assert_eq!(states, checker.unique_state_count());
    tests::say(&format!(
        "{name}: {states} states, {} steps, depth {}, {:.1} s",
        edges.len(),
        checker.max_depth(),
        started.elapsed().as_secs_f64()
    ));
}

/// Checks that no run continues forever, and that each can continue by itself until nothing is left
/// to do. Returns the number of states.
///
/// Together with the rule about the end this proves that a run does complete once faults and
/// callers stop.
fn ends(edges: &[Edge]) -> usize {
    let mut index: HashMap<u64, usize> = HashMap::new();
    let mut number = |hash: u64| {
        let next = index.len();
        *index.entry(hash).or_insert(next)
    };
    let pairs: Vec<_> = edges.iter().map(|edge| (number(edge.from), number(edge.to))).collect();
    let mut goes_on = vec![false; index.len()];
    let mut arrivals = vec![0_u32; index.len()];
    let mut after = vec![Vec::new(); index.len()];
    for ((from, to), edge) in pairs.into_iter().zip(edges) {
        goes_on[from] |= edge.by_itself;
        goes_on[to] |= edge.is_last;
        arrivals[to] += 1;
        after[from].push(to);
    }
    let mut free: Vec<_> = (0..index.len()).filter(|state| arrivals[*state] == 0).collect();
    assert_eq!(free.len(), 1, "one beginning");
    // At the beginning no promise is open and no message waits, except for a poison message.
    goes_on[free[0]] = true;
    assert!(goes_on.into_iter().all(|goes_on| goes_on), "a state in which only faults and callers go on");
    let mut ordered = 0;
    while let Some(state) = free.pop() {
        ordered += 1;
        for next in &after[state] {
            arrivals[*next] -= 1;
            if arrivals[*next] == 0 {
                free.push(*next);
            }
        }
    }
    assert_eq!(ordered, index.len(), "a run that comes back to where it was");
    ordered
}
