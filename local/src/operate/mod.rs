//! What an operator does to a deployment, here or on AWS: checks, repairs and second chances.

mod answer;
mod compact;
mod json;
mod public_key;
mod purges;
mod redrive;
pub mod repair;
mod target;
mod verify;

use crate::problem::Problem;
use shared::aws::CallError;

pub use answer::{Proven, ReceiptProblem, verify_answer};
pub use compact::{Compacted, compact};
pub use public_key::{PublicKey, to_pem};
pub use purges::{ListedPurge, OpenPurges, list_done, list_open, reset_stuck};
pub use redrive::{Redriven, redrive};
pub use target::{Queues, Target};
pub use verify::{Finding, Scope, Verified, verify};

/// What a call to a table or the queue was for.
fn failed(what: &'static str) -> impl Fn(CallError) -> Problem {
    move |error| Problem::call(what, &error)
}
