//! Captures everything that is logged in this process, so that a suite can search it.

use std::{
    cell::RefCell,
    io::{self, Write},
    panic,
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::{filter::LevelFilter, fmt::format::FmtSpan, util::SubscriberInitExt};

/// The levels of the captured lines. The SDK's debug lines are left out: they would take a third of
/// a suite's time.
const LEVELS: &str = "info,roster_local=debug,shared=debug";

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

thread_local! {
    /// The lines of this thread. A test and the bundle that it started run on one thread.
    static HERE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

static START: Once = Once::new();

/// Captures from now on. Only the first call in a process has an effect.
pub fn capture() {
    start(LEVELS, FmtSpan::NONE);
}

/// Captures all levels of the bundle's own code, and of other crates the levels that are logged on
/// Lambda.
pub fn capture_all() {
    let ours = roster_local::functions::names().chain(["shared", "roster-local"]);
    let levels: String = ours.map(|name| format!(",{}=trace", name.replace('-', "_"))).collect();
    start(&format!("info{levels}"), FmtSpan::FULL);
}

/// Captures the log exactly as it is written on Lambda.
pub fn capture_as_shipped() {
    START.call_once(|| {
        shared::telemetry::lines(LevelFilter::INFO, "", || Captured).init();
        show_panics();
    });
}

/// The lines of this thread since the last call.
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

/// Shows failed assertions as usual, and captures the line that the functions would log for a
/// panic.
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
