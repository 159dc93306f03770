//! The whole bundle on one machine. An HTTP front that stands in for API Gateway, an embedded
//! `DynamoDB`, a queue and a schedule run in one process. All of them are made from
//! `template.yaml`, and they call the functions that run on AWS.
//!
//! Modules import only modules below them, in this order: `cli`, `operate`, `bundle`, `gateway`,
//! `openapi`, `functions`, `stand_ins`, `tokens`, `data`, `template`, `problem`.

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
pub use stand_ins::{LocalPlatform, PlatformTokenRequest, login_keys};
pub use tokens::{ALL_PERMISSIONS, SigningKey, TokenRequest};
