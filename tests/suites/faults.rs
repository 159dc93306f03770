//! Conflicts, throttling and lost answers: what was answered was done, once.

#[path = "faults/acts.rs"]
mod acts;
#[path = "faults/codes.rs"]
mod codes;
#[path = "faults/contention.rs"]
mod contention;
#[path = "faults/expressions.rs"]
mod expressions;
#[path = "faults/kinds.rs"]
mod kinds;
#[path = "faults/purges.rs"]
mod purges;
#[path = "faults/races.rs"]
mod races;
#[path = "faults/reads.rs"]
mod reads;
#[path = "faults/resends.rs"]
mod resends;
#[path = "faults/shape.rs"]
mod shape;
#[path = "faults/writes.rs"]
mod writes;

use roster_local::Options;
use tests::{Fault, World};

/// How often a call fails at most (DESIGN.md, "One retry loop").
const TRIES: usize = 6;

/// Faults after which the call was not carried out.
const NOT_DONE: [Fault; 5] =
    [Fault::Conflict, Fault::Throttled, Fault::InProgress, Fault::ServerError, Fault::EmptyServerError];

/// Faults after which it was.
const DONE: [Fault; 2] = [Fault::LostAnswer, Fault::ServerErrorAfter];

/// A world in which no message is handled by itself.
async fn without_worker() -> World {
    World::start_with(Options { worker: false, ..Options::default() }).await
}

fn plan(world: &World, function: &str, operation: &str, fault: Fault, times: usize) {
    (0..times).for_each(|_| world.fault(function, operation, fault));
}
