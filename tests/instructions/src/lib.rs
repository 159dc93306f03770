//! Counts of instructions: what valgrind wrote, what is committed, and whether the one is worse than the other.

mod baseline;
mod callgrind;
mod comparison;

pub use baseline::{Baseline, Malformed};
pub use callgrind::{Counted, count, is_crypto};
pub use comparison::{Comparison, TOLERANCE_PERCENT, Verdict};

/// How often a case does its work while it is counted.
pub const REPEATS: usize = 32;
