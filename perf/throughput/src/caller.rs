//! One connection that stays open, and the times of its requests.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use crate::Failure;

/// The time limit of an answer. If it is exceeded, the run fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The content type of most bodies.
pub(crate) const JSON: &str = "application/json";

/// The times of requests in microseconds, by the name of the operation.
pub(crate) type Samples = BTreeMap<&'static str, Vec<u32>>;

/// One request, and its expected status.
pub(crate) struct Ask<'a> {
    pub(crate) name: &'static str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) authorization: &'a str,
    /// The content type and the body, if there is one.
    pub(crate) body: Option<(&'static str, String)>,
    pub(crate) status: u16,
}

/// A client with one connection.
pub(crate) struct Caller {
    connection: SendRequest<Full<Bytes>>,
    host: String,
    counted: (Instant, Instant),
    samples: Samples,
}

impl Caller {
    /// Connects. Only answers between these two times are counted.
    pub(crate) async fn connect(address: SocketAddr, counted: (Instant, Instant)) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self { connection, host: address.to_string(), counted, samples: Samples::new() })
    }

    /// Whether it is time to stop.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.counted.1
    }

    /// The counted times.
    pub(crate) fn samples(self) -> Samples {
        self.samples
    }

    /// Sends and waits. Another status than the expected one ends the run.
    pub(crate) async fn call(&mut self, ask: Ask<'_>) -> Result<Bytes, Failure> {
        let (name, expected) = (ask.name, ask.status);
        let request = Request::builder().method(ask.method).uri(ask.path).header("host", &self.host);
        let request = request.header("authorization", ask.authorization);
        let request = match ask.body {
            Some((content_type, body)) => request.header("content-type", content_type).body(Full::from(body)),
            None => request.body(Full::default()),
        }?;
        let started = Instant::now();
        let (status, body) =
            timeout(PATIENCE, self.answer(request)).await.map_err(|_| format!("{name}: no answer"))??;
        let ended = Instant::now();
        if status != expected {
            return Err(format!("{name}: {status} instead of {expected}: {}", String::from_utf8_lossy(&body)).into());
        }
        if self.counted.0 <= ended && ended < self.counted.1 {
            let took = u32::try_from((ended - started).as_micros()).unwrap_or(u32::MAX);
            self.samples.entry(name).or_default().push(took);
        }
        Ok(body)
    }

    /// As [`Self::call`], but returns the body as JSON, for values that later requests need.
    pub(crate) async fn call_for_json(&mut self, ask: Ask<'_>) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.call(ask).await?)?)
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure> {
        self.connection.ready().await?;
        let response = self.connection.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
