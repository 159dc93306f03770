//! Everything that is logged in this process, so that a suite can search it.

use std::{
    cell::RefCell,
    io::{self, Write},
    panic,
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::{filter::LevelFilter, fmt::format::FmtSpan, util::SubscriberInitExt};

/// The SDK's own debug lines are a third of a suite's time.
const LEVELS: &str = "info,roster_local=debug,shared=debug";

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

thread_local! {
    /// What was logged on this thread, on which a test and the bundle that it started run.
    static HERE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

static START: Once = Once::new();

/// Captures from now on. The first call of the process counts.
pub fn capture() {
    start(LEVELS, FmtSpan::NONE);
}

/// Captures all that the bundle's own code can be made to say, and of others what they say as shipped.
pub fn capture_all() {
    let ours = roster_local::functions::names().chain(["shared", "roster-local"]);
    let levels: String = ours.map(|name| format!(",{}=trace", name.replace('-', "_"))).collect();
    start(&format!("info{levels}"), FmtSpan::FULL);
}

/// Captures what is logged on Lambda, byte for byte.
pub fn capture_as_shipped() {
    START.call_once(|| {
        shared::telemetry::lines(LevelFilter::INFO, "", || Captured).init();
        show_panics();
    });
}

/// What was logged on this thread since the last time.
pub fn take_lines() -> Vec<String> {
    let text = String::from_utf8(HERE.take()).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn start(levels: &str, spans: FmtSpan) {
    START.call_once(|| {
        let logging = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(levels);
        let logging = logging.with_span_events(spans);
        logging.with_writer(|| Captured).init();
        show_panics();
    });
}

/// A failed assertion is shown as always; what the functions would say of a panic is captured.
fn show_panics() {
    let shown = panic::take_hook();
    shared::telemetry::quiet_panics();
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        shown(panicked);
        quiet(panicked);
    }));
}

/// All lines so far, of every test of this process.
pub fn text() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

struct Captured;

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        HERE.with_borrow_mut(|here| here.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
