//! Receipts under seals: how they get there, what proves it, and that nothing can be changed unnoticed. And what an
//! operator does about purges that hang.

#[path = "seals/answers.rs"]
mod answers;
#[path = "seals/bench.rs"]
mod bench;
#[path = "seals/changes.rs"]
mod changes;
#[path = "seals/letters.rs"]
mod letters;
#[path = "seals/lists.rs"]
mod lists;
#[path = "seals/rounds.rs"]
mod rounds;
#[path = "seals/targets.rs"]
mod targets;
