//! A stand-in for DynamoDB, SQS and KMS that is good enough for successful requests: HTTPS, and a
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
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::{
    answers::Answers,
    failure::{Context, Failure},
    wire::{Counted, Counters, Shaken},
};

/// An endpoint on `localhost`. Dropping it closes the endpoint.
#[derive(Debug)]
pub(crate) struct Responder {
    port: u16,
    counters: Arc<Counters>,
    problems: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Responder {
    /// Listens on a free port.
    pub(crate) async fn start(tls: Arc<ServerConfig>, answers: Answers) -> Result<Self, Failure> {
        // Listens on the first address of the name, so that no client tries another address in
        // vain.
        let address = ("localhost", 0).to_socket_addrs().context("localhost")?.next().context("localhost")?;
        let listener = TcpListener::bind(address).await.context("a port")?;
        let port = listener.local_addr().context("a port")?.port();
        let endpoint = Arc::new(Endpoint { answers, counters: Arc::default(), problems: Arc::default() });
        let (counters, problems) = (Arc::clone(&endpoint.counters), Arc::clone(&endpoint.problems));
        Ok(Self { port, counters, problems, server: tokio::spawn(accept(listener, TlsAcceptor::from(tls), endpoint)) })
    }

    /// The URL of the endpoint.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The counters of the endpoint.
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
        self.server.abort();
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
