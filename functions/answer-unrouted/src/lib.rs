//! `$default`: what no route takes, answered in the dialect of its path.

use std::convert::Infallible;

use shared::{
    config::ConfigError,
    http::{Dialect, Endpoint, Rejection, Reply, Request},
    lambda::Setup,
};

include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Answers 405 where the path has a route for other methods, and 404 elsewhere.
#[derive(Debug)]
pub struct AnswerUnrouted;

/// Starts the function; it needs no settings.
pub fn start(_: &Setup) -> Result<AnswerUnrouted, ConfigError> {
    Ok(AnswerUnrouted)
}

/// There is nothing that this endpoint rejects.
#[derive(Debug)]
pub struct Never(Infallible);

impl Rejection for Never {
    fn into_reply(self, _: &Request) -> Reply {
        match self.0 {}
    }
}

impl Endpoint for AnswerUnrouted {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Never;

    // The route comes before the body: an unknown path is 404 whatever is sent there.
    const BODY_LIMIT: usize = usize::MAX;

    async fn handle(&self, request: &Request) -> Result<Reply, Self::Rejection> {
        let Some(path) = routed(request.route()) else { return Ok(Dialect::of(request.route()).not_found(request)) };
        let (dialect, methods) = (Dialect::of(path), methods_of(path));
        // A path that only looks like a route once it is decoded is none.
        let unknown = methods.contains(&request.method());
        Ok(if unknown { dialect.not_found(request) } else { dialect.method_not_allowed(request, methods.join(", ")) })
    }
}

/// The shortest end of a path that is the path of a route: a domain of the operator's may put a base path in front.
pub fn routed(path: &str) -> Option<&str> {
    path.rmatch_indices('/').map(|(at, _)| path.split_at(at).1).find(|end| !methods_of(end).is_empty())
}

/// The methods that the template routes for this path, in its order.
pub fn methods_of(path: &str) -> Vec<&'static str> {
    ROUTES.iter().filter(|(_, route)| matches(route, path)).map(|(method, _)| *method).collect()
}

fn matches(route: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_path_names_its_methods_and_an_unknown_one_none() {
        assert_eq!(methods_of("/users/v1/platform-user"), ["POST", "GET"]);
        assert_eq!(methods_of("/v2/users/abc/deactivate"), ["POST"]);
        for unknown in ["/", "/users/v1/platform-user/", "/v2/users//deactivate", "/users/v1", "$default"] {
            assert!(methods_of(unknown).is_empty(), "{unknown}");
        }
    }

    #[test]
    fn the_shortest_end_that_is_a_route_counts() {
        for (path, end) in [
            ("/users/v1/link", Some("/users/v1/link")),
            ("/identity/eu/users/v1/link", Some("/users/v1/link")),
            ("/v2/users/v2/users/x", Some("/v2/users/x")),
            ("/identity/v2/users/x/lock", Some("/v2/users/x/lock")),
            ("/identity/v2/users", None),
            ("/identity", None),
            ("", None),
        ] {
            assert_eq!(routed(path), end, "{path}");
        }
    }
}
