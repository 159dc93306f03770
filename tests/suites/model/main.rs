//! The purge protocol as a model. The suite visits all its states.
//!
//! Decisions are made by `shared::identity`, the code that ships. A call to a table or the queue is
//! one step, and other steps can happen between any two steps.

mod callers;
mod held;
mod protocol;
mod rules;
mod state;
mod tables;
mod whole;
mod workers;
mod wrong;
