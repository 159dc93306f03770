//! `$default`: answers every request that matches no route, in the dialect of its path.

use std::convert::Infallible;

use shared::{
    config::ConfigProblem,
    http::{Audit, Dialect, Endpoint, Rejection, Reply, Request},
    lambda::Setup,
};

include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Answers 204 to every preflight, 405 where the path has a route for other methods, and 404
/// otherwise.
#[derive(Debug)]
pub struct AnswerUnrouted;

/// Builds the function. It needs no settings.
pub fn start(_: &Setup) -> Result<AnswerUnrouted, ConfigProblem> {
    Ok(AnswerUnrouted)
}

/// The refusals of this endpoint: it has none.
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

    // The path decides before the body: an unknown path is 404, however large the body is.
    const BODY_LIMIT: usize = usize::MAX;

    async fn handle(&self, request: &Request, _: &mut Audit) -> Result<Reply, Self::Rejection> {
        // The gateway sends preflights to `$default` and adds the `Access-Control-*` headers.
        // Browsers also require a success status.
        if request.is_preflight() {
            return Ok(Reply::empty(204));
        }
        let found = routed(request.route()).map(|(path, route)| {
            // From here on the route decides the dialect: the text of a path parameter must not.
            request.set_route(route);
            methods_of(path)
        });
        let dialect = Dialect::of(request.route());
        Ok(match found {
            // A path that matches a route only after decoding is not a route.
            Some(methods) if !methods.contains(&request.method()) => {
                dialect.method_not_allowed(request, methods.join(", "))
            }
            _ => dialect.not_found(request),
        })
    }
}

/// The shortest end of a path that matches a route, and that route. Anything before it may be the
/// base path of a custom domain.
pub fn routed(path: &str) -> Option<(&str, &'static str)> {
    let mut ends = path.rmatch_indices('/').map(|(at, _)| path.split_at(at).1);
    ends.find_map(|end| ROUTES.iter().find(|(_, route)| matches(route, end)).map(|(_, route)| (end, *route)))
}

/// The methods that the template routes for this path, in the order of the template.
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
