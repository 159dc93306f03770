//! The description of an endpoint in OpenAPI.
//!
//! Only words, examples and links are written by hand. The access comes from the rule, the fields
//! of a request from the code that reads them, and the bodies of replies from their types. The
//! errors come from the endpoint's closed list: each is produced once, and described from that
//! reply.

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

use super::{Access, Rejection, Rule, zitadel};

/// A rule that can be described.
pub trait Described {
    /// The hand-written part of the description. Method, path and id come from `template.yaml`, the
    /// access from the rule, and the errors from the rejections.
    fn operation() -> Operation;

    /// The same for the call over Connect and gRPC-Web, if the template routes one.
    fn call() -> Operation {
        Self::operation()
    }

    /// The same for the route with this path. A function with several routes describes each.
    fn on(path: &str) -> Operation {
        if zitadel::is_call(path) { Self::call() } else { Self::operation() }
    }

    /// The access rule on the route with this path, if it differs from the rule's own.
    fn access(_path: &str) -> Option<Access> {
        None
    }

    /// Whether a request to this path can be refused with this code, one of the endpoint's own.
    fn refuses(_path: &str, _code: &str) -> bool {
        true
    }
}

/// A rejection that can be described.
pub trait DescribedRejection: Rejection {
    /// Status and code of each refusal that only this endpoint has.
    fn refusals() -> Vec<(u16, &'static str)>;

    /// A sample reply for each code, produced by the code that answers requests.
    fn samples(facts: Facts) -> Vec<Sample>;

    /// The schema that these replies of one status share, and the codes in them.
    fn body(samples: &[&Sample]) -> ErrorBody;

    /// The name of a shared response, if every endpoint with these facts has the same replies at
    /// this status.
    fn component(status: u16, facts: Facts) -> Option<&'static str>;
}

/// An operation, and the components that it refers to.
pub struct Description {
    /// The operation, still without its id.
    pub operation: path::Operation,
    /// The names of the parameters of its path.
    pub path_parameters: Vec<String>,
    /// The schemas that it refers to, by name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// The responses that it refers to, by name.
    pub responses: Vec<(String, Response)>,
}

/// Describes an endpoint for a route with this path.
pub fn describe<R: Described + Rule<S, Rejection: DescribedRejection>, S>(path: &str) -> Description {
    let operation = R::on(path);
    let access = R::access(path).unwrap_or(R::ACCESS);
    let facts = operation.facts(access, zitadel::is_call(path));
    let mut description = operation.description(access);
    errors::add::<R::Rejection>(&mut description, facts, &refused_elsewhere::<R, S>(path));
    description
}

/// Status and code of each refusal that only this endpoint has on a route with this path.
pub fn refusals<R: Described + Rule<S, Rejection: DescribedRejection>, S>(path: &str) -> Vec<(u16, &'static str)> {
    let mut refusals = R::Rejection::refusals();
    refusals.retain(|(_, code)| R::refuses(path, code));
    refusals
}

/// Status and code of each own refusal that occurs on other routes only.
fn refused_elsewhere<R: Described + Rule<S, Rejection: DescribedRejection>, S>(path: &str) -> Vec<(u16, &'static str)> {
    let mut refusals = R::Rejection::refusals();
    refusals.retain(|(_, code)| !R::refuses(path, code));
    refusals
}
