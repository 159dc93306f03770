//! Measures compiled functions as they run on AWS Lambda: its Runtime API and AWS's endpoints on loopback, and the
//! kernel's own account of each process.

mod answers;
mod certificates;
mod environment;
mod event;
mod failure;
mod measure;
mod process;
mod records;
mod responder;
mod runtime_api;
mod scenario;
mod statistics;
mod table;
mod token;
mod wire;

pub use certificates::Certificates;
pub use failure::{Context, Failure};
pub use measure::{Cold, Figures, Plan, Warm, measure};
pub use process::{Stage, Variant};
pub use scenario::{FUNCTIONS, NOOP, Scenario};
pub use statistics::Spread;
pub use table::text_table;
pub use token::IssuerKey;
