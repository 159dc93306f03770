//! The headers of CORS, as API Gateway's HTTP API adds them to the answers of functions.
//!
//! The gateway passes a preflight to the route that matches it, which can be `$default`. It answers
//! 204 by itself only if no route matches. It removes the CORS headers that a function set, and
//! adds none to its own refusals.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN, VARY,
    },
};

use crate::template::Cors;

/// All CORS headers that an answer can have.
const OF_ANSWERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The CORS headers of a request.
#[derive(Debug)]
pub(super) struct Asked {
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

impl Asked {
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let origin = headers.get(ORIGIN).cloned();
        let is_preflight =
            method == Method::OPTIONS && origin.is_some() && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self { origin, is_preflight }
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.is_preflight
    }
}

/// The answer to a preflight that no route takes.
pub(super) fn no_content() -> Response<Full<Bytes>> {
    let mut reply = Response::default();
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// Replaces the CORS headers of an answer by those that the configuration allows.
pub(super) fn write(cors: &Cors, asked: &Asked, headers: &mut HeaderMap) {
    for name in OF_ANSWERS {
        headers.remove(name);
    }
    let everybody = cors.origins.iter().any(|origin| origin == "*");
    if !everybody {
        // A cache must not give one origin's answer to another.
        headers.append(VARY, HeaderValue::from_static("origin"));
    }
    let Some(origin) = &asked.origin else { return };
    if !everybody && !cors.origins.iter().any(|allowed| allowed == origin) {
        return;
    }
    let named = if everybody { HeaderValue::from_static("*") } else { origin.clone() };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, named);
    if asked.is_preflight {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, cors.methods.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.clone());
        headers.insert(ACCESS_CONTROL_MAX_AGE, cors.max_age.into());
    } else {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, cors.exposed.clone());
    }
}
