//! An issuer on this machine that publishes its keys, or fails to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use roster_local::{Options, SigningKey};
use serde_json::{Value, json};
use tests::World;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub const ISSUER: &str = "https://issuer.test";
pub const AUDIENCE: &str = "roster";

/// The issuer's answer to a request for its keys.
#[derive(Debug, Clone)]
pub enum Publishes {
    /// 200 and this document.
    Document(String),
    /// 200 and this document, after this time.
    Slowly(Duration, String),
    /// This status line and header without a body.
    Status(&'static str),
    /// No answer, on a connection that stays open.
    Silence,
    /// Half of the announced body.
    Half,
}

/// A server for one document.
pub struct KeyServer {
    pub url: String,
    publishes: Arc<Mutex<Publishes>>,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl KeyServer {
    pub async fn start(publishes: Publishes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let (publishes, requests) = (Arc::new(Mutex::new(publishes)), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn(serve(listener, Arc::clone(&publishes), Arc::clone(&requests)));
        Self { url, publishes, requests, task }
    }

    /// A server that publishes these keys.
    pub async fn with_keys(keys: &[&SigningKey]) -> Self {
        Self::start(Publishes::Document(key_set(keys))).await
    }

    pub fn publish(&self, publishes: Publishes) {
        *self.publishes.lock().unwrap() = publishes;
    }

    pub fn publish_keys(&self, keys: &[&SigningKey]) {
        self.publish(Publishes::Document(key_set(keys)));
    }

    /// The number of requests so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// A bundle that trusts this issuer.
    pub async fn world(&self) -> World {
        let issuer = json!({ "issuer": ISSUER, "audience": AUDIENCE, "jwks_url": self.url });
        world(&json!([issuer])).await
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A bundle that trusts these issuers.
pub async fn world(issuers: &Value) -> World {
    let environment = [("AUTH_ISSUERS".to_owned(), issuers.to_string())].into();
    World::start_with(Options { environment, ..Options::default() }).await
}

pub fn new_key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap().0).unwrap()
}

pub fn key_set(keys: &[&SigningKey]) -> String {
    let keys = keys.iter().map(|key| {
        let mut set: Value = serde_json::from_str(&key.public_jwks()).unwrap();
        set["keys"][0].take()
    });
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

/// A token of the issuer with the permission to read users. It is valid for two days of the
/// functions' clock.
pub fn token(world: &World, key: &SigningKey) -> String {
    let (iat, exp) = (world.now(), world.now() + 2 * 86_400);
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "s", "iat": iat, "exp": exp, "permissions": ["user:*"],
    });
    key.sign(&claims).unwrap()
}

/// The answer of find-platform-user to this token. A 404 means that the token is accepted.
pub async fn verdict(world: &World, token: &str) -> (u16, String) {
    world.get("/users/v1/platform-user?platform=Steam&platform_user_id=nobody", token).await.verdict()
}

pub fn known() -> (u16, String) {
    (404, "user_not_found".into())
}

pub fn unknown_key() -> (u16, String) {
    (403, "auth_invalid_key_id".into())
}

pub fn unavailable() -> (u16, String) {
    (503, "unavailable".into())
}

async fn serve(listener: TcpListener, publishes: Arc<Mutex<Publishes>>, requests: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        requests.fetch_add(1, Ordering::SeqCst);
        let publishes = publishes.lock().unwrap().clone();
        tokio::spawn(answer(stream, publishes));
    }
}

async fn answer(mut stream: TcpStream, publishes: Publishes) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get /keys http/1.1\r\n") && !head.contains("authorization"), "{head}");
    let publishes = match publishes {
        Publishes::Slowly(while_, text) => {
            tokio::time::sleep(while_).await;
            Publishes::Document(text)
        }
        other => other,
    };
    let answer = match publishes {
        Publishes::Document(text) | Publishes::Slowly(_, text) => {
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}", text.len())
        }
        Publishes::Status(status) => format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"),
        Publishes::Silence => return std::future::pending().await,
        Publishes::Half => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned(),
    };
    let _ = stream.write_all(answer.as_bytes()).await;
}
