//! The crate that every function of Roster builds on. Modules import downwards only, in this order:
//! `prelude`, `lambda`, `user_state`, `access`, `http`, `login`, `queue`, `signing`, `secrets`,
//! `store`, `tables`, `dynamo`, `aws`, `auth`, `validation`, `connections`, `config`, `telemetry`,
//! `ambient`, `identity`, `json`.

pub mod access;
pub mod ambient;
pub mod auth;
pub mod aws;
pub mod config;
pub mod connections;
mod dynamo;
pub mod http;
pub mod identity;
pub mod json;
pub mod lambda;
pub mod login;
pub mod prelude;
pub mod queue;
pub mod secrets;
pub mod signing;
pub mod store;
pub mod tables;
pub mod telemetry;
pub mod user_state;
pub mod validation;
