//! A server with AWS's JSON protocol, which KMS and Secrets Manager use.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, header::HeaderValue, service::service_fn};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::spawn_blocking};

use super::Server;
use crate::problem::Problem;

/// The limit of a request. It leaves room for messages that are too long, so that KMS can refuse
/// them itself.
const BODY_LIMIT: usize = 64 * 1024;

/// A service behind this protocol.
pub(crate) trait Operations: Send + Sync + 'static {
    /// Answers a request. The operation is the header `x-amz-target`. An error is AWS's code, such
    /// as `ValidationException`.
    fn answer(&self, operation: &str, body: &Value) -> Result<Value, &'static str>;
}

/// A service on loopback.
#[derive(Debug)]
pub(crate) struct AwsJsonServer(Server);

impl AwsJsonServer {
    /// Starts the service on a free port.
    pub(crate) async fn start(service: impl Operations) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| Problem::failed("starting a stand-in for AWS", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let service = Arc::new(service);
        let answering = service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { Ok(respond(service, request).await) }
        });
        Ok(Self(Server::start(listener, answering).map_err(failed)?))
    }

    /// The URL at which the service answers.
    pub(crate) fn url(&self) -> String {
        let address: SocketAddr = self.0.address();
        format!("http://{address}")
    }

    /// Stops the server after the requests in flight.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

async fn respond(service: Arc<impl Operations>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, body) = match answer(service, request).await {
        Ok(body) => (StatusCode::OK, body),
        Err(code) if code.contains("Internal") => (StatusCode::INTERNAL_SERVER_ERROR, json!({ "__type": code })),
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "__type": code })),
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}

async fn answer(service: Arc<impl Operations>, request: Request<Incoming>) -> Result<Value, &'static str> {
    let operation = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = operation.unwrap_or_default().to_owned();
    let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await;
    let body = body.ok().and_then(|body| serde_json::from_slice::<Value>(&body.to_bytes()).ok());
    let body = body.ok_or("SerializationException")?;
    // A signature, and much more a new key, would hold up the other tasks of this thread.
    let answered = spawn_blocking(move || service.answer(&operation, &body)).await;
    answered.unwrap_or(Err("InternalFailure"))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    struct Echo;

    impl Operations for Echo {
        fn answer(&self, operation: &str, body: &Value) -> Result<Value, &'static str> {
            match operation {
                "Echo.Answer" => Ok(body.clone()),
                "Echo.Refuse" => Err("ValidationException"),
                "Echo.Fail" => Err("EchoInternalException"),
                _ => panic!("boom"),
            }
        }
    }

    #[tokio::test]
    async fn the_status_says_whose_fault_an_error_is() {
        let server = AwsJsonServer::start(Echo).await.unwrap();
        let large = format!("\"{}\"", "x".repeat(BODY_LIMIT));
        for (operation, body, status, expected) in [
            ("Answer", r#"{"a":1}"#, "200", r#"{"a":1}"#),
            ("Refuse", "{}", "400", r#"{"__type":"ValidationException"}"#),
            ("Fail", "{}", "500", r#"{"__type":"EchoInternalException"}"#),
            ("Panic", "{}", "500", r#"{"__type":"InternalFailure"}"#),
            ("Answer", "{", "400", r#"{"__type":"SerializationException"}"#),
            ("Answer", &large, "400", r#"{"__type":"SerializationException"}"#),
        ] {
            let mut stream = TcpStream::connect(server.0.address()).await.unwrap();
            let length = body.len();
            let request = format!(
                "POST / HTTP/1.1\r\nhost: here\r\nconnection: close\r\nx-amz-target: Echo.{operation}\r\n\
                 content-length: {length}\r\n\r\n{body}"
            );
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut reply = String::new();
            stream.read_to_string(&mut reply).await.unwrap();
            assert!(reply.starts_with(&format!("HTTP/1.1 {status}")) && reply.ends_with(expected), "{reply}");
        }
        server.stop().await;
    }
}
