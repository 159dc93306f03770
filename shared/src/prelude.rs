//! The imports of every endpoint, by dialect.

/// For an endpoint of RallyHere's dialect.
pub mod rallyhere {
    pub use crate::{
        auth::Permission,
        config::ConfigProblem,
        http::{
            Access, App, Audit, Reply, Request, Rights, Served,
            rallyhere::{ApiError, Guarded, Rejection, Rule},
            refusals,
        },
        lambda::Setup,
        validation::request,
    };
}

/// For an endpoint of ZITADEL's dialect.
pub mod zitadel {
    pub use crate::{
        auth::Permission,
        config::ConfigProblem,
        http::{
            Access, App, Audit, Reply, Request, Rule, Served, refusals,
            zitadel::{self, ApiError, Rejection},
        },
        lambda::Setup,
    };
}
