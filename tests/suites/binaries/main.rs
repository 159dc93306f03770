//! The compiled functions behind Lambda's Runtime API.

mod events;
mod failures;
mod output;
mod platforms;
mod refusals;
mod tour;
