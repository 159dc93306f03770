//! Lambda's Runtime API on loopback, and a compiled function behind it.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
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
    time::{sleep, timeout},
};
use uuid::Uuid;

/// How long anything may take: a ceiling, which a sound function never comes near.
const CEILING: Duration = Duration::from_secs(30);

/// What a function said of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It answered.
    Answer(Value),
    /// It reported an error, and lives.
    Error(Value),
}

impl Outcome {
    /// The answer, which there must be.
    pub fn answer(self) -> Value {
        match self {
            Self::Answer(answer) => answer,
            Self::Error(error) => panic!("the function reported {error}"),
        }
    }

    /// The error, which there must be.
    pub fn error(self) -> Value {
        match self {
            Self::Error(error) => error,
            Self::Answer(answer) => panic!("the function answered {answer}"),
        }
    }
}

/// A compiled function that runs as on Lambda. Dropping it ends its process.
#[derive(Debug)]
pub struct Function {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    events: UnboundedSender<String>,
    outcomes: UnboundedReceiver<Outcome>,
    server: JoinHandle<()>,
}

impl Function {
    /// Starts a binary with these variables and nothing else of this process's own.
    pub async fn start(binary: &Path, variables: &BTreeMap<String, String>) -> Self {
        Self::start_into(binary, variables, [Stdio::piped(), Stdio::piped()]).await
    }

    /// Starts a binary with these variables, its log and its standard error going to here.
    pub async fn start_into(binary: &Path, variables: &BTreeMap<String, String>, [stdout, stderr]: [Stdio; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (events, pending) = unbounded_channel();
        let (done, outcomes) = unbounded_channel();
        let api = Arc::new(Api { pending: Mutex::new(pending), current: Mutex::default(), done });
        let server = tokio::spawn(serve(listener, api));
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", binary.file_name().expect("a name"))
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        Self { child, stdout, stderr, events, outcomes, server }
    }

    /// Hands it one event, as text, and waits for what it says.
    pub async fn call(&mut self, event: impl ToString) -> Outcome {
        self.events.send(event.to_string()).expect("the Runtime API runs");
        match timeout(CEILING, self.outcomes.recv()).await {
            Ok(Some(outcome)) => outcome,
            _ => panic!("no answer; the process: {:?}", self.child.try_wait()),
        }
    }

    /// Whether its process runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Ends it: all that it wrote to standard output, which is its log, and to standard error.
    pub async fn written(mut self) -> [String; 2] {
        self.child.kill().expect("a child");
        [(&mut self.stdout).await.expect("UTF-8"), (&mut self.stderr).await.expect("UTF-8")]
    }

    /// Waits for it to end by itself: its exit code and what it wrote to standard error.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let polls = CEILING.as_millis() / 10;
        for _ in 0..polls {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status.code(), (&mut self.stderr).await.expect("UTF-8"));
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("the process runs on");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Reads until the end, so that the process never waits for a reader; nothing where there is no pipe to us.
fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        pipe.map(|mut pipe| pipe.read_to_string(&mut text).expect("UTF-8"));
        text
    })
}

struct Api {
    pending: Mutex<UnboundedReceiver<String>>,
    current: Mutex<String>,
    done: UnboundedSender<Outcome>,
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    while let Ok((stream, _)) = listener.accept().await {
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
        let path = head.uri.path().strip_prefix("/2018-06-01/runtime/invocation/").unwrap_or_default().to_owned();
        if path == "next" {
            return self.next().await;
        }
        let body = body.collect().await.expect("a body").to_bytes();
        let said = || serde_json::from_slice(&body).expect("JSON");
        let current = std::mem::take(&mut *self.current.lock().await);
        let outcome = match path.split_once('/') {
            Some((id, "response")) if id == current => Outcome::Answer(said()),
            Some((id, "error")) if id == current => Outcome::Error(said()),
            _ => panic!("unexpected call of the Runtime API: {} {body:?}", head.uri),
        };
        self.done.send(outcome).ok();
        response(202, &[], r#"{"status":"OK"}"#.to_owned())
    }

    /// Waits for an event, for as long as it takes.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(event) = self.pending.lock().await.recv().await else { return response(500, &[], String::new()) };
        let id = Uuid::new_v4().to_string();
        self.current.lock().await.clone_from(&id);
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") + CEILING;
        let headers = [
            ("lambda-runtime-aws-request-id", &*id),
            ("lambda-runtime-deadline-ms", &*deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:test"),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"),
            ("content-type", "application/json"),
        ];
        response(200, &headers, event)
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: String) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(Bytes::from(body))).expect("a response")
}
