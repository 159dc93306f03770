//! The current process, and requests that may get no answer.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{
    Answer,
    client::{Http, Lost},
    roster::{Folder, Roster},
};

/// A request is repeated for this long. A restart, or one lost request, takes far less.
const PATIENCE: Duration = Duration::from_mins(3);

/// The process that gets the requests.
pub struct Front {
    http: Http,
    now: Mutex<Address>,
    unanswered: AtomicUsize,
}

#[derive(Clone)]
struct Address {
    url: String,
    bearer: String,
    epoch: usize,
}

/// The result of one sending.
pub struct Sent {
    /// `None` without an answer or with a 503. Then the request may or may not have been carried
    /// out.
    pub answer: Option<Answer>,
    /// The number of the process that it was sent to.
    pub epoch: usize,
}

/// An answer, after one or more sendings.
pub struct Answered {
    pub answer: Answer,
    pub epoch: usize,
    /// Whether an earlier sending may have been carried out.
    pub unsure: bool,
}

impl Front {
    pub fn new(roster: &Roster) -> Self {
        let front = Self {
            http: Http::default(),
            now: Mutex::new(Address { url: String::new(), bearer: String::new(), epoch: 0 }),
            unanswered: AtomicUsize::new(0),
        };
        front.moved_to(roster);
        front
    }

    /// Sends further requests to a new process, since the old one has ended.
    pub fn moved_to(&self, roster: &Roster) {
        let token = roster.greeting.lines().find_map(|line| line.strip_prefix("Token ")).unwrap();
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Address { url: roster.url.clone(), bearer: format!("Bearer {token}"), epoch: now.epoch + 1 };
    }

    /// Sends a request once.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Sent {
        let address = self.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let headers = [("authorization", &*address.bearer), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.http.try_send(method, &format!("{}{path}", address.url), &headers, body).await;
        if answer.as_ref().is_err_and(|lost| *lost == Lost::Unanswered) {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        let answer = answer.ok().filter(|answer| answer.status != 503);
        if let Some(answer) = &answer {
            assert!(answer.status < 500, "{method} {path}: {} {}", answer.status, answer.text);
        }
        Sent { answer, epoch: address.epoch }
    }

    /// The number of requests that got no answer for a minute while their connection seemed whole.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// Sends a request until an answer comes.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Answered {
        let (started, mut unsure) = (Instant::now(), false);
        while started.elapsed() < PATIENCE {
            let Sent { answer, epoch } = self.send(method, path, body).await;
            if let Some(answer) = answer {
                return Answered { answer, epoch, unsure };
            }
            unsure = true;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{method} {path} is not answered within {PATIENCE:?}, or only with 503");
    }
}

/// Starts the disturbed bundle.
pub fn start(data: &Folder, seed: u64, faults_per_thousand: u64) -> Roster {
    let program = Path::new(env!("CARGO_BIN_EXE_disturbed"));
    let (seed, faults) = (seed.to_string(), faults_per_thousand.to_string());
    Roster::start_program(program, &[data.text(), &seed, &faults], "Token ")
}
