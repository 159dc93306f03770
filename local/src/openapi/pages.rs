//! The document, and the page that shows it. Only the local bundle serves them: the template has no
//! such routes.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue, LOCATION},
};
use utoipa_swagger_ui::{Config, serve};

use super::{DOCS, DOCUMENT};
use crate::template::Template;

/// The pages about a template. The document is made at the first request for it.
pub(crate) struct Pages {
    template: Template,
    document: OnceLock<Option<Bytes>>,
    viewer: Arc<Config<'static>>,
}

impl Pages {
    pub(crate) fn new(template: Template) -> Self {
        // By default the viewer sends a document that is not on localhost to a validator on the
        // internet.
        let viewer = Config::from(DOCUMENT).validator_url("none").try_it_out_enabled(true);
        Self { template, document: OnceLock::new(), viewer: Arc::new(viewer) }
    }

    /// The page at this path, if there is one.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
        if ![Method::GET, Method::HEAD].contains(method) {
            return None;
        }
        if path == DOCUMENT {
            return Some(page("application/json".to_owned(), self.document()?));
        }
        match path.strip_prefix(DOCS)? {
            // The page's own links are relative.
            "" => Some(moved("/docs/")),
            rest => self.viewed(rest.strip_prefix('/')?),
        }
    }

    fn document(&self) -> Option<Bytes> {
        let make = || super::json(&self.template).inspect_err(|error| tracing::warn!(%error, "there is no document"));
        self.document.get_or_init(|| make().ok().map(Bytes::from)).clone()
    }

    fn viewed(&self, file: &str) -> Option<Response<Full<Bytes>>> {
        let file = serve(file, Arc::clone(&self.viewer)).ok()??;
        let bytes = match file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some(page(file.content_type, bytes))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

fn page(content_type: String, bytes: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(bytes));
    if let Ok(value) = HeaderValue::try_from(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

fn moved(to: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    response
}
