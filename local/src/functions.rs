//! The functions by the name of their binary, one line each. `start` is the same code that runs on
//! AWS.

use std::{future::Future, pin::Pin};

use shared::{
    config::ConfigProblem,
    http::{
        Rule, Served,
        describe::{self, Described, DescribedRejection, Description},
    },
    lambda::{Invoke, Setup, batch, http, task},
};

/// Starts a function with its settings, perhaps after reading secrets.
pub type Starter = fn(Setup) -> Starting;

/// A function that is being started.
pub type Starting = Pin<Box<dyn Future<Output = Result<Invoke, ConfigProblem>> + Send>>;

/// Gives the description of a function on a route with this path.
pub type Describer = fn(&str) -> Description;

/// One function of the bundle.
struct Function {
    name: &'static str,
    start: Starter,
    /// The description of the operation. Only endpoints of the API have one.
    describe: Option<Describer>,
    /// Status and code of each refusal that is this endpoint's own on a route with this path.
    refusals: fn(&str) -> Vec<(u16, &'static str)>,
}

macro_rules! endpoint {
    ($name:literal, $function:ident) => {
        endpoint!(@ $name, async |setup: &Setup| $function::start(setup))
    };
    (async $name:literal, $function:ident) => {
        endpoint!(@ $name, async |setup: &Setup| $function::start(setup).await)
    };
    (@ $name:literal, $start:expr) => {
        Function {
            name: $name,
            start: |setup| Box::pin(async move { Ok(http(($start)(&setup).await?)) }),
            describe: Some(|path| described($start, path)),
            refusals: |path| refused($start, path),
        }
    };
}

macro_rules! other {
    ($name:literal, $kind:ident, $function:ident) => {
        Function {
            name: $name,
            start: |setup| Box::pin(async move { Ok($kind($function::start(&setup)?)) }),
            describe: None,
            refusals: |_| Vec::new(),
        }
    };
}

const FUNCTIONS: &[Function] = &[
    other!("answer-unrouted", http, answer_unrouted),
    endpoint!("cancel-person-purge", cancel_person_purge),
    endpoint!("create-platform-user", create_platform_user),
    endpoint!("deactivate-user", deactivate_user),
    endpoint!("disable-cross-progression", disable_cross_progression),
    other!("dispatch-due-purges", task, dispatch_due_purges),
    endpoint!("enable-cross-progression", enable_cross_progression),
    endpoint!("end-sessions", end_sessions),
    endpoint!("find-platform-user", find_platform_user),
    endpoint!("get-person-purge", get_person_purge),
    endpoint!("get-player-links", get_player_links),
    endpoint!("get-public-keys", get_public_keys),
    endpoint!("get-purge-receipt", get_purge_receipt),
    endpoint!("get-user", get_user),
    endpoint!(async "introspect-token", introspect_token),
    endpoint!(async "issue-client-token", issue_client_token),
    endpoint!("link-platform-user", link_platform_user),
    endpoint!("list-sessions", list_sessions),
    endpoint!("lock-user", lock_user),
    endpoint!(async "log-in", log_in),
    endpoint!(async "log-out", log_out),
    other!("purge-person", batch, purge_person),
    endpoint!(async "queue-person-purge", queue_person_purge),
    endpoint!("reactivate-user", reactivate_user),
    other!("seal-receipts", task, seal_receipts),
    endpoint!("unlink-platform-user", unlink_platform_user),
    endpoint!("unlock-user", unlock_user),
    endpoint!("upsert-platform-user", upsert_platform_user),
    endpoint!("verify-token", verify_token),
];

/// The starter of the function whose binary has this name.
pub fn starter(binary: &str) -> Option<Starter> {
    find(binary).map(|function| function.start)
}

/// The describer of the endpoint whose binary has this name.
pub fn describer(binary: &str) -> Option<Describer> {
    find(binary)?.describe
}

/// Status and code of each refusal that is this endpoint's own on a route with this path.
pub fn refusals(binary: &str, path: &str) -> Vec<(u16, &'static str)> {
    find(binary).map(|function| (function.refusals)(path)).unwrap_or_default()
}

/// The names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

fn find(binary: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == binary)
}

fn described<R, S, F>(_of: F, path: &str) -> Description
where
    F: AsyncFn(&Setup) -> Result<Served<R, S>, ConfigProblem>,
    R: Described + Rule<S, Rejection: DescribedRejection>,
{
    describe::describe::<R, S>(path)
}

fn refused<R, S, F>(_of: F, path: &str) -> Vec<(u16, &'static str)>
where
    F: AsyncFn(&Setup) -> Result<Served<R, S>, ConfigProblem>,
    R: Described + Rule<S, Rejection: DescribedRejection>,
{
    describe::refusals::<R, S>(path)
}
