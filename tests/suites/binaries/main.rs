//! The compiled functions behind Lambda's Runtime API.

mod events;
mod failures;
mod output;
mod refusals;
mod tour;
