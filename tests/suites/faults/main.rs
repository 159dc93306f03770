//! Conflicts, throttling and lost answers: an acknowledged request has been applied exactly once.

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

/// The failed attempts after which a call is given up (`shared::aws`).
const FAILED_ATTEMPTS: usize = 6;

/// Faults of calls that are not carried out.
const NOT_DONE: [Fault; 5] =
    [Fault::Conflict, Fault::Throttled, Fault::InProgress, Fault::ServerError, Fault::EmptyServerError];

/// Faults of calls that are carried out.
const DONE: [Fault; 2] = [Fault::LostAnswer, Fault::ServerErrorAfter];

/// A world without a worker.
async fn without_worker() -> World {
    World::start_with(Options { worker: false, ..Options::default() }).await
}

fn plan(world: &World, function: &str, operation: &str, fault: Fault, times: usize) {
    (0..times).for_each(|_| world.fault(function, operation, fault));
}
