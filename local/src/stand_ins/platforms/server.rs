//! The local issuer's server.

use std::{net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    service::service_fn,
};
use shared::ambient::Ambient;
use tokio::{net::TcpListener, task::spawn_blocking};

use super::{LocalPlatform, PlatformKey, STEAM_PATH, steam};
use crate::{problem::Problem, stand_ins::Server};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const GET: HeaderValue = HeaderValue::from_static("GET");
/// Keys may be kept for an hour, as most platforms allow.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600, must-revalidate, no-transform");

/// The platforms on loopback.
#[derive(Debug)]
pub(crate) struct PlatformServer(Server);

impl PlatformServer {
    /// Starts the server on a free port. The times of tickets are those of this clock.
    pub(crate) async fn start(key: PlatformKey, ambient: Ambient) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| Problem::failed("starting the local issuer", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let issuer = Arc::new((key, ambient));
        let answering = service_fn(move |request| {
            let issuer = Arc::clone(&issuer);
            async move { Ok(respond(issuer, request).await) }
        });
        Ok(Self(Server::start(listener, answering).map_err(failed)?))
    }

    /// The server's URL, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// Stops the server after the requests in flight.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

async fn respond(issuer: Arc<(PlatformKey, Ambient)>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, GET);
        return response;
    }
    let uri = request.into_parts().0.uri;
    // A new key would hold up the other tasks of this thread.
    let answered = spawn_blocking(move || answer(uri.path(), uri.query().unwrap_or_default(), &issuer.0, &issuer.1));
    match answered.await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => {
            tracing::error!(%problem, "the local issuer cannot use its key");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_panic) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn answer(path: &str, query: &str, key: &PlatformKey, ambient: &Ambient) -> Result<Response<Full<Bytes>>, Problem> {
    if path == STEAM_PATH {
        return Ok(match steam::answer(query, &*key.current()?, ambient.now().round_down())? {
            steam::Answer::Json(document) => with_content(StatusCode::OK, JSON, document.to_string()),
            steam::Answer::Html(status, page) => with_content(status, HTML, page),
        });
    }
    let Some(platform) = LocalPlatform::ALL.into_iter().find(|platform| platform.keys_path() == Some(path)) else {
        return Ok(empty(StatusCode::NOT_FOUND));
    };
    let mut response = with_content(StatusCode::OK, JSON, key.key_set(platform)?.to_string());
    response.headers_mut().insert(CACHE_CONTROL, FOR_AN_HOUR);
    Ok(response)
}

fn with_content(status: StatusCode, kind: HeaderValue, content: String) -> Response<Full<Bytes>> {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    *response.body_mut() = Full::from(content);
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;
    use tokio::net::TcpStream;

    use super::*;
    use crate::stand_ins::platforms::PlatformTokenRequest;

    async fn send(server: &PlatformServer, method: &str, path: &str) -> Response<Bytes> {
        let stream = TcpStream::connect(server.0.address()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header("host", "here");
        let (head, body) = sender.send_request(request.body(String::new()).unwrap()).await.unwrap().into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }

    /// Whether the published keys of the platform verify the proof.
    async fn verifies(server: &PlatformServer, platform: LocalPlatform, proof: &str) -> bool {
        let published = send(server, "GET", platform.keys_path().unwrap()).await;
        assert_eq!(published.headers()[CONTENT_TYPE], "application/json; charset=utf-8");
        assert!(published.headers()[CACHE_CONTROL].to_str().unwrap().contains("max-age=3600"));
        let keys: Value = serde_json::from_slice(published.body()).unwrap();
        let key = &keys["keys"][0];
        assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&"RSA".into(), &"sig".into(), &"RS256".into()));
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        let [n, e] = ["n", "e"].map(|number| key[number].as_str().unwrap());
        let has_kid = decode_header(proof).unwrap().kid.as_deref() == key["kid"].as_str();
        has_kid && decode::<Value>(proof, &DecodingKey::from_rsa_components(n, e).unwrap(), &validation).is_ok()
    }

    #[tokio::test]
    async fn each_platform_publishes_the_key_of_its_own_proofs_and_of_no_others() {
        let (key, ambient) = (PlatformKey::in_memory(), Ambient::system());
        let server = PlatformServer::start(key.clone(), ambient.clone()).await.unwrap();
        let signed: Vec<_> = LocalPlatform::ALL.into_iter().filter(|it| it.keys_path().is_some()).collect();
        assert_eq!(signed.len(), 9);
        for of in &signed {
            let proof = PlatformTokenRequest::new(*of, "42").proof(&key, ambient.now()).unwrap();
            for by in &signed {
                assert_eq!(verifies(&server, *by, &proof).await, of == by, "{of:?} by {by:?}");
            }
        }
        server.stop().await;
    }

    #[tokio::test]
    async fn a_rotated_key_signs_at_once_and_the_old_one_is_not_published_any_more() {
        let (key, ambient) = (PlatformKey::in_memory(), Ambient::system());
        let server = PlatformServer::start(key.clone(), ambient.clone()).await.unwrap();
        let proof = || PlatformTokenRequest::new(LocalPlatform::Apple, "42").proof(&key, ambient.now()).unwrap();
        let old = proof();
        assert!(verifies(&server, LocalPlatform::Apple, &old).await);
        key.rotate().unwrap();
        assert!(!verifies(&server, LocalPlatform::Apple, &old).await);
        assert!(verifies(&server, LocalPlatform::Apple, &proof()).await);
        // Other keys in memory are as they were.
        assert_ne!(
            key.key_set(LocalPlatform::Apple).unwrap(),
            PlatformKey::in_memory().key_set(LocalPlatform::Apple).unwrap()
        );
        server.stop().await;
    }

    #[tokio::test]
    async fn steam_answers_documents_about_tickets_and_pages_about_everything_else() {
        let (key, ambient) = (PlatformKey::in_memory(), Ambient::system());
        let server = PlatformServer::start(key.clone(), ambient.clone()).await.unwrap();
        let ticket = PlatformTokenRequest::new(LocalPlatform::Steam, "42").proof(&key, ambient.now()).unwrap();
        for (query, status, kind, part) in [
            (format!("?key=local&appid=480&ticket={ticket}"), 200, "application/json", r#""steamid":"42""#),
            ("?key=local&appid=480&ticket=14".to_owned(), 200, "application/json", r#""errorcode":101"#),
            ("?key=other&appid=480&ticket=14".to_owned(), 403, "text/html", "<h1>Forbidden</h1>"),
            (String::new(), 400, "text/html", "<h1>Bad Request</h1>"),
        ] {
            let answer = send(&server, "GET", &format!("{STEAM_PATH}{query}")).await;
            assert_eq!(answer.status(), status);
            assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(kind));
            let body = std::str::from_utf8(answer.body()).unwrap();
            assert!(body.contains(part), "{body}");
        }
        server.stop().await;
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused() {
        let server = PlatformServer::start(PlatformKey::in_memory(), Ambient::system()).await.unwrap();
        for (method, path, status) in
            [("GET", "/", 404), ("GET", "/google/keys", 404), ("POST", "/google/certs", 405), ("POST", STEAM_PATH, 405)]
        {
            assert_eq!(send(&server, method, path).await.status(), status, "{method} {path}");
        }
        server.stop().await;
    }
}
