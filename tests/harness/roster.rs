//! The program `roster` as a process.

use std::{
    io::BufReader,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use processes::{command, greeting, read_all};
use serde_json::Value;

pub use processes::Folder;

use crate::{
    binaries::roster,
    client::{Answer, Http},
};

/// How long a bundle may take to start.
const START: Duration = Duration::from_mins(1);

/// Runs `roster` with these arguments until it ends by itself.
pub async fn run(arguments: &[&str]) -> Output {
    run_into(arguments, Stdio::piped(), Stdio::piped()).await
}

/// Runs `roster` with these arguments and outputs until it ends by itself.
pub async fn run_into(arguments: &[&str], stdout: Stdio, stderr: Stdio) -> Output {
    let child = command(roster()).args(arguments).stdout(stdout).stderr(stderr).spawn().unwrap();
    let id = child.id();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    match tokio::time::timeout(Duration::from_mins(1), output).await {
        Ok(output) => output.unwrap(),
        Err(_elapsed) => {
            signal(id, "KILL");
            panic!("roster {arguments:?} runs instead of ending");
        }
    }
}

/// The output of `roster token`.
pub async fn token(data: &Folder, arguments: &[&str]) -> String {
    let output = run(&[&["token", "--data", data.text()], arguments].concat()).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A client with one token.
#[derive(Clone)]
pub struct Caller {
    http: Http,
    url: String,
    bearer: String,
}

impl Caller {
    /// Sends a request. Returns `None` if no answer comes, which is not a failure.
    pub async fn post(&self, path: &str, body: Value) -> Option<Answer> {
        let headers = [("authorization", &*self.bearer), ("content-type", "application/json")];
        self.http.try_send("POST", &format!("{}{path}", self.url), &headers, body.to_string()).await.ok()
    }
}

/// A running bundle. Dropping it kills the process.
pub struct Roster {
    child: Child,
    http: Http,
    /// The URL of the bundle, without a slash at the end.
    pub url: String,
    /// The lines that it printed at the start.
    pub greeting: String,
    output: Option<JoinHandle<Vec<u8>>>,
    log: Option<JoinHandle<Vec<u8>>>,
}

impl Roster {
    /// Starts the bundle on a folder, on any port, and waits until it answers.
    pub fn start(data: &Folder) -> Self {
        Self::start_with(&["--port", "0", "--data", data.text(), "--dispatch-every", "1s"])
    }

    /// Starts the bundle with these arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::start_program(roster(), arguments, "-d ")
    }

    /// Starts a program that runs a bundle. `last` is the beginning of the last line of its
    /// greeting.
    pub fn start_program(program: &Path, arguments: &[&str], last: &str) -> Self {
        let mut command = command(program);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = read_all(child.stderr.take());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (last, (tell, told)) = (last.to_owned(), mpsc::channel());
        thread::spawn(move || tell.send((greeting(&mut output, &last), output)));
        let Ok((Ok((greeting, url)), output)) = told.recv_timeout(START) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{} {arguments:?} did not start within {START:?}: {}", program.display(), text(log));
        };
        let output = read_all(Some(output));
        Self { child, http: Http::default(), url, greeting, output: Some(output), log: Some(log) }
    }

    /// Starts the bundle on a folder with outputs that may be broken, and waits until it answers.
    pub async fn start_into(data: &Folder, stdout: Stdio, stderr: Stdio) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command = command(roster());
        command.args(["--port", &port.to_string(), "--data", data.text()]);
        let child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
        let (http, url) = (Http::default(), format!("http://127.0.0.1:{port}"));
        // A failed assertion below drops this, which kills the process and waits for its end.
        let mut roster = Self { child, http, url, greeting: String::new(), output: None, log: None };
        let started = Instant::now();
        while started.elapsed() < START {
            let ended = roster.child.try_wait().unwrap();
            assert!(ended.is_none(), "it did not start: {ended:?}");
            let asked = roster.http.try_send("GET", &roster.url, &[], String::new());
            if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(1), asked).await {
                return roster;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no answer within {START:?}");
    }

    /// Sends a request. Fails if no answer comes.
    pub async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        let body = if method == "POST" { body.to_string() } else { String::new() };
        self.http.send(method, &format!("{}{path}", self.url), &headers, body).await
    }

    /// A client that can send while the process may be killed at any time.
    pub fn caller(&self, token: &str) -> Caller {
        Caller { http: self.http.clone(), url: self.url.clone(), bearer: format!("Bearer {token}") }
    }

    /// Sends a signal, such as INT.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Kills the process with SIGKILL. Returns its output since the greeting, and its log.
    pub fn kill(&mut self) -> (String, String) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let text = |read: Option<_>| read.map(text).unwrap_or_default();
        (text(self.output.take()), text(self.log.take()))
    }

    /// Waits until the process has ended. Returns its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        self.wait().await
    }

    /// Waits until the process has ended. Returns its output since the greeting, and its log.
    pub async fn last_words(mut self) -> (String, String) {
        self.wait().await;
        self.kill()
    }

    async fn wait(&mut self) -> Option<i32> {
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("still running after 30 s");
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(read: JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&read.join().unwrap()).into_owned()
}
