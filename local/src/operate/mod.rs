//! What an operator does to a deployment, here or on AWS: checks, repairs and second chances.

mod target;

pub use target::{OperateError, Queues, Target};
