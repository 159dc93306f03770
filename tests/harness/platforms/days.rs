//! The bad days of a server.

use std::time::Duration;

use crate::site::{Response, Site};

/// The name and the answer of each day on which a server answers badly. Most of the answers would
/// be good if only the body counted.
pub fn bad_answers(good: &str, elsewhere: &Site) -> Vec<(&'static str, Response)> {
    let page = |status, kind, text: String| Response::Page(status, kind, text);
    let html = "<!doctype html><title>Back soon</title>".to_owned();
    let large = format!("{good}{}", " ".repeat(10 << 20));
    vec![
        ("500", page("500 Internal Server Error", "application/json", good.to_owned())),
        ("429", page("429 Too Many Requests", "application/json", good.to_owned())),
        ("HTML", page("200 OK", "text/html", html)),
        ("redirect", Response::Redirect(elsewhere.url("/"))),
        ("10 MB", Response::Json(large)),
        ("late", Response::Json(good.to_owned()).after(Duration::from_secs(3))),
        ("drip", Response::Drips(format!("{good}{}", " ".repeat(200)))),
        ("silence", Response::Silence),
        ("half", Response::Half(good.to_owned())),
    ]
}
