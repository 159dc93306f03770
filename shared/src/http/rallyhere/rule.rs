use std::future::Future;

use super::{ApiError, Rejection};
use crate::http::{
    self, Access, App, Audit, Refusal, Reply, Request, Rights,
    describe::{Described, Operation},
};

/// The rule of an endpoint of this dialect. The caller is known, and holds the permission if the
/// access rule is [`Access::Permitted`].
///
/// Without its access an endpoint does not compile:
///
/// ```compile_fail,E0046
/// use shared::prelude::rallyhere::*;
///
/// refusals! {
///     pub enum GreetRefusal: ApiError {}
/// }
///
/// struct Greet;
///
/// impl<S: Send + Sync> Rule<S> for Greet {
///     const ACTION: &str = "greet";
///     type Refusal = GreetRefusal;
///
///     async fn handle(
///         &self,
///         _: &App<S>,
///         _: Rights,
///         _: &Request,
///         _: &mut Audit,
///     ) -> Result<Reply, Rejection<GreetRefusal>> {
///         Ok(Reply::empty(200))
///     }
/// }
/// ```
///
/// With it, it does:
///
/// ```
/// use shared::prelude::rallyhere::*;
///
/// refusals! {
///     pub enum GreetRefusal: ApiError {}
/// }
///
/// struct Greet;
///
/// impl<S: Send + Sync> Rule<S> for Greet {
///     const ACTION: &str = "greet";
///     const ACCESS: Access = Access::Permitted(&Permission::READ_USER);
///     type Refusal = GreetRefusal;
///
///     async fn handle(
///         &self,
///         _: &App<S>,
///         _: Rights,
///         _: &Request,
///         _: &mut Audit,
///     ) -> Result<Reply, Rejection<GreetRefusal>> {
///         Ok(Reply::empty(200))
///     }
/// }
/// ```
pub trait Rule<S>: Send + Sync + 'static {
    /// The name of the function: the action in the audit line.
    const ACTION: &str;

    /// The access rule. [`Access::Permitted`] is enforced before the rule runs. With any other
    /// access the rule must check its [`Rights`] itself.
    const ACCESS: Access;

    /// The refusals that only this endpoint has.
    type Refusal: Refusal<Error = ApiError>;

    /// Handles one request of a known caller.
    fn handle(
        &self,
        app: &App<S>,
        rights: Rights,
        request: &Request,
        audit: &mut Audit,
    ) -> impl Future<Output = Result<Reply, Rejection<Self::Refusal>>> + Send;
}

/// An endpoint of this dialect with its guard: it verifies the token and enforces
/// [`Access::Permitted`] before the rule runs.
#[derive(Debug)]
pub struct Guarded<R>(pub R);

impl<R: Rule<S>, S: Send + Sync + 'static> http::Rule<S> for Guarded<R> {
    const ACTION: &str = R::ACTION;
    const ACCESS: Access = R::ACCESS;
    type Rejection = Rejection<R::Refusal>;

    async fn handle(&self, app: &App<S>, request: &Request, audit: &mut Audit) -> Result<Reply, Self::Rejection> {
        const { assert!(R::ACCESS.takes_token(), "a rule without a caller implements http::Rule") };
        let now = app.ambient.now();
        let caller = app.auth.authenticate(request.authorization(), now).await?;
        audit.set_actor(caller.actor());
        let rights = Rights::of(caller, R::ACCESS, now);
        if let Access::Permitted(_) = R::ACCESS {
            rights.require_unrestricted()?;
        }
        self.0.handle(app, rights, request, audit).await
    }
}

impl<R: Described> Described for Guarded<R> {
    fn operation() -> Operation {
        R::operation()
    }
}
