//! The parts that every endpoint needs, and the step from a rule to an endpoint.

use std::future::Future;

use super::{Access, Audit, Endpoint, Rejection, Reply, Request};
use crate::{ambient::Ambient, auth::Authenticator, store::DynamoStore};

/// The parts that every endpoint needs.
#[derive(Debug)]
pub struct App<S> {
    /// Verifies bearer tokens.
    pub auth: Authenticator,
    /// The clock and the random numbers.
    pub ambient: Ambient,
    /// The tables, limited to the capabilities of this endpoint.
    pub store: S,
}

impl<S> App<S> {
    /// Combines these parts.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// The rule of one endpoint: it starts with the token. A
/// [`rallyhere::Rule`](super::rallyhere::Rule) starts with a known caller.
pub trait Rule<S>: Send + Sync + 'static {
    /// The name of the function: the action in the audit line.
    const ACTION: &str;

    /// The access rule: the endpoint enforces it, and the description of the API shows it.
    const ACCESS: Access;

    /// The errors that the endpoint can answer.
    type Rejection: Rejection;

    /// Whether callers get tokens here. Faults then count as failed logins too.
    const LOGS_IN: bool = false;

    /// Handles one request.
    fn handle(
        &self,
        app: &App<S>,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send;
}

/// An endpoint: a rule with the parts that it needs.
#[derive(Debug)]
pub struct Served<R, S = DynamoStore> {
    rule: R,
    app: App<S>,
}

impl<R, S> Served<R, S> {
    /// The endpoint of this rule.
    pub fn new(rule: R, app: App<S>) -> Self {
        Self { rule, app }
    }
}

impl<R: Rule<S>, S: Send + Sync + 'static> Endpoint for Served<R, S> {
    const ACTION: &str = R::ACTION;
    const LOGS_IN: bool = R::LOGS_IN;
    type Rejection = R::Rejection;

    fn handle(
        &self,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send {
        self.rule.handle(&self.app, request, audit)
    }
}
