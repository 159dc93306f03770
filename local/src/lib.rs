//! The whole bundle on one machine: an HTTP front in API Gateway's place, an embedded `DynamoDB`, a queue and a
//! schedule in one process, all of them made from `template.yaml`, calling the functions that run on AWS.

mod addresses;
mod bundle;
pub mod cli;
mod clients;
mod compact;
mod data;
mod due;
mod engine;
mod error;
mod front;
pub mod functions;
mod keys;
pub mod openapi;
pub mod operate;
mod percent;
mod queue;
pub mod repair;
mod schedule;
mod seal_key;
mod serve;
mod signing;
mod tables;
pub mod template;
mod token;

pub use addresses::Addresses;
pub use bundle::{Bundle, Interceptors, Options};
pub use compact::{Compacted, compact};
pub use error::StartError;
pub use signing::{SigningError, SigningKey};
pub use token::{ALL_PERMISSIONS, TokenRequest};
