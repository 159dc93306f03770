//! Runs a target on many inputs, in its own thread, which may panic or never end.

use std::{
    any::Any,
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, Seek, Write},
    panic,
    panic::AssertUnwindSafe,
    path::Path,
    sync::{Arc, Mutex, Once, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::corpus::escaped;

/// How long a failing input is made shorter.
const SHRINKING: Duration = Duration::from_secs(10);
/// The number of characters of an input that are shown.
const LONGEST_LINE: usize = 4000;

thread_local! {
    /// The panics of the current input, caught or not. `None` outside of a run.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// An input, and where it comes from.
pub struct Input {
    pub origin: String,
    pub bytes: Vec<u8>,
}

/// The number of inputs with each outcome.
pub type Census = BTreeMap<String, u64>;

/// An input that breaks a rule.
#[derive(Debug)]
pub struct Finding {
    origin: String,
    bytes: Vec<u8>,
    failure: Failure,
}

/// The way in which an input breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The target panicked, or something behind it did and was caught.
    Panicked(Vec<String>),
    /// The target was still running at the time limit.
    Hung(Duration),
}

impl Finding {
    /// The shortest input that was found to fail.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The way in which it fails.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            Failure::Panicked(panics) => writeln!(f, "{}: {}", self.origin, panics.join("\n")),
            Failure::Hung(patience) => writeln!(f, "{}: no end after {patience:?}", self.origin),
        }?;
        writeln!(f, "the input, as a line for the corpus:")?;
        match escaped(&self.bytes) {
            long if long.len() > LONGEST_LINE => {
                write!(f, "{}… ({} bytes; all of them are in target/tmp)", &long[..LONGEST_LINE], self.bytes.len())
            }
            line => f.write_str(&line),
        }
    }
}

/// Runs a target on these inputs until one fails. The last input stays in the file `last`, in case
/// the process itself ends.
pub fn search<R>(
    run: R,
    inputs: impl Iterator<Item = Input> + Send + 'static,
    patience: Duration,
    last: Option<&Path>,
) -> Result<Census, Finding>
where
    R: Fn(&[u8]) -> String + Send + 'static,
{
    note_panics();
    let (done, result) = mpsc::channel();
    let watch = Arc::new(Mutex::new(None));
    let last = last.map(|last| File::create(last).expect("a file for the last input"));
    let runner = Runner { run, watch: Arc::clone(&watch), last };
    thread::spawn(move || done.send(runner.all(inputs)).ok());
    loop {
        match result.recv_timeout(patience / 50) {
            Ok(result) => return result,
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the runner is gone"),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        let watched = watch.lock().unwrap_or_else(PoisonError::into_inner);
        let hung = watched.as_ref().filter(|(since, ..): &&Watched| since.elapsed() > patience);
        if let Some((_, origin, bytes)) = hung {
            // A thread cannot be ended from outside. It ends with the process.
            return Err(Finding { origin: origin.clone(), bytes: bytes.clone(), failure: Failure::Hung(patience) });
        }
    }
}

/// The start of a run, the origin of its input, and the input.
type Watched = (Instant, String, Vec<u8>);

struct Runner<R> {
    run: R,
    watch: Arc<Mutex<Option<Watched>>>,
    last: Option<File>,
}

impl<R: Fn(&[u8]) -> String> Runner<R> {
    fn all(&self, inputs: impl Iterator<Item = Input>) -> Result<Census, Finding> {
        let mut census = Census::new();
        for Input { origin, bytes } in inputs {
            match self.one(&origin, &bytes) {
                Ok(outcome) => *census.entry(outcome).or_default() += 1,
                Err(panics) => {
                    let (bytes, panics) = self.shrunk(&origin, bytes, panics);
                    return Err(Finding { origin, bytes, failure: Failure::Panicked(panics) });
                }
            }
        }
        Ok(census)
    }

    /// Runs one input. Returns the outcome, or all panics.
    fn one(&self, origin: &str, bytes: &[u8]) -> Result<String, Vec<String>> {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), origin.to_owned(), bytes.to_vec()));
        if let Some(last) = &self.last {
            overwrite(last, bytes).expect("the last input is kept");
        }
        PANICS.set(Some(Vec::new()));
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| (self.run)(bytes)));
        let panics = PANICS.take().unwrap_or_default();
        match outcome {
            Ok(outcome) if panics.is_empty() => Ok(outcome),
            Ok(_) => Err(panics),
            Err(payload) => Err(if panics.is_empty() { vec![message(&*payload)] } else { panics }),
        }
    }

    /// Removes the parts of an input that the failure does not need: halves first, single bytes
    /// last.
    fn shrunk(&self, origin: &str, mut bytes: Vec<u8>, mut panics: Vec<String>) -> (Vec<u8>, Vec<String>) {
        let (mut size, since) = (bytes.len() / 2, Instant::now());
        while size > 0 {
            let mut at = 0;
            while at < bytes.len() && since.elapsed() < SHRINKING {
                let rest = bytes.get(at + size..).unwrap_or_default();
                let shorter = [&bytes[..at], rest].concat();
                match self.one(origin, &shorter) {
                    Err(still) => (bytes, panics) = (shorter, still),
                    Ok(_) => at += size,
                }
            }
            size /= 2;
        }
        // Runs the shortest input again, so that it is the one that stays in the file.
        self.one(origin, &bytes).err();
        (bytes, panics)
    }
}

/// Writes the input into the open file. To make a new file for each input would take longer than
/// most runs.
fn overwrite(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(bytes)?;
    file.set_len(u64::try_from(bytes.len()).unwrap())
}

/// Notes a panic within a run, since the bundle catches most panics. Any other panic is shown as
/// usual.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let shown = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            // The guard around `lambda_http` expects this panic.
            if shared::telemetry::panic_is_expected() {
                return;
            }
            let noted = PANICS
                .with_borrow_mut(|panics| panics.as_mut().map(|panics| panics.push(panicked.to_string())).is_some());
            if !noted {
                shown(panicked);
            }
        }));
    });
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
