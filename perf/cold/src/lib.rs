//! Measures compiled functions as they run on AWS Lambda. The Runtime API and AWS's endpoints are
//! on loopback, and CPU and memory of each process come from the kernel.

mod all;
mod answers;
mod certificates;
mod chart;
mod environment;
mod event;
mod failure;
mod login;
mod markdown;
mod measure;
mod records;
mod responder;
mod results;
mod running;
mod scenario;
mod size;
mod statistics;
mod table;
mod token;
mod verification;
mod wire;

pub use all::{ALGORITHM, Everything};
pub use certificates::Certificates;
pub use failure::{Context, Failure};
pub use markdown::{between_markers, markdown};
pub use measure::{Cold, Figures, Plan, Warm, measure};
pub use results::{Build, COMPARED, Entry, Kind, Machine, Results, Signed};
pub use running::{Stage, Variant};
pub use scenario::{BARE, NOOP, Scenario, functions};
pub use size::Size;
pub use statistics::Spread;
pub use table::text_table;
pub use token::{IssuerKey, IssuerKeys, Tokens};
pub use verification::{Verification, verifications};
