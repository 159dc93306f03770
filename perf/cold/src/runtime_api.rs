//! Lambda's Runtime API on loopback, for one process.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::JoinHandle,
};
use uuid::Uuid;

use crate::failure::{Context, Failure};

/// What Lambda gives an invocation, and more than any may need here.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the process did, and when it was heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Signal {
    /// It asks for the next event.
    Next(Instant),
    /// It answered the last one.
    Answer(Instant, Value),
    /// It says that it failed, at start or with the last event.
    Error(Value),
}

/// The API, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: String,
    events: UnboundedSender<Bytes>,
    signals: UnboundedReceiver<Signal>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port")?;
        let address = listener.local_addr().context("a port")?.to_string();
        let (events, pending) = unbounded_channel();
        let (said, signals) = unbounded_channel();
        let server = tokio::spawn(serve(listener, Arc::new(Api { pending: Mutex::new(pending), said })));
        Ok(Self { address, events, signals, server })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Hands out one event.
    pub(crate) fn send(&self, event: Bytes) -> Result<(), Failure> {
        self.events.send(event).context("the Runtime API")
    }

    /// The next thing that the process does.
    pub(crate) async fn signal(&mut self) -> Result<Signal, Failure> {
        self.signals.recv().await.context("the Runtime API")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Api {
    pending: Mutex<UnboundedReceiver<Bytes>>,
    said: UnboundedSender<Signal>,
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let api = Arc::clone(&api);
        let service = service_fn(move |request| {
            let api = Arc::clone(&api);
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        // A function that is ended breaks its connection off.
        tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok() });
    }
}

impl Api {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        if path.ends_with("/invocation/next") {
            self.said.send(Signal::Next(Instant::now())).ok();
            return self.next().await;
        }
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let now = Instant::now();
        let said = serde_json::from_slice(&body).unwrap_or(Value::Null);
        self.said.send(if path.ends_with("/response") { Signal::Answer(now, said) } else { Signal::Error(said) }).ok();
        response(202, &[], Bytes::from_static(br#"{"status":"OK"}"#))
    }

    /// Waits for an event, for as long as it takes.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(event) = self.pending.lock().await.recv().await else { return response(500, &[], Bytes::new()) };
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + DEADLINE;
        let headers = [
            ("lambda-runtime-aws-request-id", &*Uuid::new_v4().to_string()),
            ("lambda-runtime-deadline-ms", &*deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:bench"),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
            ("content-type", "application/json"),
        ];
        response(200, &headers, event)
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(body)).unwrap_or_default()
}
