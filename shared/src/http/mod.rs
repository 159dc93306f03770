//! HTTP: request, reply, the two error dialects, and how an endpoint answers.

pub mod describe;
pub mod rallyhere;
pub mod zitadel;

mod endpoint;
mod refusal;
mod reply;
mod request;

pub(crate) use endpoint::refuse_unreadable;
pub use endpoint::{BODY_LIMIT, DEADLINE, Dialect, Endpoint, Rejection, respond};
pub use refusal::Refusal;
pub use reply::{Reply, ReplyBody};
pub(crate) use request::{GRPC_ENCODING, route};
pub use request::{Request, RequestParts};
