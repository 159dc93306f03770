//! HTTP: requests, replies, the two error dialects, and the steps from a request to its reply.

pub mod describe;
pub mod rallyhere;
pub mod zitadel;

mod access;
mod app;
mod audit;
mod dialect;
mod endpoint;
mod refusal;
mod reply;
mod request;
mod respond;

pub use access::{Access, Authority, Rights};
pub use app::{App, Rule, Served};
pub use audit::Audit;
pub use dialect::Dialect;
pub use endpoint::{BODY_LIMIT, Endpoint, Rejection};
pub use refusal::{Refusal, refusals};
pub use reply::{Reply, ReplyBody};
pub(crate) use request::{GRPC_ENCODING, route};
pub use request::{Request, RequestParts};
pub(crate) use respond::refuse_unreadable;
pub use respond::{DEADLINE, respond};
