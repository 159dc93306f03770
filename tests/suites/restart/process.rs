//! The built binary as a process, and folders that are gone at the end.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};

use serde_json::Value;
use tests::client::{Answer, Http};

/// The binary of this very source. `cargo test` does not build it by itself.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        if let Some(cargo) = std::env::var_os("CARGO") {
            let mut build = Command::new(cargo);
            // The whole workspace, since the features of a part are others and everything would be built anew.
            build.args(["build", "--quiet", "--workspace", "--bin", "roster"]);
            build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
            if folder.file_name().is_some_and(|profile| profile == "release") {
                build.arg("--release");
            }
            // What cargo tells a test of its package would be news to the build scripts.
            for (name, _) in std::env::vars_os() {
                let name_text = name.to_string_lossy();
                if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name_text.starts_with(prefix)) {
                    build.env_remove(&name);
                }
            }
            assert!(build.status().unwrap().success(), "the binary is not built");
        }
        folder.join("roster")
    })
}

/// A folder's name that is free now and is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("roster-restart-{}", uuid::Uuid::new_v4())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).stdin(Stdio::null());
    // Settings of whoever runs the tests are not the default.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["AUTH_", "PURGE_", "DISPATCH_", "RECEIPT_", "AWS_", "RUST_LOG"].iter().any(|ours| text.starts_with(ours)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs `roster` with these arguments until it ends by itself.
pub(crate) async fn run(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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

/// A token made by `roster token`.
pub(crate) async fn token(data: &Folder, arguments: &[&str]) -> String {
    let output = run(&[&["token", "--data", data.text()], arguments].concat()).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Sends with one token.
#[derive(Clone)]
pub(crate) struct Caller {
    http: Http,
    url: String,
    bearer: String,
}

impl Caller {
    /// No answer is no failure.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Option<Answer> {
        let headers = [("authorization", &*self.bearer), ("content-type", "application/json")];
        self.http.try_send("POST", &format!("{}{path}", self.url), &headers, body.to_string()).await
    }
}

/// A running bundle; killed when dropped.
pub(crate) struct Roster {
    child: Child,
    http: Http,
    pub(crate) url: String,
    /// What it printed at the start.
    pub(crate) greeting: String,
}

impl Roster {
    /// Starts the bundle on a folder, on any port, and waits until it answers.
    pub(crate) fn start(data: &Folder) -> Self {
        Self::start_with(&["--port", "0", "--data", data.text(), "--dispatch-every", "1s"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let (mut greeting, mut url) = (String::new(), None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            url = url.or_else(|| line.strip_prefix("Roster runs at ").map(str::to_owned));
            greeting.push_str(&line);
            greeting.push('\n');
            if line.trim_start().starts_with("-d ") {
                break;
            }
        }
        let Some(url) = url else {
            let _ = child.wait();
            panic!("roster {arguments:?} did not start: {}", log.join().unwrap());
        };
        Self { child, http: Http::default(), url, greeting }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        let body = if method == "POST" { body.to_string() } else { String::new() };
        self.http.send(method, &format!("{}{path}", self.url), &headers, body).await
    }

    /// What sends while the process may be killed any time.
    pub(crate) fn caller(&self, token: &str) -> Caller {
        Caller { http: self.http.clone(), url: self.url.clone(), bearer: format!("Bearer {token}") }
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until the process has ended; its exit code.
    pub(crate) async fn ended(mut self) -> Option<i32> {
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
