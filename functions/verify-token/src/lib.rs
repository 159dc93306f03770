//! `POST /users/v1/verify`

mod describe;

use shared::prelude::rallyhere::*;

refusals! {
    /// The endpoint has no refusals besides those of a token.
    pub enum VerifyRefusal: ApiError {}
}

/// Says whether a token is good, whatever it permits.
#[derive(Debug)]
pub struct VerifyToken;

/// Builds the function from its settings.
pub fn start(setup: &Setup) -> Result<Served<Guarded<VerifyToken>, ()>, ConfigProblem> {
    setup.serve_without_tables(Guarded(VerifyToken))
}

impl<S: Send + Sync> Rule<S> for VerifyToken {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    const ACCESS: Access = Access::AnyToken;
    type Refusal = VerifyRefusal;

    async fn handle(
        &self,
        _: &App<S>,
        _: Rights,
        _: &Request,
        _: &mut Audit,
    ) -> Result<Reply, Rejection<Self::Refusal>> {
        Ok(Reply::null(200))
    }
}
