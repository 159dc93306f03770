//! The log of this process, on standard error.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
};

use shared::telemetry::may_show;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, FilterFn},
    fmt,
    layer::{Filter, SubscriberExt},
    registry,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::functions;

/// Starts the log with the filter in `RUST_LOG`, or else with this one. A line that cannot be
/// written is dropped.
pub(super) fn start(filter: &str) {
    drop(start_held_back(filter));
}

/// Starts the log in the same way, but holds all lines back until the returned value is dropped.
pub(super) fn start_held_back(filter: &str) -> HeldBack {
    let log = Log(Arc::new(Mutex::new(Some(Vec::new()))));
    let held_back = HeldBack(log.clone());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = fmt::layer().compact().with_writer(move || log.clone()).with_ansi(io::stderr().is_terminal());
    // Otherwise the library reports a failed write to standard error, and that panics if standard
    // error is broken.
    let lines = lines.log_internal_errors(false);
    registry().with(lines.with_filter(discreet(filter))).init();
    held_back
}

/// Standard error, with the lines that are held back from it, if any.
#[derive(Clone)]
struct Log(Arc<Mutex<Option<Vec<u8>>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(held) => held.write(bytes),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Holds log lines back, so that other output comes first. They are written when this is dropped.
pub(super) struct HeldBack(Log);

impl Drop for HeldBack {
    fn drop(&mut self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = io::stderr().write_all(&held.take().unwrap_or_default());
    }
}

/// Narrows a filter to lines that show no personal data. No line shows spans, so spans are not
/// recorded.
fn discreet<S>(asked: EnvFilter) -> impl Filter<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let ours: Vec<_> =
        functions::names().chain(["shared", "roster-local"]).map(|name| name.replace('-', "_")).collect();
    let allowed = FilterFn::new(move |metadata| {
        metadata.is_event()
            && may_show(*metadata.level(), metadata.target(), |name| ours.iter().any(|ours| ours == name))
    });
    asked.and(allowed.with_max_level_hint(LevelFilter::TRACE))
}
