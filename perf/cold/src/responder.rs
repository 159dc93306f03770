//! A stand-in for DynamoDB, SQS, KMS and Secrets Manager that is good enough for successful requests: HTTPS, and a
//! fixed answer to each call.

use std::{
    convert::Infallible,
    net::ToSocketAddrs,
    sync::{Arc, Mutex, atomic::Ordering::SeqCst},
};

use bytes::Bytes;
use flate2::Crc;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::{
    answers::Answers,
    failure::{Context, Failure},
    wire::{Counted, Counters, Shaken},
};

/// The addresses of SQS, KMS and Secrets Manager. `DynamoDB` is on `localhost`. Each service has a
/// name of its own, as on AWS, so that a function must open a connection to each.
pub(crate) const HOSTS: [&str; 3] = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];

/// The URLs of the services.
#[derive(Debug)]
pub(crate) struct Urls {
    pub(crate) dynamodb: String,
    pub(crate) sqs: String,
    pub(crate) kms: String,
    pub(crate) secrets_manager: String,
}

/// An endpoint for each service. Dropping it closes them.
#[derive(Debug)]
pub(crate) struct Responder {
    urls: Urls,
    counters: Arc<Counters>,
    problems: Arc<Mutex<Vec<String>>>,
    servers: JoinSet<()>,
}

impl Responder {
    /// Listens on free ports.
    pub(crate) async fn start(tls: Arc<ServerConfig>, answers: Answers) -> Result<Self, Failure> {
        let endpoint = Arc::new(Endpoint { answers, counters: Arc::default(), problems: Arc::default() });
        let (counters, problems) = (Arc::clone(&endpoint.counters), Arc::clone(&endpoint.problems));
        let mut servers = JoinSet::new();
        let mut urls = Vec::new();
        for host in ["localhost"].into_iter().chain(HOSTS) {
            // Listens on the first address of the name, so that no client tries another address in
            // vain.
            let address = (host, 0).to_socket_addrs().context(host)?.next().context(host)?;
            let listener = TcpListener::bind(address).await.context("a port")?;
            urls.push(format!("https://{host}:{}", listener.local_addr().context("a port")?.port()));
            servers.spawn(accept(listener, TlsAcceptor::from(Arc::clone(&tls)), Arc::clone(&endpoint)));
        }
        let mut urls = urls.into_iter();
        let mut url = || urls.next().unwrap_or_default();
        let urls = Urls { dynamodb: url(), sqs: url(), kms: url(), secrets_manager: url() };
        Ok(Self { urls, counters, problems, servers })
    }

    /// The URLs of the endpoints.
    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The counters of all endpoints.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The calls without an answer, and the failed handshakes.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.problems.lock().map(|problems| problems.clone()).unwrap_or_default()
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.servers.abort_all();
    }
}

struct Endpoint {
    answers: Answers,
    counters: Arc<Counters>,
    problems: Arc<Mutex<Vec<String>>>,
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, endpoint: Arc<Endpoint>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, acceptor.clone(), Arc::clone(&endpoint)));
    }
}

async fn converse(stream: TcpStream, acceptor: TlsAcceptor, endpoint: Arc<Endpoint>) {
    let counters = &endpoint.counters;
    stream.set_nodelay(true).ok();
    counters.opened.fetch_add(1, SeqCst);
    counters.open.fetch_add(1, SeqCst);
    counters.shaking.fetch_add(1, SeqCst);
    let handshake = Arc::<Shaken>::default();
    let shaken = acceptor.accept(Counted::new(stream, Arc::clone(counters), Arc::clone(&handshake))).await;
    handshake.done.store(true, SeqCst);
    counters.handshake_bytes.fetch_add(handshake.bytes.load(SeqCst), SeqCst);
    counters.shaking.fetch_sub(1, SeqCst);
    match shaken {
        Ok(stream) => {
            let service = service_fn(|request| {
                let endpoint = Arc::clone(&endpoint);
                async move { Ok::<_, Infallible>(endpoint.answer(request).await) }
            });
            // A function whose process is ended breaks its connection.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        }
        Err(error) => endpoint.problem(format!("TLS: {error}")),
    }
    counters.open.fetch_sub(1, SeqCst);
}

impl Endpoint {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let answer = self.answers.to(target, &body);
        self.counters.calls.fetch_add(1, SeqCst);
        let Some(answer) = answer else {
            self.problem(format!("no answer to {target} {body}"));
            return response(400, &json!({ "__type": "com.amazon.coral.validate#ValidationException" }));
        };
        response(200, &answer)
    }

    fn problem(&self, text: String) {
        if let Ok(mut problems) = self.problems.lock() {
            problems.push(text);
        }
    }
}

/// A response with the headers that DynamoDB sends.
fn response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let body = Bytes::from(body.to_string());
    let mut crc = Crc::new();
    crc.update(&body);
    let built = Response::builder()
        .status(status)
        .header("server", "Server")
        .header("content-type", "application/x-amz-json-1.0")
        .header("connection", "keep-alive")
        .header("x-amzn-requestid", Uuid::new_v4().simple().to_string().to_uppercase())
        .header("x-amz-crc32", crc.sum())
        .body(Full::new(body));
    built.unwrap_or_default()
}
