//! A compiled function behind Lambda's Runtime API.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::Duration,
};

use processes::{RuntimeApi, Signal, read_all};
use serde_json::Value;
use tokio::time::{sleep, timeout};

/// The time limit of each step. A correct function takes far less.
const CEILING: Duration = Duration::from_secs(30);

/// The answer of a function to an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A result.
    Answer(Value),
    /// An error. The process still runs.
    Error(Value),
}

impl Outcome {
    /// The result. Fails if there is none.
    pub fn answer(self) -> Value {
        match self {
            Self::Answer(answer) => answer,
            Self::Error(error) => panic!("the function reported {error}"),
        }
    }

    /// The error. Fails if there is none.
    pub fn error(self) -> Value {
        match self {
            Self::Error(error) => error,
            Self::Answer(answer) => panic!("the function answered {answer}"),
        }
    }
}

/// The process of a compiled function. Dropping it ends the process.
#[derive(Debug)]
pub struct Function {
    child: Child,
    api: RuntimeApi,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Function {
    /// Starts a binary with these variables and no other variables of this process.
    pub async fn start(binary: &Path, variables: &BTreeMap<String, String>) -> Self {
        Self::start_into(binary, variables, [Stdio::piped(), Stdio::piped()]).await
    }

    /// Starts a binary with these variables, and with these outputs for its log and its standard
    /// error.
    pub async fn start_into(binary: &Path, variables: &BTreeMap<String, String>, [stdout, stderr]: [Stdio; 2]) -> Self {
        let api = RuntimeApi::start().await.expect("a port");
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", binary.file_name().expect("a name"))
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let (stdout, stderr) = (read_all(child.stdout.take()), read_all(child.stderr.take()));
        Self { child, api, stdout: Some(stdout), stderr: Some(stderr) }
    }

    /// Sends the function one event, as text, and waits for the answer.
    pub async fn call(&mut self, event: impl ToString) -> Outcome {
        self.api.send(event.to_string().into()).expect("the Runtime API runs");
        loop {
            match timeout(CEILING, self.api.signal()).await {
                Ok(Ok(Signal::Next(_))) => {}
                Ok(Ok(Signal::Answer(_, answer))) => return Outcome::Answer(answer),
                Ok(Ok(Signal::Error(error))) => return Outcome::Error(error),
                Ok(Ok(Signal::Unexpected(call))) => panic!("unexpected call of the Runtime API: {call}"),
                _ => panic!("no answer; the process: {:?}", self.child.try_wait()),
            }
        }
    }

    /// Whether the process still runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Ends the process. Returns everything that it wrote to standard output, which is its log, and
    /// to standard error.
    pub async fn written(mut self) -> [String; 2] {
        self.child.kill().expect("a child");
        [text(self.stdout.take()), text(self.stderr.take())]
    }

    /// Waits until the process ends by itself. Returns its exit code and its standard error.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let polls = CEILING.as_millis() / 10;
        for _ in 0..polls {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status.code(), text(self.stderr.take()));
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("the process runs on");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn text(read: Option<JoinHandle<Vec<u8>>>) -> String {
    let bytes = read.expect("it is read once").join().expect("it is read to its end");
    String::from_utf8(bytes).expect("UTF-8")
}
