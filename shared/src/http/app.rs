//! What an endpoint works with, and how its rule becomes an endpoint.

use std::future::Future;

use super::{Access, Audit, Endpoint, Rejection, Reply, Request};
use crate::{ambient::Ambient, auth::Authenticator, store::DynamoStore};

/// What every endpoint works with.
#[derive(Debug)]
pub struct App<S> {
    /// Verifies bearer tokens.
    pub auth: Authenticator,
    /// The clock and the dice.
    pub ambient: Ambient,
    /// The tables, as far as the endpoint may use them.
    pub store: S,
}

impl<S> App<S> {
    /// An app of these parts.
    pub fn new(auth: Authenticator, ambient: Ambient, store: S) -> Self {
        Self { auth, ambient, store }
    }
}

/// The rule of one endpoint, from its token on. A [`rallyhere::Rule`](super::rallyhere::Rule) begins where the caller is known.
pub trait Rule<S>: Send + Sync + 'static {
    /// The name of its function: the action in the audit line.
    const ACTION: &str;

    /// Who may call: what the endpoint enforces, and what the description says.
    const ACCESS: Access;

    /// What it answers when it does not succeed.
    type Rejection: Rejection;

    /// Handles one request.
    fn handle(
        &self,
        app: &App<S>,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send;
}

/// An endpoint: its rule, and what that works with.
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
    type Rejection = R::Rejection;

    fn handle(
        &self,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Self::Rejection>> + Send {
        self.rule.handle(&self.app, request, audit)
    }
}
