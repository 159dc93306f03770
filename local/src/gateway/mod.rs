//! API Gateway's HTTP API on this machine: routes from the template, and the gateway's own limits
//! and replies.

mod cors;
mod event;
mod percent;
mod reply;
mod routes;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, service::Service};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    openapi::Pages,
    stand_ins::LocalFunction,
    template::{Cors, RouteKey},
};
use cors::Asked;
use event::head_size;
use routes::Routes;

/// The gateway's limit on request line and headers together, in bytes.
const HEAD_LIMIT: usize = 10_240;
/// The gateway's limit on a request's body, in bytes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Lambda's limit on an event, in bytes.
const EVENT_LIMIT: usize = 6 * 1024 * 1024;
/// How long a client may take to send a body. The gateway allows so long for a whole request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The front: one request in, one function call, one reply out.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    routes: Arc<Routes<Arc<LocalFunction>>>,
    pages: Arc<Pages>,
    cors: Option<Arc<Cors>>,
}

impl Front {
    /// A front with these routes. It shows its own pages on paths that would otherwise reach
    /// `$default`. Without a configuration of CORS it leaves the CORS headers of functions
    /// unchanged.
    pub(crate) fn new(
        routes: impl IntoIterator<Item = (RouteKey, Arc<LocalFunction>)>,
        pages: Pages,
        cors: Option<Cors>,
    ) -> Self {
        Self { routes: Arc::new(Routes::new(routes)), pages: Arc::new(pages), cors: cors.map(Arc::new) }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let request_id = Uuid::new_v4().to_string();
        let (route, reply) = self.reply(request, &request_id).await;
        // Logs the route, never the path or the query, which may hold personal data. The function
        // writes a log line of its own.
        tracing::debug!(
            route,
            status = reply.status().as_u16(),
            request_id,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "gateway"
        );
        reply
    }

    async fn reply(&self, request: Request<Incoming>, request_id: &str) -> (String, Response<Full<Bytes>>) {
        let received = SystemTime::now();
        let (head, body) = request.into_parts();
        let matched = self.routes.find(head.method.as_str(), head.uri.path());
        let route = matched.as_ref().map_or_else(|| "none".to_owned(), |matched| matched.key.to_string());
        let gateway = |status| reply::of_gateway(status, request_id);
        if head_size(&head.method, &head.uri, &head.headers) > HEAD_LIMIT {
            return (route, gateway(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        let body = match read(body).await {
            Ok(body) => body,
            Err(status) => return (route, gateway(status)),
        };
        if matched.as_ref().is_none_or(|matched| *matched.key == RouteKey::Default)
            && let Some(page) = self.pages.find(&head.method, head.uri.path())
        {
            return (route, page);
        }
        let asked = Asked::of(&head.method, &head.headers);
        let with_cors = |mut reply: Response<Full<Bytes>>| {
            if let Some(cors) = &self.cors {
                cors::write(cors, &asked, reply.headers_mut());
            }
            reply
        };
        let Some(matched) = matched else {
            let is_answered = self.cors.is_some() && asked.is_preflight();
            let reply = if is_answered { with_cors(cors::no_content()) } else { gateway(StatusCode::NOT_FOUND) };
            return (route, reply);
        };
        let incoming = event::Incoming {
            request_id,
            route: matched.key,
            parameters: &matched.parameters,
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &body,
            received,
        };
        let event = incoming.event();
        // Only a large body can make a large event, since the head is limited already.
        if body.len() > EVENT_LIMIT / 8 && event.to_string().len() > EVENT_LIMIT {
            return (route, gateway(StatusCode::PAYLOAD_TOO_LARGE));
        }
        match matched.target.call(event).await {
            Ok(answer) => (route, with_cors(reply::of_function(answer, request_id))),
            Err(error) => {
                tracing::error!(%error, function = matched.target.name(), request_id, "a function failed");
                (route, gateway(StatusCode::INTERNAL_SERVER_ERROR))
            }
        }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}

async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    match timeout(BODY_TIMEOUT, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_elapsed) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
