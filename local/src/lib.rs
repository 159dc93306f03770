//! The whole bundle on one machine: an HTTP front in API Gateway's place, an embedded `DynamoDB`, a queue and a
//! schedule in one process, all of them made from `template.yaml`, calling the functions that run on AWS.
//! Rooms import downwards only, in this order:
//! `cli`, `operate`, `bundle`, `gateway`, `openapi`, `functions`, `stand_ins`, `tokens`, `data`, `template`, `problem`.

mod bundle;
pub mod cli;
mod data;
pub mod functions;
mod gateway;
pub mod openapi;
pub mod operate;
mod problem;
mod stand_ins;
pub mod template;
mod tokens;

pub use bundle::{Bundle, Interceptors, Options};
pub use data::Addresses;
pub use operate::{Compacted, compact, repair};
pub use problem::Problem;
pub use tokens::{ALL_PERMISSIONS, SigningKey, TokenRequest};
