//! `$default`: what no route takes, answered in the dialect of its path.

use std::convert::Infallible;

use shared::{
    config::ConfigProblem,
    http::{Audit, Dialect, Endpoint, Rejection, Reply, Request},
    lambda::Setup,
};

include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Answers 405 where the path has a route for other methods, 404 elsewhere, and 204 to a preflight wherever it is sent.
#[derive(Debug)]
pub struct AnswerUnrouted;

/// Starts the function; it needs no settings.
pub fn start(_: &Setup) -> Result<AnswerUnrouted, ConfigProblem> {
    Ok(AnswerUnrouted)
}

/// There is nothing that this endpoint rejects.
#[derive(Debug)]
pub struct Never(Infallible);

impl Rejection for Never {
    fn into_reply(self, _: &Request, _: &mut Audit) -> Reply {
        match self.0 {}
    }
}

impl Endpoint for AnswerUnrouted {
    const ACTION: &str = env!("CARGO_PKG_NAME");
    type Rejection = Never;

    // The route comes before the body: an unknown path is 404 whatever is sent there.
    const BODY_LIMIT: usize = usize::MAX;

    async fn handle(&self, request: &Request, _: &mut Audit) -> Result<Reply, Self::Rejection> {
        // The gateway hands preflights to `$default`, and adds what the page may do. Browsers want a success besides.
        if request.is_preflight() {
            return Ok(Reply::empty(204));
        }
        let found = routed(request.route()).map(|(path, route)| {
            // What stands for a parameter must not decide the dialect.
            request.set_route(route);
            methods_of(path)
        });
        let dialect = Dialect::of(request.route());
        Ok(match found {
            // A path that only looks like a route once it is decoded is none.
            Some(methods) if !methods.contains(&request.method()) => {
                dialect.method_not_allowed(request, methods.join(", "))
            }
            _ => dialect.not_found(request),
        })
    }
}

/// The shortest end of a path that is the path of a route, and that route: a domain of the operator's may put a base path in
/// front.
pub fn routed(path: &str) -> Option<(&str, &'static str)> {
    let mut ends = path.rmatch_indices('/').map(|(at, _)| path.split_at(at).1);
    ends.find_map(|end| ROUTES.iter().find(|(_, route)| matches(route, end)).map(|(_, route)| (end, *route)))
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
        assert_eq!(methods_of("/users/v1/person/x/purge"), ["POST", "GET", "DELETE"]);
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
            assert_eq!(routed(path).map(|(end, _)| end), end, "{path}");
        }
    }
}
