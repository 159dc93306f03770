//! Conflicts, throttling and lost answers: what was answered was done, once.

mod acts;
mod codes;
mod contention;
mod expressions;
mod kinds;
mod purges;
mod races;
mod reads;
mod resends;
mod shape;
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
