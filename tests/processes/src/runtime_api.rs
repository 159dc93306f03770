use std::{
    convert::Infallible,
    io::{self, ErrorKind},
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

/// The deadline of an invocation, longer than any needs.
const DEADLINE: Duration = Duration::from_secs(30);

/// A request of the process, and the time at which it arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// It asked for the next event.
    Next(Instant),
    /// It answered the last event.
    Answer(Instant, Value),
    /// It reported an error, at its start or for the last event.
    Error(Value),
    /// It called a path that does not exist, or answered an event that it did not get. Holds the
    /// path.
    Unexpected(String),
}

/// Lambda's Runtime API on loopback, for one process. Dropping it closes the API.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    events: UnboundedSender<Bytes>,
    signals: UnboundedReceiver<Signal>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (events, pending) = unbounded_channel();
        let (said, signals) = unbounded_channel();
        let server = tokio::spawn(serve(
            listener,
            Arc::new(Api { pending: Mutex::new(pending), current: Mutex::default(), said }),
        ));
        Ok(Self { address, events, signals, server })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends one event.
    ///
    /// # Errors
    /// The API has ended.
    pub fn send(&self, event: Bytes) -> io::Result<()> {
        self.events.send(event).map_err(|_| ErrorKind::BrokenPipe.into())
    }

    /// Waits for the next request of the process.
    ///
    /// # Errors
    /// The API has ended.
    pub async fn signal(&mut self) -> io::Result<Signal> {
        self.signals.recv().await.ok_or_else(|| ErrorKind::BrokenPipe.into())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Api {
    pending: Mutex<UnboundedReceiver<Bytes>>,
    /// The id of the event in progress.
    current: Mutex<String>,
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
        // A function whose process is ended breaks its connection.
        tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok() });
    }
}

impl Api {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        if path == "invocation/next" {
            self.said.send(Signal::Next(Instant::now())).ok();
            return self.next().await;
        }
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let now = Instant::now();
        let said: Option<Value> = serde_json::from_slice(&body).ok();
        let current = std::mem::take(&mut *self.current.lock().await);
        let invocation = path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'));
        let signal = match (invocation, said) {
            (Some((id, "response")), Some(answer)) if id == current => Signal::Answer(now, answer),
            (Some((id, "error")), Some(error)) if id == current => Signal::Error(error),
            (None, Some(error)) if path == "init/error" => Signal::Error(error),
            _ => Signal::Unexpected(format!("{} {body:?}", head.uri)),
        };
        self.said.send(signal).ok();
        response(202, &[], Bytes::from_static(br#"{"status":"OK"}"#))
    }

    /// Waits for an event without a time limit.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(event) = self.pending.lock().await.recv().await else { return response(500, &[], Bytes::new()) };
        let id = Uuid::new_v4().to_string();
        self.current.lock().await.clone_from(&id);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + DEADLINE;
        let headers = [
            ("lambda-runtime-aws-request-id", &*id),
            ("lambda-runtime-deadline-ms", &*deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:test"),
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
