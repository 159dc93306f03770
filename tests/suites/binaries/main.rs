//! The compiled functions behind a Runtime API.

mod events;
mod failures;
mod output;
mod refusals;
mod tour;
