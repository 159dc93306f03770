//! One function as a process, with the kernel's figures about it.

use std::{
    fs,
    io::Read,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use nix::{
    time::{ClockId, clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use processes::{RuntimeApi, Signal, drain};
use serde_json::Value;
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{
    certificates::Certificates,
    environment,
    failure::{Context, Failure},
    responder::Responder,
    scenario::Scenario,
    wire::Seen,
};

/// The time limit of each step. A correct function takes far less.
const CEILING: Duration = Duration::from_mins(1);

/// The part of standard error that a failure quotes.
const QUOTED_BYTES: usize = 4096;

/// The environment that all processes share.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The certificates of the responder.
    pub certificates: Certificates,
    /// The key set of the issuer.
    pub jwks: Value,
}

/// A program that is measured.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The name of the program in tables.
    pub label: String,
    /// The path of the program.
    pub binary: PathBuf,
    /// The name of the function.
    pub function: String,
    /// The event and the expected answer.
    pub scenario: Scenario,
}

/// The figures of a start, from exec to the first `/next`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// CPU time.
    pub cpu: Duration,
    /// Wall time.
    pub wall: Duration,
    /// Peak of resident memory, in bytes.
    pub peak_memory: u64,
    /// The counters of the responder.
    pub seen: Seen,
}

/// The figures of one invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// CPU time until the process is idle again.
    pub cpu: Duration,
    /// Wall time from the event to the answer.
    pub wall: Duration,
}

/// The time between two readings of a process's CPU. If they are equal, the process counts as idle.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pause {
    /// A millisecond, since work that the process began may run elsewhere first.
    Long,
    /// No pause, so that the next request finds warm caches.
    Short,
}

impl Pause {
    async fn wait(self) {
        match self {
            Self::Long => sleep(Duration::from_millis(1)).await,
            Self::Short => yield_now().await,
        }
    }
}

/// A running variant. Dropping it ends its process.
#[derive(Debug)]
pub(crate) struct Running {
    label: String,
    child: Child,
    clock: ClockId,
    api: RuntimeApi,
    responder: Responder,
    scenario: Scenario,
    event: Bytes,
    stdout_bytes: Arc<AtomicU64>,
    stderr: Arc<Mutex<Vec<u8>>>,
    spent: Duration,
}

impl Running {
    /// Starts a process and waits until it asks for its first event.
    pub(crate) async fn start(variant: &Variant, stage: &Stage) -> Result<(Self, Start), Failure> {
        let api = RuntimeApi::start().await.context("the Runtime API")?;
        let tls = Arc::clone(&stage.certificates.server);
        let responder = Responder::start(tls, variant.scenario.answers.clone()).await?;
        let addresses = (api.address(), responder.urls());
        let variables =
            environment::of(&variant.function, &variant.binary, &stage.certificates, addresses, &stage.jwks);
        let mut command = Command::new(&variant.binary);
        command.env_clear().envs(variables).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let spawned = Instant::now();
        let mut child = command.spawn().context(variant.binary.display())?;
        let pid = i32::try_from(child.id()).context("a process id")?;
        let clock = clock_getcpuclockid(Pid::from_raw(pid)).context("the clock of the process")?;
        let stdout_bytes = count(child.stdout.take());
        let stderr = keep(child.stderr.take());
        let mut running = Self {
            label: variant.label.clone(),
            child,
            clock,
            api,
            responder,
            event: Bytes::from(variant.scenario.event.to_string()),
            scenario: variant.scenario.clone(),
            stdout_bytes,
            stderr,
            spent: Duration::ZERO,
        };
        let Signal::Next(asked) = running.signal().await? else {
            return Err(running.failure("it did not ask for an event"));
        };
        let cpu = running.cpu_until_idle(Pause::Long).await?;
        let (peak_memory, seen) = (running.peak_memory()?, running.seen());
        Ok((running, Start { cpu, wall: asked - spawned, peak_memory, seen }))
    }

    /// Sends the event, checks the answer, and waits until the process asks for the next event and
    /// is idle.
    pub(crate) async fn call(&mut self, pause: Pause) -> Result<Call, Failure> {
        let sent = Instant::now();
        self.api.send(self.event.clone()).context("the Runtime API")?;
        let answered = match self.signal().await? {
            Signal::Answer(answered, answer) => {
                self.scenario.check(&answer).map_err(|failure| self.failure(&failure.to_string()))?;
                answered
            }
            Signal::Error(error) => return Err(self.failure(&format!("it reported {error}"))),
            Signal::Unexpected(call) => return Err(self.failure(&format!("it called {call}"))),
            Signal::Next(_) => return Err(self.failure("it asked for another event before it answered")),
        };
        let Signal::Next(_) = self.signal().await? else {
            return Err(self.failure("it answered twice"));
        };
        Ok(Call { cpu: self.cpu_until_idle(pause).await?, wall: answered - sent })
    }

