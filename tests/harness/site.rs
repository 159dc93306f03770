//! A server of others on loopback: it answers as a test says, also badly, and notes each request.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

/// The answer to a request. Every connection ends with it.
#[derive(Debug, Clone)]
pub enum Response {
    /// 200 with this JSON.
    Json(String),
    /// This status line with this content type and body.
    Page(&'static str, &'static str, String),
    /// This status line without a body.
    Status(&'static str),
    /// 302 to this URL.
    Redirect(String),
    /// Another answer, after this time.
    Slowly(Duration, Box<Response>),
    /// 200 with this JSON, of which a byte is sent every 50 ms.
    Drips(String),
    /// 200 with half of this JSON, though all of it is announced.
    Half(String),
    /// No answer, on a connection that stays open.
    Silence,
}

impl Response {
    /// 200 with this JSON.
    pub fn of(json: &Value) -> Self {
        Self::Json(json.to_string())
    }

    /// The same answer after this time.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self::Slowly(time, Box::new(self))
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub target: String,
    /// The headers. Their names are in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// The parameters of the query, as they are written.
    pub fn query(&self) -> Vec<(&str, &str)> {
        let (_, query) = self.target.split_once('?').unwrap_or_default();
        query.split('&').filter_map(|pair| pair.split_once('=')).collect()
    }

    /// The body as JSON. `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A server with a port of its own. It answers each path alike.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    answers: Arc<Mutex<Answers>>,
    port: Mutex<Port>,
}

#[derive(Debug)]
struct Answers {
    usual: Response,
    next: VecDeque<Response>,
    heard: Vec<Heard>,
}

/// The site's hold on its port, which nobody else may get meanwhile.
#[derive(Debug)]
enum Port {
    Open(JoinHandle<()>),
    /// Bound, and not listening: every connection is refused.
    Closed(TcpSocket),
    Moving,
}

impl Site {
    /// A server with this answer to every request.
    pub async fn start(usual: Response) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers = Arc::new(Mutex::new(Answers { usual, next: VecDeque::new(), heard: Vec::new() }));
        let port = Mutex::new(Port::Open(tokio::spawn(serve(listener, Arc::clone(&answers)))));
        Self { address, answers, port }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The host with its port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Answers every request like this from now on.
    pub fn answer(&self, usual: Response) {
        let mut answers = lock(&self.answers);
        answers.next.clear();
        answers.usual = usual;
    }

    /// Answers the next requests like this, in this order, and the later ones as usual.
    pub fn answer_next(&self, next: impl IntoIterator<Item = Response>) {
        lock(&self.answers).next.extend(next);
    }

    /// The requests so far.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.answers).heard.clone()
    }

    /// The number of requests so far.
    pub fn requests(&self) -> usize {
        lock(&self.answers).heard.len()
    }

    /// Refuses connections from now on.
    pub async fn close(&self) {
        let held = std::mem::replace(&mut *lock(&self.port), Port::Moving);
        if let Port::Open(task) = held {
            task.abort();
            // The listener is gone once the task has ended.
            let _ = task.await;
        }
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(self.address).expect("its port");
        *lock(&self.port) = Port::Closed(socket);
    }

    /// Accepts connections again.
    pub fn open(&self) {
        let mut port = lock(&self.port);
        *port = match std::mem::replace(&mut *port, Port::Moving) {
            Port::Closed(socket) => {
                let listener = socket.listen(64).expect("its port");
                Port::Open(tokio::spawn(serve(listener, Arc::clone(&self.answers))))
            }
            other => other,
        };
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Port::Open(task) = &*lock(&self.port) {
            task.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, answers: Arc<Mutex<Answers>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&answers)));
    }
}

/// Answers one request. A caller that hangs up ends it.
async fn converse(mut stream: TcpStream, answers: Arc<Mutex<Answers>>) {
    let Some(heard) = hear(&mut stream).await else { return };
    let response = {
        let mut answers = lock(&answers);
        answers.heard.push(heard);
        answers.next.pop_front().unwrap_or_else(|| answers.usual.clone())
    };
    let _ = send(&mut stream, response).await;
}

async fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("a head in ASCII");
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (first.next()?, first.next()?);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Heard { method, target, headers, body })
}

async fn send(stream: &mut TcpStream, mut response: Response) -> std::io::Result<()> {
    while let Response::Slowly(time, later) = response {
        tokio::time::sleep(time).await;
        response = *later;
    }
    let head = |status: &str, kind: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n")
    };
    let json = |length: usize| head("200 OK", "application/json", length);
    let whole = match response {
        Response::Json(text) => format!("{}\r\n{text}", json(text.len())),
        Response::Page(status, kind, text) => format!("{}\r\n{text}", head(status, kind, text.len())),
        Response::Status(status) => format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        Response::Redirect(url) => format!("{}location: {url}\r\n\r\n", head("302 Found", "text/html", 0)),
        Response::Half(text) => format!("{}\r\n{}", json(text.len()), &text[..text.len() / 2]),
        Response::Drips(text) => {
            stream.write_all(format!("{}\r\n", json(text.len())).as_bytes()).await?;
            for byte in text.bytes() {
                tokio::time::sleep(Duration::from_millis(50)).await;
                stream.write_all(&[byte]).await?;
            }
            return Ok(());
        }
        Response::Silence | Response::Slowly(..) => return std::future::pending().await,
    };
    stream.write_all(whole.as_bytes()).await
}
