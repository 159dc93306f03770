//! The purge protocol as a model, all of whose states are visited.
//!
//! What decides is `shared::identity`, the code that ships; what a call to a table or the queue does is one step, and
//! anything may happen between two steps.

mod callers;
mod held;
mod protocol;
mod rules;
mod state;
mod tables;
mod whole;
mod workers;
mod wrong;
