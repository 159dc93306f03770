//! The compiled functions behind a Runtime API.

mod build;
mod events;
mod failures;
mod output;
mod refusals;
mod tour;
