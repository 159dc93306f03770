//! The purge protocol as a model, all of whose states are visited.
//!
//! What decides is `shared::identity`, the code that ships; what a call to a table or the queue does is one step, and
//! anything may happen between two steps.

#[path = "model/callers.rs"]
mod callers;
#[path = "model/held.rs"]
mod held;
#[path = "model/protocol.rs"]
mod protocol;
#[path = "model/rules.rs"]
mod rules;
#[path = "model/state.rs"]
mod state;
#[path = "model/tables.rs"]
mod tables;
#[path = "model/whole.rs"]
mod whole;
#[path = "model/workers.rs"]
mod workers;
#[path = "model/wrong.rs"]
mod wrong;
