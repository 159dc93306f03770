//! What the description of the API (OpenAPI) says of an endpoint.
//!
//! An endpoint writes down its words and its examples. Its access is that of its rule. The fields of a request come from the code that reads
//! them, the bodies of replies from the types that are sent, and the errors from the endpoint's closed list: each is
//! answered once, and the answer described.

mod access;
mod errors;
mod operation;
mod schema;

use utoipa::openapi::{RefOr, Response, Schema, path};

pub(super) use operation::Media;
pub use operation::Operation;

pub use errors::{ErrorBody, Facts, Sample};

pub(super) use errors::one_of_texts;
pub(super) use schema::{Schemas, example};

use super::{Rejection, Rule, zitadel};

/// A rule that can be described.
pub trait Described {
    /// What the endpoint says of itself. Method, path and id come from `template.yaml`, access from its rule, and errors from its
    /// rejections.
    fn operation() -> Operation;

    /// The same as a call of Connect and gRPC-Web, where the template routes one.
    fn call() -> Operation {
        Self::operation()
    }
}

/// A rejection that can be described.
pub trait DescribedRejection: Rejection {
    /// Status and code of everything that only this endpoint refuses.
    fn refusals() -> Vec<(u16, &'static str)>;

    /// One reply for each code that an endpoint can reject with, made by the code that answers.
    fn samples(facts: Facts) -> Vec<Sample>;

    /// The body that these replies, all of one status, have in common, and the codes in it.
    fn body(samples: &[&Sample]) -> ErrorBody;

    /// The name of a status' replies where every endpoint with these facts has the same ones.
    fn component(status: u16, facts: Facts) -> Option<&'static str>;
}

/// An operation and what it refers to.
pub struct Description {
    /// Without an id.
    pub operation: path::Operation,
    /// The names of the parameters of its path.
    pub path_parameters: Vec<String>,
    /// The schemas that it refers to, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// The responses that it refers to, by name.
    pub responses: Vec<(String, Response)>,
}

/// Describes an endpoint as it is on a route of this path.
pub fn describe<R: Described + Rule<S, Rejection: DescribedRejection>, S>(path: &str) -> Description {
    let is_call = zitadel::is_call(path);
    let operation = if is_call { R::call() } else { R::operation() };
    let facts = operation.facts(R::ACCESS, is_call);
    let mut description = operation.description(R::ACCESS);
    errors::add::<R::Rejection>(&mut description, facts);
    description
}
