//! Finds the route of a request, by the rules of API Gateway's HTTP API.

use std::{borrow::Cow, collections::BTreeMap};

use super::percent::decode;
use crate::template::RouteKey;

/// The routes with their targets, the most specific route first.
#[derive(Debug)]
pub(super) struct Routes<T> {
    routes: Vec<Route<T>>,
}

#[derive(Debug)]
struct Route<T> {
    key: RouteKey,
    pattern: Vec<Segment>,
    target: T,
}

/// One segment of a path. The variants are in order of precedence. Between routes that are equally
/// specific here, the rest of the path decides, then the method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Fixed(String),
    Parameter(String),
    /// `{name+}`, which takes the whole rest of the path.
    Rest(String),
}

/// The route that matches a request.
#[derive(Debug)]
pub(super) struct Matched<'a, T> {
    pub(super) key: &'a RouteKey,
    pub(super) target: &'a T,
    /// The parameters of the path, decoded.
    pub(super) parameters: BTreeMap<String, String>,
}

impl<T> Routes<T> {
    pub(super) fn new(routes: impl IntoIterator<Item = (RouteKey, T)>) -> Self {
        let mut routes: Vec<_> = routes.into_iter().map(|(key, target)| Route::new(key, target)).collect();
        routes.sort_by_key(Route::rank);
        Self { routes }
    }

    /// Finds the route for a method and a path. The path is still percent-encoded.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Matched<'_, T>> {
        self.routes.iter().find_map(|route| {
            let parameters = route.parameters(method, path)?;
            Some(Matched { key: &route.key, target: &route.target, parameters })
        })
    }
}

impl<T> Route<T> {
    fn new(key: RouteKey, target: T) -> Self {
        let pattern = match &key {
            RouteKey::Default => Vec::new(),
            RouteKey::Path { path, .. } => path.split('/').map(Segment::new).collect(),
        };
        Self { key, pattern, target }
    }

    /// The sort key: a lower one is more specific. `$default` is last, and `ANY` comes after the
    /// same path with a method.
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        let segments = self.pattern.iter().map(Segment::rank).collect();
        let any = matches!(&self.key, RouteKey::Path { method, .. } if method == "ANY");
        (self.key == RouteKey::Default, segments, any)
    }

    fn parameters(&self, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let RouteKey::Path { method: own, .. } = &self.key else { return Some(parameters) };
        if own != method && own != "ANY" {
            return None;
        }
        let mut rest = Some(path);
        for segment in &self.pattern {
            let (value, after) = match (segment, rest?) {
                (Segment::Rest(_), all) => (all, None),
                (_, rest) => rest.split_once('/').map_or((rest, None), |(value, after)| (value, Some(after))),
            };
            // An encoded slash belongs to its segment. So the path is split first and decoded then.
            let value = decode(value);
            match segment {
                Segment::Fixed(text) if *text == value => {}
                Segment::Parameter(name) | Segment::Rest(name) if !value.is_empty() => {
                    parameters.insert(name.clone(), Cow::into_owned(value));
                }
                _ => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(parameters)
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        match name.map(|name| (name, name.strip_suffix('+'))) {
            Some((_, Some(name))) => Self::Rest(name.to_owned()),
            Some((name, None)) => Self::Parameter(name.to_owned()),
            None => Self::Fixed(text.to_owned()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Fixed(_) => 0,
            Self::Parameter(_) => 1,
            Self::Rest(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<&'static str> {
        let path = |method: &str, path: &str| RouteKey::Path { method: method.into(), path: path.into() };
        Routes::new([
            (RouteKey::Default, "default"),
            (path("ANY", "/users/{rest+}"), "rest"),
            (path("ANY", "/users/{id}"), "any"),
            (path("GET", "/users/{id}"), "get"),
            (path("GET", "/users/me"), "me"),
            (path("POST", "/users/{id}/purge"), "purge"),
            (path("GET", "/"), "root"),
        ])
    }

    fn find(method: &str, path: &str) -> (&'static str, Vec<(String, String)>) {
        let routes = routes();
        let matched = routes.find(method, path).unwrap();
        (matched.target, matched.parameters.into_iter().collect())
    }

    #[test]
    fn the_most_specific_route_wins() {
        let cases = [
            ("GET", "/users/me", "me"),
            ("GET", "/users/you", "get"),
            ("PUT", "/users/me", "any"),
            ("POST", "/users/7/purge", "purge"),
            ("GET", "/users/7/purge", "rest"),
            ("GET", "/users/7/more/still", "rest"),
            ("GET", "/", "root"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(find(method, path).0, expected, "{method} {path}");
        }
    }

    #[test]
    fn everything_else_takes_the_default_route() {
        for (method, path) in [("GET", "/nothing"), ("GET", "/users"), ("GET", "/users/"), ("HEAD", "/"), ("GET", "//")]
        {
            assert_eq!(find(method, path), ("default", vec![]), "{method} {path}");
        }
    }

    #[test]
    fn an_encoded_slash_stays_within_its_parameter() {
        assert_eq!(find("GET", "/users/a%2Fb%20c"), ("get", vec![("id".into(), "a/b c".into())]));
        assert_eq!(find("GET", "/users/a/b%2fc"), ("rest", vec![("rest".into(), "a/b/c".into())]));
    }

    #[test]
    fn without_a_default_route_nothing_is_found() {
        let routes = Routes::new([(RouteKey::Path { method: "GET".into(), path: "/a".into() }, ())]);
        assert!(routes.find("GET", "/a").is_some() && routes.find("GET", "/b").is_none());
    }
}
