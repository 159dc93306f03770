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

/// Logs what `RUST_LOG` asks for, or this. A line that cannot be written is dropped.
pub(super) fn start(filter: &str) {
    drop(start_held_back(filter));
}

/// Logs likewise, but holds all lines back until the end of what this returns.
pub(super) fn start_held_back(filter: &str) -> HeldBack {
    let log = Log(Arc::new(Mutex::new(Some(Vec::new()))));
    let held_back = HeldBack(log.clone());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = fmt::layer().compact().with_writer(move || log.clone()).with_ansi(io::stderr().is_terminal());
    // Reported to standard error, a line that standard error does not take would be a panic.
    let lines = lines.log_internal_errors(false);
    registry().with(lines.with_filter(discreet(filter))).init();
    held_back
}

/// Standard error, and what is held back from it, if anything is.
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

/// Lines that something else is to come before. They are written when this is dropped.
pub(super) struct HeldBack(Log);

impl Drop for HeldBack {
    fn drop(&mut self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = io::stderr().write_all(&held.take().unwrap_or_default());
    }
}

/// What is asked for, as far as it shows nothing personal. No line shows spans, so nobody needs to keep them.
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
