//! The operator's work on a deployment, here or on AWS: verify seals, list and reset purges,
//! redrive letters, repair tables. And on files before they are deployed: check settings.

mod answer;
mod check;
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
pub use check::{CheckedSettings, check_settings};
pub use compact::{Compacted, compact};
pub use public_key::{PublicKey, to_pem};
pub use purges::{ListedPurge, OpenPurges, list_done, list_open, reset_stuck};
pub use redrive::{Redriven, redrive};
pub use target::{Queues, Target};
pub use verify::{Finding, Scope, Verified, verify};

/// Turns a failed call to a table or the queue into a problem that names the purpose of the call.
fn failed(what: &'static str) -> impl Fn(CallError) -> Problem {
    move |error| Problem::call(what, &error)
}
