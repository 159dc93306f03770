//! The bench on which the suites stand: a whole bundle in this process, a client, and eyes on every call to AWS.

pub mod calls;
pub mod canary;
pub mod client;
pub mod engines;
pub mod json_schema;
pub mod logs;
pub mod openapi;
pub mod roles;
pub mod runtime_api;
pub mod targets;
pub mod ways;
pub mod world;

pub use calls::{Call, Fault};
pub use client::Answer;
pub use world::{PLATFORMS, User, World};