    /// The peak of resident memory, in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).context("/proc")?;
        peak_of(&status).context("VmHWM")
    }

    /// The counters of the responder so far.
    pub(crate) fn seen(&self) -> Seen {
        self.responder.counters().seen()
    }

    /// Bytes written to standard output so far.
    pub(crate) async fn logged(&self) -> u64 {
        // The reader of the pipe may need a moment.
        sleep(Duration::from_millis(20)).await;
        self.stdout_bytes.load(SeqCst)
    }

    async fn signal(&mut self) -> Result<Signal, Failure> {
        let began = Instant::now();
        while began.elapsed() < CEILING {
            if let Ok(signal) = timeout(Duration::from_millis(250), self.api.signal()).await {
                return signal.context("the Runtime API");
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failure(&format!("it ended by itself ({status})")));
            }
        }
        Err(self.failure("it does nothing"))
    }

    /// The CPU time since the last reading. Waits until the process is idle and no handshake is
    /// running.
    async fn cpu_until_idle(&mut self, pause: Pause) -> Result<Duration, Failure> {
        let began = Instant::now();
        let mut before = None;
        while began.elapsed() < CEILING {
            let waits = self.seen().shaking == 0 && self.threads_sleep();
            let reading = self.cpu()?;
            if waits && before == Some(reading) {
                let spent = reading.saturating_sub(self.spent);
                self.spent = reading;
                return Ok(spent);
            }
            before = waits.then_some(reading);
            pause.wait().await;
        }
        Err(self.failure("it is never idle"))
    }

    fn cpu(&self) -> Result<Duration, Failure> {
        clock_gettime(self.clock).map(Duration::from).context("the clock of the process")
    }

    /// Whether all threads sleep. On a busy machine a thread that waits for a processor spends no
    /// CPU time either.
    fn threads_sleep(&self) -> bool {
        let Ok(threads) = fs::read_dir(format!("/proc/{}/task", self.child.id())) else { return false };
        threads.flatten().all(|thread| fs::read_to_string(thread.path().join("stat")).is_ok_and(|stat| sleeps(&stat)))
    }

    fn failure(&self, what: &str) -> Failure {
        let problems = self.responder.problems();
        let stderr = self.stderr.lock().map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
        Failure::new(format!("{}: {what}\nresponder: {problems:?}\nstandard error: {stderr}", self.label))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whether a `stat` of `/proc` says that the thread sleeps. The state comes after the name, which
/// can hold any character.
fn sleeps(stat: &str) -> bool {
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    matches!(state, Some('S' | 'I' | 'Z'))
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn count(pipe: Option<impl Read + Send + 'static>) -> Arc<AtomicU64> {
    let bytes = Arc::<AtomicU64>::default();
    let counter = Arc::clone(&bytes);
    let count = move |read: &[u8]| {
        counter.fetch_add(read.len() as u64, SeqCst);
    };
    pipe.map(|pipe| drain(pipe, count));
    bytes
}

fn keep(pipe: Option<impl Read + Send + 'static>) -> Arc<Mutex<Vec<u8>>> {
    let kept = Arc::<Mutex<Vec<u8>>>::default();
    let keeper = Arc::clone(&kept);
    let keep = move |read: &[u8]| {
        if let Ok(mut kept) = keeper.lock()
            && kept.len() < QUOTED_BYTES
        {
            kept.extend_from_slice(read);
        }
    };
    pipe.map(|pipe| drain(pipe, keep));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_thread_is_read_behind_its_name() {
        assert!(sleeps("17 (tokio) S) S 1 17 0"));
        assert!(!sleeps("17 (tokio-rt (S) ) R 1 17 0"));
        assert!(!sleeps(""));
    }

    #[test]
    fn the_peak_of_memory_is_in_bytes() {
        assert_eq!(peak_of("VmPeak:\t  9 kB\nVmHWM:\t   13544 kB\nVmRSS:\t 1 kB\n"), Some(13_544 * 1024));
        assert_eq!(peak_of("VmPeak:\t  9 kB\n"), None);
    }
}
